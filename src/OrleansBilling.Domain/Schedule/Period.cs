using NodaTime;

namespace OrleansBilling.Domain.Schedule;

/// <summary>A stretch of time. The start is in it, the end is not: an event at the end belongs to the next period.</summary>
/// <param name="Start">First instant of the period.</param>
/// <param name="End">First instant after the period; after <paramref name="Start"/>.</param>
public readonly record struct Period(Instant Start, Instant End)
{
    /// <summary>True where the instant lies in the period.</summary>
    public bool Contains(Instant instant) => instant >= Start && instant < End;
}
