using NodaTime;

namespace OrleansBilling.Domain.Schedule;

/// <summary>
/// A span of time, start-inclusive and end-exclusive: an event at the instant a period ends belongs to the next
/// (rules.md, "Time").
/// </summary>
/// <param name="Start">First instant of the period.</param>
/// <param name="End">First instant after the period.</param>
public readonly record struct Period(Instant Start, Instant End)
{
    /// <summary>Elapsed time from start to end.</summary>
    public Duration Duration => End - Start;

    /// <summary>True from the start until just before the end.</summary>
    public bool Contains(Instant instant) => instant >= Start && instant < End;

    /// <summary>The instant itself where it lies within, else the nearer of start and end.</summary>
    public Instant Clamp(Instant instant) => Instant.Max(Start, Instant.Min(End, instant));
}

/// <summary>The first paid period of a subscription.</summary>
/// <param name="Index">Which boundary of the anchor the nominal period starts at.</param>
/// <param name="Period">What is billed: from the start to the first boundary after it.</param>
/// <param name="Nominal">The full period that ends at that boundary; the same where nothing is missing.</param>
public sealed record FirstPeriod(int Index, Period Period, Period Nominal)
{
    /// <summary>True where the start lies within its nominal period, which is then charged by its share.</summary>
    public bool IsPartial => Period != Nominal;
}
