using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Schedule;

/// <summary>What <c>POST /v1/quotes/schedule</c> asks.</summary>
/// <param name="StartAt">Start of the subscription.</param>
/// <param name="TimeZone">IANA id.</param>
/// <param name="Interval">Length of one period.</param>
/// <param name="Anchor">Where periods begin.</param>
/// <param name="TrialDays">Local days of trial before the first paid period; 0 for none.</param>
/// <param name="Periods">Paid periods to show.</param>
public sealed record ScheduleQuoteRequest(
    Instant StartAt, string TimeZone, BillingInterval Interval, AnchorRule Anchor, int TrialDays, int Periods);

/// <summary>The decision behind <c>POST /v1/quotes/schedule</c>: the very calendar that bills, and nothing written.</summary>
public static class ScheduleQuote
{
    /// <summary>The most paid periods in one answer.</summary>
    public const int MaxPeriods = 1000;

    /// <summary>The trial where there is one, then the paid periods.</summary>
    /// <returns>
    /// 400 <c>unknown_time_zone</c>, <c>instant_out_of_range</c>, <c>invalid_interval</c>, <c>invalid_trial_days</c>,
    /// <c>invalid_periods</c>, <c>invalid_anchor_day</c>; 422 <c>anchor_needs_months</c>.
    /// </returns>
    public static Decided<SchedulePeriod[]> Decide(ScheduleQuoteRequest request) =>
        RefusalFor(request) is { } refusal
            ? refusal
            : PeriodCalendar.Preview(
                request.StartAt, request.TimeZone, request.Interval, request.Anchor, request.TrialDays, request.Periods)
                .ToArray();

    private static Refusal? RefusalFor(ScheduleQuoteRequest request) =>
        TimeZones.RefusalFor(request.TimeZone)
        ?? TimeRange.RefusalFor(request.StartAt, "start_at")
        ?? BillingInterval.Of(request.Interval.Unit, request.Interval.Count).Refusal
        ?? TrialCalendar.RefusalFor(request.TrialDays)
        ?? (request.Periods is < 1 or > MaxPeriods
            ? Refusal.Invalid("invalid_periods", $"Ask for 1 to {MaxPeriods} paid periods.", "periods")
            : null)
        ?? (request.Anchor is AtAnchor at ? TimeRange.RefusalFor(at.At, "anchor.at") : null)
        ?? request.Anchor.RefusalFor(request.Interval);
}
