using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What a change does at its instant: the items and calendar after it, and the lines that it makes.</summary>
/// <param name="State">With new items and calendar; what was credited is settled, what is charged is not remembered yet.</param>
/// <param name="Lines">Credits before charges; empty where no money moves.</param>
/// <param name="Nominal">The full period of which charges are a part.</param>
internal sealed record ChangeEffect(SubscriptionState State, ImmutableArray<LineDraft> Lines, Period Nominal)
{
    /// <summary>Usage that the change closes without a line.</summary>
    public ImmutableArray<ClosedUsage> Closed { get; private init; } = [];

    /// <summary>Invoices of pieces of that usage, as they were seen.</summary>
    public ImmutableArray<InvoiceSeen> Seen { get; private init; } = [];

    public static ChangeEffect Of(SubscriptionState state, PendingChange terms, PlanVersion plan, SubscriptionFacts facts, StepContext context)
    {
        var effect = Decided(state, terms, plan, facts, context);
        return effect with { State = UsageReturns.Settled(effect.State, facts) };
    }

    private static ChangeEffect Decided(SubscriptionState state, PendingChange terms, PlanVersion plan, SubscriptionFacts facts, StepContext context)
    {
        var match = ItemMatch.Of(state, terms, plan, facts, context.Ids);
        if (state.Anchor is not { } anchor)
        {
            return BeforePaid(state, terms, plan, match, facts).Cutting(UsageChange.Of(state, match, facts, context.At, moves: false));
        }

        // A calendar that already waits for the end of the period goes on waiting unless the call says otherwise.
        var waiting = state.NextCalendar is { } next && next.Interval.IsAsLongAs(plan.Interval) ? state.NextCalendar : null;
        var differs = !plan.Interval.IsAsLongAs(anchor.Interval);
        var rule = terms.Anchor ?? (differs && terms.AnchorReset is null ? waiting?.Rule : null);
        var reset = rule is null && (terms.AnchorReset ?? (differs && (waiting?.Reset ?? true)));
        var moves = reset || differs || !IsSameCalendar(anchor, rule, facts, context.At);
        var calendar = moves ? new NextCalendar(plan.Interval, reset, rule) : rule is null ? waiting : null;
        var ruled = state with { AnchorRule = rule ?? (reset ? new StartAnchor() : state.AnchorRule) };

        if (state.Status is SubscriptionStatus.Paused)
        {
            return WhilePaused(state, ruled, calendar, moves, match, facts, context.At);
        }

        // `none` leaves the running period as it is, and at its end there is nothing left of it; usage measures no time.
        if (terms.Proration is ProrationPolicy.None || context.At >= state.CurrentPeriod.End)
        {
            var cut = UsageChange.Of(state, match, facts, context.At, moves: false);
            return Later(ruled with { NextCalendar = calendar }, match).Cutting(cut).Billing(cut);
        }

        var usage = UsageChange.Of(state, match, facts, context.At, moves);
        return moves
            ? Moving(state, ruled, terms, calendar!, match, usage, facts, context.At)
            : Staying(state, ruled with { NextCalendar = calendar }, terms, match, usage, facts, context.At);
    }

    /// <summary>The effect with the usage that counts and waits after it.</summary>
    private ChangeEffect Cutting(UsageChange usage) => this with { State = usage.Applied(State), Closed = usage.Billed.Closed, Seen = usage.Billed.Seen };

    private ChangeEffect Billing(UsageChange usage) => this with { Lines = Lines.AddRange(usage.Billed.Lines) };

    /// <summary>True where an anchor that is asked for has the boundaries of the one in force; also where none is.</summary>
    public static bool IsSameCalendar(BillingAnchor anchor, AnchorRule? rule, SubscriptionFacts facts, Instant at) =>
        rule is null || PeriodCalendar.HasSameBoundaries(
            anchor, PeriodCalendar.Resolve(rule, anchor.Interval, at, facts.Billing.Account.TimeZone), at);

    /// <summary>In a trial, and before the first paid period begins: no lines, the trial's end stays.</summary>
    private static ChangeEffect BeforePaid(SubscriptionState state, PendingChange terms, PlanVersion plan, ItemMatch match, SubscriptionFacts facts)
    {
        var reset = terms.AnchorReset ?? !plan.Interval.IsAsLongAs(facts.PlanOf(state.Plan, state.PlanVersion).Interval);
        var changed = state with
        {
            Items = [.. match.Kept.Select(change => change.After)],
            AnchorRule = terms.Anchor ?? (reset ? new StartAnchor() : state.AnchorRule),
        };
        return new ChangeEffect(changed, [], state.CurrentPeriod);
    }

    /// <summary>Nothing until the next period.</summary>
    private static ChangeEffect Later(SubscriptionState state, ItemMatch match)
    {
        var changed = state with
        {
            Items = [.. match.Kept.Select(ChangedItem.Unmoved)],
            Former = [.. match.Former, .. match.Removed.Where(ChangedItem.IsKept)],
        };
        return new ChangeEffect(changed, [], state.CurrentPeriod);
    }

