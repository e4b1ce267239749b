using NodaTime;

namespace OrleansBilling.Domain.Schedule;

/// <summary>Anchors after a change of the account's zone or of the interval (rules.md, "Anchors").</summary>
internal static class AnchorChange
{
    /// <summary>
    /// The anchor after a change of the time zone. The new zone holds from the next boundary, which stays the instant
    /// it was: boundaries up to it are still computed in the old zone, later ones in the new.
    /// </summary>
    /// <remarks>
    /// Calendar and day-of-month anchors keep their dates at midnight, now of the new zone. Anchors at an instant keep
    /// the instant's distance: their local time moves by the difference of the two zones at that boundary, so that the
    /// period that follows is as long as any other. Day 31 stays wanted in both. A second change before that boundary
    /// replaces the first.
    /// </remarks>
    /// <param name="anchor">The anchor in force.</param>
    /// <param name="newZone">IANA id of the new zone.</param>
    /// <param name="nextBoundaryIndex">Index of the first boundary after the change.</param>
    public static BillingAnchor WithTimeZone(BillingAnchor anchor, string newZone, int nextBoundaryIndex)
    {
        while (anchor.Earlier is { } pending && pending.LastIndex >= nextBoundaryIndex)
        {
            anchor = pending.Anchor;
        }

        if (string.Equals(anchor.TimeZone, newZone, StringComparison.Ordinal))
        {
            return anchor;
        }

        var pinned = PeriodCalendar.Boundary(anchor, nextBoundaryIndex);
        var shifted = anchor.Kind is AnchorKind.Start or AnchorKind.At ? Shifted(anchor, newZone, pinned) : anchor;
        var moved = shifted with
        {
            TimeZone = newZone,
            Origin = null,
            Earlier = new EarlierAnchor(nextBoundaryIndex, anchor),
        };

        // Zones lie up to 26 hours apart: the next day's midnight may already be over in the new one.
        while (PeriodCalendar.Boundary(moved, nextBoundaryIndex + 1) <= pinned)
        {
            moved = moved with { Local = moved.Local.PlusDays(1) };
        }

        return moved;
    }

    /// <summary>
    /// The anchor of a new interval counted from the old anchor (<c>anchor_reset: false</c>): the first period runs to
    /// the next boundary of the new interval. A change of the zone that still waits for its boundary keeps waiting.
    /// </summary>
    /// <param name="anchor">The anchor in force.</param>
    /// <param name="interval">The new interval.</param>
    /// <param name="at">The instant of the change.</param>
    public static BillingAnchor WithInterval(BillingAnchor anchor, BillingInterval interval, Instant at)
    {
        if (anchor.Earlier is { } earlier && at < PeriodCalendar.Boundary(anchor, earlier.LastIndex))
        {
            var former = WithInterval(earlier.Anchor, interval, at);
            return WithTimeZone(former, anchor.TimeZone, PeriodCalendar.IndexAtOrBefore(former, at) + 1);
        }

        return anchor with { Interval = interval, Earlier = null };
    }

    /// <summary>
    /// True where two anchors have the same boundaries from the period of an instant on: so many are compared that months
    /// of every length and leap years are among them.
    /// </summary>
    public static bool HasSameBoundaries(BillingAnchor one, BillingAnchor other, Instant from)
    {
        const int Compared = 60;
        var (first, second) = (PeriodCalendar.IndexAtOrBefore(one, from), PeriodCalendar.IndexAtOrBefore(other, from));
        return Enumerable.Range(0, Compared).All(n => PeriodCalendar.Boundary(one, first + n) == PeriodCalendar.Boundary(other, second + n));
    }

    /// <summary>
    /// The anchor's local time moved by the distance of the zones. Months move the wanted day, not the date of boundary 0:
    /// 28 February plus a day would else become the first of every month, three days off in all months but one.
    /// </summary>
    private static BillingAnchor Shifted(BillingAnchor anchor, string newZone, Instant at)
    {
        var seconds = TimeZones.Of(newZone).GetUtcOffset(at).Seconds - TimeZones.Of(anchor.TimeZone).GetUtcOffset(at).Seconds;
        var local = anchor.Local.PlusSeconds(seconds);
        if (anchor.Interval.Months is null || local.Date == anchor.Local.Date)
        {
            return anchor with { Local = local };
        }

        var wanted = (anchor.Day ?? anchor.Local.Day) + (local.Date > anchor.Local.Date ? 1 : -1);
        var (day, months) = wanted switch { 0 => (31, -1), 32 => (1, 1), _ => (wanted, 0) };
        var month = new YearMonth(anchor.Local.Year, anchor.Local.Month).PlusMonths(months);
        var date = month.OnDayOfMonth(Math.Min(day, CalendarSystem.Iso.GetDaysInMonth(month.Year, month.Month)));
        return anchor with { Local = date + local.TimeOfDay, Day = day };
    }
}
