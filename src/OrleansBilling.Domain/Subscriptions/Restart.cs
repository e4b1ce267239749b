using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>The calendar with which a subscription goes on after a pause: its boundaries went on by the anchor.</summary>
/// <param name="Anchor">The anchor in force.</param>
/// <param name="Index">The boundary at which the nominal period begins.</param>
/// <param name="Period">The current period from then on.</param>
/// <param name="Rest">What of it lies ahead.</param>
/// <param name="Nominal">The full period of which that is a part, or the same.</param>
/// <param name="SamePeriod">True where the period in which the pause began still runs.</param>
/// <param name="Moves">True where a calendar that waited for the period's end takes over at the resume.</param>
internal sealed record Restart(BillingAnchor Anchor, int Index, Period Period, Period Rest, Period Nominal, bool SamePeriod, bool Moves)
{
    /// <summary>The calendar at the end of a pause.</summary>
    /// <param name="state">Paused, with an anchor.</param>
    /// <param name="facts">Holds the account's zone.</param>
    /// <param name="at">The instant of the resume.</param>
    public static Restart Of(SubscriptionState state, SubscriptionFacts facts, Instant at)
    {
        var zone = facts.Billing.Account.TimeZone;
        var anchor = state.Anchor!;
        if (at < state.CurrentPeriod.End)
        {
            // A period that stays paid goes on as it was. Else a calendar that waits for its end need wait no longer.
            return IsPaid(state) ? Within(state, state.CurrentPeriod, at)
                : state.NextCalendar is { } next ? Beginning(SubscriptionPeriods.Next(next.IsNew ? anchor with { TimeZone = zone } : anchor, next, at), at, moves: true)
                : Within(state, state.CurrentPeriod with { Start = at }, at);
        }

        // As the renewals that the pause left out would have done: at the end of the period, and at a boundary reached now.
        if (state.NextCalendar is { } waited)
        {
            anchor = SubscriptionPeriods.Next(InZone(anchor, zone, state.EndBoundary), waited, state.CurrentPeriod.End);
        }

        var index = PeriodCalendar.IndexAtOrBefore(anchor, at);
        return Beginning(PeriodCalendar.Boundary(anchor, index) == at ? InZone(anchor, zone, index) : anchor, at, moves: false);
    }

    /// <summary>The state with this calendar.</summary>
    public SubscriptionState Applied(SubscriptionState state) => state with
    {
        Anchor = Anchor,
        CurrentPeriod = Period,
        EndBoundary = Index + 1,
        NextCalendar = SamePeriod ? state.NextCalendar : null,
    };

    private static Restart Within(SubscriptionState state, Period period, Instant at)
    {
        var index = state.EndBoundary - 1;
        return new(state.Anchor!, index, period, state.CurrentPeriod with { Start = at }, PeriodCalendar.Nominal(state.Anchor!, index), SamePeriod: true, Moves: false);
    }

    private static Restart Beginning(BillingAnchor anchor, Instant at, bool moves)
    {
        var first = PeriodCalendar.First(anchor, at);
        return new(anchor, first.Index, first.Period, first.Period, first.Nominal, SamePeriod: false, moves);
    }

    /// <summary>True where the pause went by <c>none</c>, and what is sold is billed until the period's end.</summary>
    private static bool IsPaid(SubscriptionState state) =>
        state.Pause?.Proration is ProrationPolicy.None && state.Items.Any(item => item.Open().Any());

    private static BillingAnchor InZone(BillingAnchor anchor, string zone, int index) =>
        string.Equals(anchor.TimeZone, zone, StringComparison.Ordinal) ? anchor : PeriodCalendar.WithTimeZone(anchor, zone, index);
}
