using NodaTime;

namespace OrleansBilling.Grains.Schedule;

/// <summary>When a row that failed is tried again.</summary>
public static class BackOffPolicy
{
    private static readonly Duration Longest = Duration.FromHours(1);

    /// <summary>A failure on the live clock: the wait doubles with each try, and after the last one the row is quarantined.</summary>
    public static DueFailure Live(DueRow row, string error, Instant now, ScheduleOptions options)
    {
        var wait = Duration.FromTimeSpan(options.FirstWait) * (1L << Math.Min(row.Attempts, 20));
        return new DueFailure(row, now + Duration.Min(wait, Longest), Shorten(error), row.Attempts + 1 >= options.MaxTries);
    }

    /// <summary>A failure on a test clock, which has no time to wait: tried again at once, a few times.</summary>
    public static DueFailure TestClock(DueRow row, string error, Instant now, ScheduleOptions options) =>
        new(row, now, Shorten(error), row.Attempts + 1 >= options.MaxTriesOnTestClock);

    private static string Shorten(string error) => error.Length <= 1000 ? error : error[..1000];
}
