using NodaTime;

namespace OrleansBilling.Benchmarks.Measure;

/// <summary>The time of this machine.</summary>
internal static class Clock
{
    /// <summary>Now.</summary>
    public static Instant Now() => SystemClock.Instance.GetCurrentInstant();

    /// <summary>Now, without the part of a second.</summary>
    public static Instant Seconds() => Instant.FromUnixTimeSeconds(Now().ToUnixTimeSeconds());
}