    /// <summary>The boundaries move: all unused time is credited, what ran in arrears is billed, and a new period begins at the change.</summary>
    private static ChangeEffect Moving(
        SubscriptionState state, SubscriptionState ruled, PendingChange terms, NextCalendar calendar, ItemMatch match, UsageChange usage,
        SubscriptionFacts facts, Instant at)
    {
        // A price's own none or full_difference cannot hold where its period ends: like a first partial period it goes by day.
        ProrationPolicy PolicyOf(Price price) =>
            terms.Proration ?? (price.Proration is null or ProrationPolicy.None or ProrationPolicy.FullDifference ? ProrationPolicy.Day : price.Proration.Value);

        var (uncounted, first) = Begun(state, ruled, calendar, match, facts, at);
        var begun = PhaseCount.Counted(uncounted);
        var closing = ItemCredits.Unused(state, facts, at, PolicyOf).AddRange(ArrearsLines.Ended(state, facts, at, price => PolicyOf(price)));
        closing = closing.AddRange(usage.Billed.Lines);
        (begun, var missing) = Commitments.Ended(state, usage.Applied(begun), facts, at, closing);
        closing = closing.AddRange(missing);
        begun = SetAsideLines.Cut(begun with { Anchor = state.Anchor }, facts, at) with { Anchor = begun.Anchor };
        begun = Commitments.Begun(begun with { Plan = terms.Plan, PlanVersion = terms.PlanVersion }, facts, at);
        return new ChangeEffect(
            ArrearsLines.Begun(begun, facts, first.Period, first.Nominal, PolicyOf, changed: true),
            closing.AddRange(ItemLines.PeriodStart(begun, facts, first.Period, first.Nominal, PolicyOf)),
            first.Nominal)
        {
            Closed = usage.Billed.Closed,
            Seen = usage.Billed.Seen,
        };
    }

    /// <summary>
    /// In a pause no money moves: the resume charges by the new terms. Boundaries move at once, unless a period that stays
    /// paid runs: then at its end.
    /// </summary>
    private static ChangeEffect WhilePaused(
        SubscriptionState state, SubscriptionState ruled, NextCalendar? calendar, bool moves, ItemMatch match, SubscriptionFacts facts, Instant at)
    {
        var isPaid = at < state.CurrentPeriod.End && state.Items.Concat(state.Former).Any(item => item.Open().Any());
        return moves && !isPaid
            ? new ChangeEffect(Begun(state, ruled, calendar!, match, facts, at).State, [], state.CurrentPeriod)
            : Later(ruled with { NextCalendar = calendar }, match);
    }

    /// <summary>The new period that begins at the change, with nothing billed yet.</summary>
    private static (SubscriptionState State, FirstPeriod First) Begun(
        SubscriptionState state, SubscriptionState ruled, NextCalendar calendar, ItemMatch match, SubscriptionFacts facts, Instant at)
    {
        // The account's zone holds from the next boundary on, and a new anchor is one.
        var from = calendar.IsNew ? state.Anchor! with { TimeZone = facts.Billing.Account.TimeZone } : state.Anchor!;
        var anchor = SubscriptionPeriods.Next(from, calendar, at);
        var first = PeriodCalendar.First(anchor, at);
        var begun = ruled with
        {
            Anchor = anchor,
            CurrentPeriod = first.Period,
            EndBoundary = first.Index + 1,
            NextCalendar = null,
            Items = [.. match.Kept.Select(change => change.After.Cleared())],
            Former = [],
        };
        return (begun, first);
    }

    /// <summary>The boundaries stay: each item by itself.</summary>
    private static ChangeEffect Staying(
        SubscriptionState state, SubscriptionState ruled, PendingChange terms, ItemMatch match, UsageChange usage, SubscriptionFacts facts, Instant at)
    {
        // A plan that comes in within the period has its first paid one: prices are those of its phase from here on.
        var periods = PhaseCount.Counted(state with { Items = [.. match.Kept.Select(change => change.After)] }).PlanPeriods;
        var counted = state with { PlanPeriods = periods };
        var frame = new ChangeFrame(counted, facts, terms, at, PeriodCalendar.Nominal(state.Anchor!, state.EndBoundary - 1));
        var kept = match.Kept.Select(change => ChangedItem.Of(change, frame)).ToList();
        var removed = match.Removed.Select(item => ChangedItem.Without(item, frame)).ToList();
        var changed = ruled with
        {
            PlanPeriods = periods,
            Items = [.. kept.Select(item => item.Item)],
            Former = [.. match.Former, .. removed.Select(item => item.Item).Where(ChangedItem.IsKept)],
        };
        ImmutableArray<LineDraft> lines =
            [.. removed.Concat(kept).SelectMany(item => item.Credits), .. usage.Billed.Lines, .. removed.Concat(kept).SelectMany(item => item.Charges)];
        var (committed, missing) = Commitments.Changed(
            state, usage.Applied(changed) with { Plan = terms.Plan, PlanVersion = terms.PlanVersion }, facts, at, terms.Proration, lines);
        // What is cut or goes ends what was set aside for it, too.
        var cut = removed.Concat(kept).Where(item => !item.Credits.IsEmpty || !item.Charges.IsEmpty).Select(item => item.Item.Id)
            .Concat(removed.Where(item => frame.PolicyOf(facts.PriceOf(item.Item)) is not (ProrationPolicy.None or ProrationPolicy.FullDifference)).Select(item => item.Item.Id))
            .ToHashSet(StringComparer.Ordinal);
        // A difference bills the whole period on the new terms: nothing of it is left to bill.
        var differing = kept.Where(item => item.Charges.Any(line => line.Proration?.Policy is ProrationPolicy.FullDifference)).Select(item => item.Item.Id).ToHashSet(StringComparer.Ordinal);
        committed = committed with { SetAside = committed.SetAside.RemoveAll(line => line.Period.End > at && differing.Contains(line.Item)) };
        return new ChangeEffect(
            SetAsideLines.Cut(committed, facts, at, line => cut.Contains(line.Item)), lines.AddRange(missing), frame.Nominal)
        {
            Closed = usage.Billed.Closed,
            Seen = usage.Billed.Seen,
        };
    }
}
