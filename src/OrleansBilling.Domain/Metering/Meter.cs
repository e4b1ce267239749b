using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Metering;

/// <summary>How a meter makes one quantity of many events (see <see cref="UsageTotals"/>).</summary>
public enum MeterAggregation
{
    /// <summary>How many events there are.</summary>
    Count,

    /// <summary>The sum of their values.</summary>
    Sum,

    /// <summary>The largest value.</summary>
    Max,

    /// <summary>The smallest value.</summary>
    Min,

    /// <summary>The sum of the values over their number.</summary>
    Average,

    /// <summary>The value of the event whose <c>at</c> is last.</summary>
    Latest,

    /// <summary>How many different texts the property has.</summary>
    UniqueCount,

    /// <summary>Each value, a gain or a loss, times the part of the period for which it holds.</summary>
    WeightedSum,
}

/// <summary>What happens to events that arrive after their period was billed.</summary>
public enum LatePolicy
{
    /// <summary>The period is rated again, and the difference is billed or credited.</summary>
    Rerate,

    /// <summary>They are billed with the period in which they arrive.</summary>
    CarryForward,

    /// <summary>They are kept and reported, and never billed.</summary>
    Ignore,
}

/// <summary>The rounding of a meter's quantities; once, of the whole quantity, never of single events.</summary>
/// <param name="Mode">Which way.</param>
/// <param name="Scale">Digits that stay after the point, 0 to 12.</param>
public sealed record MeterRounding(QuantityRounding Mode, int Scale);

/// <summary>
/// A named aggregation over usage events. Immutable: rollups of its events would otherwise mean two things.
/// </summary>
/// <param name="Code">Its name for programs; events and prices name it.</param>
/// <param name="Name">Shown to people.</param>
/// <param name="Aggregation">How many events become one quantity.</param>
public sealed record Meter(string Code, string Name, MeterAggregation Aggregation)
{
    /// <summary>The property that holds the value (or the text that <c>unique_count</c> counts); null takes the event's <c>value</c>.</summary>
    public string? Property { get; init; }

    /// <summary>Properties by whose values usage is kept apart, in this order.</summary>
    public ImmutableArray<string> GroupBy { get; init; } = [];

    /// <summary>Properties and the values of which an event must have one; others are kept and not counted.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Filters { get; init; } =
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>How quantities are rounded; null leaves them exact.</summary>
    public MeterRounding? Rounding { get; init; }

    /// <summary>What happens to events that arrive after their period was billed.</summary>
    public LatePolicy LatePolicy { get; init; } = LatePolicy.Rerate;

    /// <summary>True where every event carries a number that counts.</summary>
    public bool NeedsValue => Aggregation is not (MeterAggregation.Count or MeterAggregation.UniqueCount);
}
