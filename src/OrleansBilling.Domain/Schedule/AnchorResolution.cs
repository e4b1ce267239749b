using NodaTime;

namespace OrleansBilling.Domain.Schedule;

/// <summary>Turns the anchor that a caller asks for into the one that is stored (rules.md, "Anchors").</summary>
internal static class AnchorResolution
{
    public static BillingAnchor Resolve(AnchorRule rule, BillingInterval interval, Instant start, string timeZone)
    {
        if (rule.RefusalFor(interval) is { } refusal)
        {
            throw new ArgumentException(refusal.Detail, nameof(rule));
        }

        return rule switch
        {
            StartAnchor => AtInstant(AnchorKind.Start, interval, start, timeZone),
            AtAnchor at => AtInstant(AnchorKind.At, interval, at.At, timeZone),
            CalendarAnchor => OnCalendar(interval, start, timeZone),
            DayOfMonthAnchor day => OnDayOfMonth(day.Day, interval, start, timeZone),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, message: null),
        };
    }

    private static BillingAnchor AtInstant(AnchorKind kind, BillingInterval interval, Instant at, string timeZone) =>
        new(kind, TimeZones.LocalOf(at, timeZone), timeZone, Day: null, interval, Origin: at);

    private static BillingAnchor OnCalendar(BillingInterval interval, Instant start, string timeZone)
    {
        var today = TimeZones.LocalOf(start, timeZone).Date;
        var first = interval.Unit switch
        {
            IntervalUnit.Day => FirstFrom(today, date => date.PlusDays(1), start, timeZone),
            IntervalUnit.Week => FirstFrom(
                today.PlusDays(1 - (int)today.DayOfWeek), date => date.PlusDays(7), start, timeZone),
            IntervalUnit.Month => FirstOfMonth(today, interval.Count, start, timeZone),
            _ => FirstFrom(new LocalDate(today.Year, 1, 1), date => date.PlusYears(1), start, timeZone),
        };
        return Midnight(AnchorKind.Calendar, first, day: null, interval, timeZone);
    }

    /// <summary>A count that divides twelve keeps to the grid from January; other counts start at the next first of month.</summary>
    private static LocalDate FirstOfMonth(LocalDate today, int count, Instant start, string timeZone)
    {
        var step = 12 % count == 0 ? count : 1;
        var month = today.Month - ((today.Month - 1) % step);
        return FirstFrom(new LocalDate(today.Year, month, 1), date => date.PlusMonths(step), start, timeZone);
    }

    private static BillingAnchor OnDayOfMonth(int day, BillingInterval interval, Instant start, string timeZone)
    {
        var today = TimeZones.LocalOf(start, timeZone).Date;
        var first = FirstFrom(Clamped(today), date => Clamped(date.With(DateAdjusters.StartOfMonth).PlusMonths(1)), start, timeZone);
        return Midnight(AnchorKind.DayOfMonth, first, day, interval, timeZone);

        LocalDate Clamped(LocalDate date) =>
            new(date.Year, date.Month, Math.Min(day, CalendarSystem.Iso.GetDaysInMonth(date.Year, date.Month)));
    }

    /// <summary>
    /// The first date of a grid whose midnight is at or after the start. Instants are compared, not dates: where clocks
    /// go back over midnight, the midnight of a later date may already have passed.
    /// </summary>
    private static LocalDate FirstFrom(LocalDate date, Func<LocalDate, LocalDate> next, Instant start, string timeZone)
    {
        while (TimeZones.InstantOf(date.AtMidnight(), timeZone) < start)
        {
            date = next(date);
        }

        return date;
    }

    private static BillingAnchor Midnight(AnchorKind kind, LocalDate date, int? day, BillingInterval interval, string timeZone) =>
        new(kind, date.AtMidnight(), timeZone, day, interval);
}
