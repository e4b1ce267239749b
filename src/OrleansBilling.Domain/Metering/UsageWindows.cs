using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Metering;

/// <summary>The width of the windows of a time series.</summary>
public enum UsageWindow
{
    /// <summary>Hours of the account's clock on the wall.</summary>
    Hour,

    /// <summary>Days of the account's zone, from midnight to midnight.</summary>
    Day,

    /// <summary>All at once.</summary>
    Period,
}

/// <summary>Cuts a span of time into windows in a zone.</summary>
public static class UsageWindows
{
    /// <summary>Windows of one answer at most.</summary>
    public const int Max = 1000;

    /// <summary>The windows of a span; the first and the last are cut off by it.</summary>
    /// <returns>422 <c>range_empty</c>, <c>too_many_windows</c>.</returns>
    public static Decided<ImmutableArray<Period>> Of(Instant from, Instant to, UsageWindow width, DateTimeZone zone)
    {
        if (from >= to)
        {
            return Refusal.Rule("range_empty", "Give a 'to' that is later than 'from'.", "to");
        }

        var windows = ImmutableArray.CreateBuilder<Period>();
        for (var start = from; start < to;)
        {
            if (windows.Count == Max)
            {
                return Refusal.Rule("too_many_windows", $"Ask for at most {Max} windows: a shorter span, or wider windows.", "window");
            }

            var end = Instant.Min(to, width is UsageWindow.Period ? to : NextBound(start, width, zone));
            windows.Add(new Period(start, end));
            start = end;
        }

        return windows.ToImmutable();
    }

    /// <summary>The local month in which an instant lies.</summary>
    public static Period MonthOf(Instant at, DateTimeZone zone)
    {
        var first = at.InZone(zone).Date.With(DateAdjusters.StartOfMonth);
        return new Period(zone.AtStartOfDay(first).ToInstant(), zone.AtStartOfDay(first.PlusMonths(1)).ToInstant());
    }

    private static Instant NextBound(Instant start, UsageWindow width, DateTimeZone zone)
    {
        var local = start.InZone(zone);
        return width is UsageWindow.Day
            ? zone.AtStartOfDay(local.Date.PlusDays(1)).ToInstant()
            : start + Duration.FromHours(1) - Duration.FromNanoseconds(local.TimeOfDay.NanosecondOfDay % NodaConstants.NanosecondsPerHour);
    }
}
