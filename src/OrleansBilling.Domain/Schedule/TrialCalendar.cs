using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Schedule;

/// <summary>
/// When a trial ends. A trial is a period of its own; the first paid period starts at its end (rules.md, "Trials").
/// </summary>
public static class TrialCalendar
{
    /// <summary>The longest trial, in local days.</summary>
    public const int MaxDays = 730;

    /// <summary>400 <c>invalid_trial_days</c> where a number of trial days is out of range, else null.</summary>
    public static Refusal? RefusalFor(int trialDays) =>
        trialDays is < 0 or > MaxDays
            ? Refusal.Invalid("invalid_trial_days", $"Give 0 to {MaxDays} trial days.", "trial_days")
            : null;

    /// <summary>The end of a trial of so many local days; the local time of day of the start is kept.</summary>
    /// <param name="start">First instant of the trial.</param>
    /// <param name="days">Local days, 0 or more; with 0 there is no trial and the end is the start.</param>
    /// <param name="timeZone">IANA id of the account's zone.</param>
    public static Instant End(Instant start, int days, string timeZone)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(days);
        return days == 0 ? start : TimeZones.InstantOf(TimeZones.LocalOf(start, timeZone).PlusDays(days), timeZone);
    }
}
