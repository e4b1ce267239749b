using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Which usage of which item counts from when to when. Spans of an item never overlap, so that an event is in one of them at most.
/// </summary>
public static class UsageParts
{
    /// <summary>True where a decision may ask for usage: some counts, waits, or could not be rated.</summary>
    public static bool Asks(SubscriptionState state) =>
        !state.UsageWaiting.IsEmpty || state.Items.Any(item => item.Usage is not null) || state.SetAside.Any(line => line.Usage is not null);

    /// <summary>The state with usage counting from an instant on, for every item with a usage price for which none counts yet.</summary>
    /// <param name="state">In the period that begins or runs.</param>
    /// <param name="facts">Holds the items' plans.</param>
    /// <param name="from">From when on.</param>
    internal static SubscriptionState Begun(SubscriptionState state, SubscriptionFacts facts, Instant from)
    {
        if (!state.Items.Any(item => item.Usage is null && facts.PriceOf(item).Kind is PriceKind.Usage))
        {
            return state;
        }

        return state with { Items = [.. state.Items.Select(item => item.Usage is null ? item with { Usage = Beginning(facts, item, from) } : item)] };
    }

    /// <summary>What counts of an item from an instant on; null where its price is for no usage.</summary>
    internal static ItemUsage? Beginning(SubscriptionFacts facts, SubscriptionItem item, Instant from) =>
        facts.PriceOf(item) is { Kind: PriceKind.Usage, Meter: { } meter } ? new ItemUsage(from, meter) : null;

    /// <summary>The state in which no usage counts any more.</summary>
    internal static SubscriptionState Stopped(SubscriptionState state) =>
        state.Items.All(item => item.Usage is null) ? state : state with { Items = [.. state.Items.Select(item => item with { Usage = null })] };

    /// <summary>The state in which no usage counts any more, and what has ended waits to be billed.</summary>
    internal static SubscriptionState Set(SubscriptionState state, ImmutableArray<UsagePart> waiting) =>
        waiting.IsEmpty ? Stopped(state) : Stopped(Cut(state, waiting)) with { UsageWaiting = state.UsageWaiting.AddRange(waiting) };

    /// <summary>The state after a cut: what was carried to the spans that it made is theirs.</summary>
    internal static SubscriptionState Cut(SubscriptionState state, ImmutableArray<UsagePart> parts) => state.UsageCarried.IsEmpty
        ? state
        : state with { UsageCarried = state.UsageCarried.RemoveRange(parts.Where(part => !part.IsEmpty || part.Carried != 0).Select(part => part.Item)) };

    /// <summary>What ends at an instant, of the items chosen: by the terms on which it ran.</summary>
    /// <remarks>A change or a pause in a trial makes no lines: what is charged of the trial waits for its end.</remarks>
    /// <param name="state">Up to then.</param>
    /// <param name="facts">Holds the items' plans.</param>
    /// <param name="at">When it ends.</param>
    /// <param name="which">Which items; null is all.</param>
    internal static ImmutableArray<UsagePart> Ended(SubscriptionState state, SubscriptionFacts facts, Instant at, Func<SubscriptionItem, bool>? which = null)
    {
        var parts = ImmutableArray.CreateBuilder<UsagePart>();
        foreach (var item in state.Items)
        {
            if (item.Usage is not { } running || !(which?.Invoke(item) ?? true))
            {
                continue;
            }

            if (running.From < at)
            {
                parts.Add(Part(state, facts, item, running, at));
            }
            else if (!running.Pieces.IsEmpty)
            {
                // An end dated back to its beginning leaves nothing of it: what was billed in pieces is given back. What was carried to it goes on.
                parts.Add(Part(state, facts, item, running, running.From) with { Carried = 0 });
            }
        }

        return parts.DrainToImmutable();
    }

    /// <summary>What counts so far, for a look at it before it is over: its maximum is that of the time up to the period's end.</summary>
    internal static ImmutableArray<UsagePart> Running(SubscriptionState state, SubscriptionFacts facts, Instant at) =>
    [
        .. state.Items.Where(item => item.Usage is { } running && running.From < at)
            .Select(item => Part(state, facts, item, item.Usage!, at, boundsTo: Instant.Max(at, state.CurrentPeriod.End))),
    ];

    /// <summary>
    /// What was carried to spans that never come, since their items end at the instant at which these would have begun, or in a pause:
    /// spans without length, on which it is billed.
    /// </summary>
    internal static ImmutableArray<UsagePart> Stranded(SubscriptionState state, SubscriptionFacts facts, Instant at, Func<SubscriptionItem, bool>? which = null) => state.UsageCarried.IsEmpty ? [] :
    [
        .. state.Items.Where(item => state.UsageCarried.GetValueOrDefault(item.Id) > 0 && !(item.Usage?.From < at) && (which?.Invoke(item) ?? true))
            .Select(item => Beginning(facts, item, at) is { } begun ? Part(state, facts, item, begun, at) : null).OfType<UsagePart>(),
    ];

    /// <summary>The state with a quantity that counts with the next span of an item, beside what does already.</summary>
    internal static SubscriptionState Carrying(SubscriptionState state, string item, decimal quantity)
    {
        var carried = state.UsageCarried.GetValueOrDefault(item) + quantity;
        return state with { UsageCarried = carried == 0 ? state.UsageCarried.Remove(item) : state.UsageCarried.SetItem(item, carried) };
    }

    /// <summary>How long the plan waits for stragglers.</summary>
    internal static Duration Grace(PriceTerms terms) => Duration.FromHours(terms.Plan.UsageGraceHours);

    private static UsagePart Part(SubscriptionState state, SubscriptionFacts facts, SubscriptionItem item, ItemUsage running, Instant at, Instant? boundsTo = null)
    {
        var terms = facts.TermsOf(state, item, running.From);
        var ends = state.Anchor is null ? Instant.Max(at, state.CurrentPeriod.End) : at;
        return new UsagePart(item.Id, item.Price, running.Meter, SoldTerms.Of(item), new Period(running.From, at), BoundsOf(state, terms, running.From, boundsTo ?? at), ends + Grace(terms))
        {
            Phase = terms.Phase,
            AddOn = item.AddOn,
            InTrial = state.Anchor is null,
            Carried = state.UsageCarried.GetValueOrDefault(item.Id),
            Pieces = running.Pieces,
        };
    }

    private static Share BoundsOf(SubscriptionState state, PriceTerms terms, Instant from, Instant to) => state.Anchor is { } anchor && from < to
        ? Proration.ChargedShare(
            ProrationPolicy.Day, PeriodCalendar.Nominal(anchor, state.EndBoundary - 1), from, to, terms.Plan.Interval, anchor.TimeZone)
        : Share.One;
}
