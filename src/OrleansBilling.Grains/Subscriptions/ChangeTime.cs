using NodaTime;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>When a change takes effect. A closed set of three.</summary>
[GenerateSerializer, Alias("change_time"), Immutable]
public sealed record ChangeTime([property: Id(0)] ChangeTimeKind Kind, [property: Id(1)] Instant? At)
{
    /// <summary>At once.</summary>
    public static ChangeTime Now { get; } = new(ChangeTimeKind.Now, null);

    /// <summary>At the end of the current period (in a trial: of the trial).</summary>
    public static ChangeTime PeriodEnd { get; } = new(ChangeTimeKind.PeriodEnd, null);

    /// <summary>At an instant within the current period.</summary>
    public static ChangeTime Instant(Instant at) => new(ChangeTimeKind.Instant, at);
}

/// <summary>The three ways to say when.</summary>
public enum ChangeTimeKind
{
    /// <summary>At once.</summary>
    Now,

    /// <summary>At the end of the current period.</summary>
    PeriodEnd,

    /// <summary>At a given instant.</summary>
    Instant,
}
