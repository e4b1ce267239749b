using NodaTime;

namespace OrleansBilling.Domain.Schedule;

/// <summary>Whether two instants can be neighbouring boundaries of some anchor.</summary>
internal static class IntervalFit
{
    /// <summary>
    /// True where the period is one whole interval of some anchor. 31 January to 28 February is one month, and so is
    /// 28 February to 31 March: the anchor wants day 31.
    /// </summary>
    /// <remarks>
    /// Counted from either end: a clock change or a short month may have moved one of them, and the other still shows
    /// the time of day and the day that are wanted.
    /// </remarks>
    public static bool IsOneInterval(Period period, BillingInterval interval, string timeZone) =>
        AnchorsAt(period.Start, interval, timeZone).Any(anchor => PeriodCalendar.Boundary(anchor, 1) == period.End)
        || AnchorsAt(period.End, interval, timeZone).Any(anchor => PeriodCalendar.Boundary(anchor, -1) == period.Start);

    /// <summary>Every anchor with a boundary at the instant: on the last day of a month, all later days may be wanted.</summary>
    private static IEnumerable<BillingAnchor> AnchorsAt(Instant instant, BillingInterval interval, string timeZone)
    {
        var local = TimeZones.LocalOf(instant, timeZone);
        var isLast = local.Day == local.Calendar.GetDaysInMonth(local.Year, local.Month);
        var last = interval.Months is not null && isLast ? 31 : local.Day;
        for (var day = local.Day; day <= last; day++)
        {
            yield return new BillingAnchor(AnchorKind.At, local, timeZone, day, interval);
        }
    }
}
