using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Schedule;

/// <summary>
/// The time that the product bills in: 1900 until just before 2200. A date beyond is a slip of the caller, and would
/// drive the calendar out of its range.
/// </summary>
public static class TimeRange
{
    private static readonly Period Accepted = new(Instant.FromUtc(1900, 1, 1, 0, 0), Instant.FromUtc(2200, 1, 1, 0, 0));

    /// <summary>400 <c>instant_out_of_range</c> where an instant of a request lies outside, else null.</summary>
    public static Refusal? RefusalFor(Instant instant, string field) =>
        Accepted.Contains(instant)
            ? null
            : Refusal.Invalid("instant_out_of_range", "Give an instant from 1900 until before 2200.", field);
}
