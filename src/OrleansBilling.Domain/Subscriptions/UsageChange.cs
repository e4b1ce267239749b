using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What a change does to the usage of items: it is cut at the instant at which its price becomes another one, whatever the policy,
/// since it measures no time; and where the boundaries move, which ends a period. Each part is rated by itself from zero. A price
/// whose terms stay counts on.
/// </summary>
/// <param name="Billed">What was cut.</param>
/// <param name="Running">What counts afterwards, by item.</param>
internal sealed record UsageChange(UsageBilled Billed, ImmutableDictionary<string, ItemUsage> Running)
{
    /// <summary>Cuts.</summary>
    /// <param name="state">Before the change.</param>
    /// <param name="match">Its items before and after.</param>
    /// <param name="facts">Holds old and new plans.</param>
    /// <param name="at">When the change takes effect.</param>
    /// <param name="moves">True where a new period begins at the change.</param>
    public static UsageChange Of(SubscriptionState state, ItemMatch match, SubscriptionFacts facts, Instant at, bool moves)
    {
        var counted = state.Anchor is null ? state : PhaseCount.Counted(state with { Items = [.. match.Kept.Select(change => change.After)] });
        var running = ImmutableDictionary.CreateBuilder<string, ItemUsage>(StringComparer.Ordinal);
        var goesOn = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in match.Kept)
        {
            if (!moves && change is { WasSold: true, Before: { Usage: { } before } sold }
                && facts.TermsOf(state, sold, before.From).SamePriceAs(facts.TermsOf(counted, change.After, at), state.Currency))
            {
                goesOn.Add(change.After.Id);
                running.Add(change.After.Id, before);
            }
            else if (IsCounting(state) && UsageParts.Beginning(facts, change.After, at) is { } begun)
            {
                running.Add(change.After.Id, begun);
            }
        }

        var parts = UsageParts.Ended(state, facts, at, item => !goesOn.Contains(item.Id))
            .AddRange(UsageParts.Stranded(state, facts, at, item => !running.ContainsKey(item.Id)));
        // A change at the end of a period is followed by the renewal, on whose invoice the usage stands.
        var waits = state.Anchor is not null && at >= state.CurrentPeriod.End && !moves;
        var billed = waits
            ? new UsageBilled(UsageParts.Cut(state, parts) with { UsageWaiting = state.UsageWaiting.AddRange(parts) }, [], [])
            : UsageLines.Bill(UsageParts.Cut(state, parts), parts, facts, at);
        return new UsageChange(billed, running.ToImmutable());
    }

    /// <summary>The state after the change with what counts and what waits.</summary>
    public SubscriptionState Applied(SubscriptionState after) => after with
    {
        Items = [.. after.Items.Select(item => item.Usage == Running.GetValueOrDefault(item.Id) ? item : item with { Usage = Running.GetValueOrDefault(item.Id) })],
        Former = [.. after.Former.Select(item => item.Usage is null ? item : item with { Usage = null })],
        UsageWaiting = Billed.State.UsageWaiting,
        UsageCarried = Billed.State.UsageCarried,
    };

    private static bool IsCounting(SubscriptionState state) => state.Renews || state.Status is SubscriptionStatus.Trialing;
}
