using NodaTime;

namespace OrleansBilling.Domain.Schedule;

/// <summary>
/// The one calendar of the product: boundary n is the anchor plus n intervals, clamped to the month's last day,
/// always counted from the original anchor; the time of day is kept in the account's zone (rules.md, "Time").
/// </summary>
/// <remarks>Boundaries strictly increase with n, so that periods tile without gap or overlap.</remarks>
public static class PeriodCalendar
{
    /// <summary>What is stored of the anchor that a caller asked for.</summary>
    /// <param name="rule">Must fit the interval: see <see cref="AnchorRule.RefusalFor"/>.</param>
    /// <param name="interval">Length of one period.</param>
    /// <param name="start">First paid instant (the end of the trial where there is one).</param>
    /// <param name="timeZone">IANA id of the account's zone.</param>
    /// <exception cref="ArgumentException">The rule does not fit the interval; callers refuse that before.</exception>
    public static BillingAnchor Resolve(AnchorRule rule, BillingInterval interval, Instant start, string timeZone) =>
        AnchorResolution.Resolve(rule, interval, start, timeZone);

    /// <summary>
    /// The same for a subscription with a trial: an anchor <c>start</c> moves with the trial's end, others stay where the
    /// subscription's start put them (rules.md, "Trials").
    /// </summary>
    /// <param name="rule">Must fit the interval.</param>
    /// <param name="interval">Length of one period.</param>
    /// <param name="start">Start of the subscription.</param>
    /// <param name="paidFrom">End of the trial; the start where there is none.</param>
    /// <param name="timeZone">IANA id of the account's zone.</param>
    public static BillingAnchor Resolve(AnchorRule rule, BillingInterval interval, Instant start, Instant paidFrom, string timeZone) =>
        Resolve(rule, interval, rule is StartAnchor ? paidFrom : start, timeZone);

    /// <summary>Boundary n; n may be negative.</summary>
    public static Instant Boundary(BillingAnchor anchor, int n)
    {
        while (anchor.Earlier is { } earlier && n <= earlier.LastIndex)
        {
            anchor = earlier.Anchor;
        }

        return n == 0 && anchor.Origin is { } origin
            ? origin
            : TimeZones.InstantOf(LocalBoundary(anchor, n), anchor.TimeZone);
    }

    /// <summary>The largest n whose boundary is at or before an instant: the number of the period it falls into.</summary>
    public static int IndexAtOrBefore(BillingAnchor anchor, Instant t)
    {
        var n = Estimate(anchor, t);
        while (Boundary(anchor, n) > t)
        {
            n--;
        }

        while (Boundary(anchor, n + 1) <= t)
        {
            n++;
        }

        return n;
    }

    /// <summary>The full period from boundary n to the next.</summary>
    public static Period Nominal(BillingAnchor anchor, int n) => new(Boundary(anchor, n), Boundary(anchor, n + 1));

    /// <summary>The full period that contains an instant.</summary>
    public static Period NominalAt(BillingAnchor anchor, Instant t) => Nominal(anchor, IndexAtOrBefore(anchor, t));

    /// <summary>The first boundary after an instant.</summary>
    public static Instant NextBoundary(BillingAnchor anchor, Instant t) => Boundary(anchor, IndexAtOrBefore(anchor, t) + 1);

    /// <summary>
    /// The first paid period. A start on a boundary has no partial period; else the first period is partial and its
    /// nominal period is the full one that ends at the first boundary.
    /// </summary>
    public static FirstPeriod First(BillingAnchor anchor, Instant start)
    {
        var index = IndexAtOrBefore(anchor, start);
        var nominal = Nominal(anchor, index);
        return new FirstPeriod(index, nominal with { Start = start }, nominal);
    }

    /// <summary>Days between two instants: the difference of their local dates.</summary>
    public static int LocalDays(Instant from, Instant to, string timeZone)
    {
        var zone = TimeZones.Of(timeZone);
        return NodaTime.Period.DaysBetween(from.InZone(zone).Date, to.InZone(zone).Date);
    }

