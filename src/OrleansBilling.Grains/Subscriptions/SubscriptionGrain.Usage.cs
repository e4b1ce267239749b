using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Usage, as the subscription's turns read it.</summary>
public sealed partial class SubscriptionGrain
{
    /// <inheritdoc/>
    public async Task<ImmutableArray<AccruedUsage>> Accrued(Instant now)
    {
        if (State is null)
        {
            return [];
        }

        var facts = await ReadFactsAsync(State, null, withInvoices: SubscriptionReferences.RenewalNeedsInvoices(State));
        return await RehearsedAsync(facts, () => AccruedUsage.Of(SubscriptionPreview.CaughtUp(State, SubscriptionPreview.ByItself(facts), now).State, facts, now));
    }

    /// <summary>A preview on today's facts.</summary>
    private async Task<CommandAnswer> PreviewAsync(Func<SubscriptionState, SubscriptionFacts, CommandAnswer> preview)
    {
        if (State is not { } state)
        {
            return CommandAnswers.Of(SubscriptionRefusals.NotFound(Id));
        }

        var facts = await ReadFactsAsync(state, null, withInvoices: true);
        return await RehearsedAsync(facts, () => preview(state, facts));
    }

    /// <summary>What a decision answers once all usage that it asks for was read.</summary>
    private async Task<T> RehearsedAsync<T>(SubscriptionFacts facts, Func<T> decide)
    {
        await RehearseAsync(facts, () => decide());
        return decide();
    }

    /// <summary>
    /// Reads the usage that a decision asks for. A subscription that counts none and waits for none asks for nothing: it is not
    /// even rehearsed.
    /// </summary>
    private Task RehearseAsync(SubscriptionFacts facts, Action decide) => State is { } state && UsageParts.Asks(state)
        ? usage.RehearseAsync(state.Account, state.Id, state.CreatedAt, facts.Usage, decide)
        : Task.CompletedTask;
}
