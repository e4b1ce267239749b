using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Dunning;

/// <summary>
/// The instants of the retries. Every step is counted in local days of the account's zone from the due date, never from
/// the step before (rules.md, "Collection").
/// </summary>
public static class RetrySchedule
{
    /// <summary>The instant a number of local days after the due date, at its local time of day.</summary>
    public static Instant InstantOf(Instant dueAt, string timeZone, int day) =>
        TimeZones.InstantOf(TimeZones.LocalOf(dueAt, timeZone).PlusDays(day), timeZone);

    /// <summary>How many steps of the policy lie at or before an instant; the ones missed collapse into the last of them.</summary>
    public static int Passed(DunningPolicy policy, Instant dueAt, string timeZone, Instant now)
    {
        var passed = 0;
        while (passed < policy.RetryDays.Length && InstantOf(dueAt, timeZone, policy.RetryDays[passed]) <= now)
        {
            passed++;
        }

        return passed;
    }

    /// <summary>The instant of the step that follows the given number of steps, or null after the last.</summary>
    public static Instant? Next(DunningPolicy policy, Instant dueAt, string timeZone, int done) =>
        done < policy.RetryDays.Length ? InstantOf(dueAt, timeZone, policy.RetryDays[done]) : null;
}
