using NodaTime;

namespace OrleansBilling.Grains.Schedule;

/// <summary>Reads clocks, for those who pass <c>now</c> on: the front end and the schedule.</summary>
public interface IClocks
{
    /// <summary>The time of the live clock, truncated to microseconds as PostgreSQL keeps it.</summary>
    Instant Live { get; }

    /// <summary>The time of a clock; null where a test clock does not exist.</summary>
    Task<ClockReading?> ReadAsync(string clock);
}

/// <summary>A reading.</summary>
/// <param name="Now">Its time.</param>
/// <param name="Advancing">True while it advances; writes to its accounts answer 409 <c>clock_advancing</c>.</param>
public sealed record ClockReading(Instant Now, bool Advancing);
