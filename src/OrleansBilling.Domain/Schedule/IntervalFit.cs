using NodaTime;

namespace OrleansBilling.Domain.Schedule;

/// <summary>Whether two instants can be neighbouring boundaries of some anchor.</summary>
internal static class IntervalFit
{
    /// <summary>
    /// True where the period is one whole interval of some anchor. 31 January to 28 February is one month, and so is
    /// 28 February to 31 March: the anchor wants day 31.
    /// </summary>
    public static bool IsOneInterval(Period period, BillingInterval interval, string timeZone)
    {
        var start = TimeZones.LocalOf(period.Start, timeZone);
        var end = TimeZones.LocalOf(period.End, timeZone);

        // The time of day of either end may have been moved by a gap, once over midnight: the other shows the true one.
        foreach (var local in new[] { start, start.Date + end.TimeOfDay, start.Date.PlusDays(-1) + end.TimeOfDay })
        {
            foreach (var day in WantedDays(local.Date, interval))
            {
                var anchor = new BillingAnchor(AnchorKind.At, local, timeZone, day, interval);
                var starts = local == start || PeriodCalendar.Boundary(anchor, 0) == period.Start;
                if (starts && PeriodCalendar.Boundary(anchor, 1) == period.End)
                {
                    return true;
                }
            }
        }

        // An end that exists twice may be the second only where it is the anchor itself.
        return WantedDays(end.Date, interval).Any(day =>
            PeriodCalendar.Boundary(new BillingAnchor(AnchorKind.At, end, timeZone, day, interval, period.End), -1) == period.Start);
    }

    private static IEnumerable<int> WantedDays(LocalDate date, BillingInterval interval)
    {
        var isLast = date.Day == date.Calendar.GetDaysInMonth(date.Year, date.Month);
        return interval.Months is not null && isLast ? Enumerable.Range(date.Day, 32 - date.Day) : [date.Day];
    }
}