    /// <inheritdoc cref="IntervalFit.IsOneInterval"/>
    public static bool IsOneInterval(Period period, BillingInterval interval, string timeZone) =>
        IntervalFit.IsOneInterval(period, interval, timeZone);

    /// <summary>The zone in which the days of the period that contains an instant are counted.</summary>
    public static string TimeZoneAt(BillingAnchor anchor, Instant t)
    {
        while (anchor.Earlier is { } earlier && t < Boundary(anchor, earlier.LastIndex))
        {
            anchor = earlier.Anchor;
        }

        return anchor.TimeZone;
    }

    /// <inheritdoc cref="AnchorChange.WithTimeZone"/>
    public static BillingAnchor WithTimeZone(BillingAnchor anchor, string newZone, int nextBoundaryIndex) =>
        AnchorChange.WithTimeZone(anchor, newZone, nextBoundaryIndex);

    /// <inheritdoc cref="AnchorChange.WithInterval"/>
    public static BillingAnchor WithInterval(BillingAnchor anchor, BillingInterval interval, Instant at) =>
        AnchorChange.WithInterval(anchor, interval, at);

    /// <inheritdoc cref="AnchorChange.HasSameBoundaries"/>
    public static bool HasSameBoundaries(BillingAnchor one, BillingAnchor other, Instant from) => AnchorChange.HasSameBoundaries(one, other, from);

    /// <inheritdoc cref="SchedulePreview.Of"/>
    public static IReadOnlyList<SchedulePeriod> Preview(
        Instant startAt, string timeZone, BillingInterval interval, AnchorRule rule, int trialDays, int periods) =>
        SchedulePreview.Of(startAt, timeZone, interval, rule, trialDays, periods);

    private static LocalDateTime LocalBoundary(BillingAnchor anchor, int n)
    {
        if (anchor.Interval.Months is { } months)
        {
            var month = (anchor.Local.Year * 12) + anchor.Local.Month - 1 + (n * months);
            var year = FloorDivide(month, 12);
            var ofYear = month - (year * 12) + 1;
            var day = Math.Min(anchor.Day ?? anchor.Local.Day, CalendarSystem.Iso.GetDaysInMonth(year, ofYear));
            return new LocalDate(year, ofYear, day) + anchor.Local.TimeOfDay;
        }

        var days = anchor.Interval.Days!.Value;
        var local = anchor.Local.PlusDays(n * days);
        return days == 1 ? WithoutLostDays(anchor, local, n) : local;
    }

    /// <summary>
    /// A zone that crossed the date line lost a whole local day (Samoa has no 30 December 2011). Moved forward by the
    /// gap's length its boundary would fall on the next day's, an empty period: the lost day has no boundary instead.
    /// </summary>
    private static LocalDateTime WithoutLostDays(BillingAnchor anchor, LocalDateTime local, int n)
    {
        var gaps = TimeZones.GapsOfADay(anchor.TimeZone);
        for (var i = 0; i < gaps.Length; i++)
        {
            var lost = gaps[n >= 0 ? i : gaps.Length - 1 - i].LostAt(anchor.Local.TimeOfDay);
            var passed = n >= 0 ? lost >= anchor.Local && lost <= local : lost < anchor.Local && lost >= local;
            if (passed)
            {
                local = local.PlusDays(n >= 0 ? 1 : -1);
            }
        }

        return local;
    }

    private static int Estimate(BillingAnchor anchor, Instant t)
    {
        var local = TimeZones.LocalOf(t, anchor.TimeZone);
        return anchor.Interval.Months is { } months
            ? FloorDivide(((local.Year - anchor.Local.Year) * 12) + local.Month - anchor.Local.Month, months)
            : FloorDivide(NodaTime.Period.DaysBetween(anchor.Local.Date, local.Date), anchor.Interval.Days!.Value);
    }

    private static int FloorDivide(int value, int by) => (value / by) - (value % by < 0 ? 1 : 0);
}
