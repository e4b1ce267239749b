using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Metering;

/// <summary>Makes a meter.</summary>
internal sealed record MeterBody
{
    /// <summary>Its name for programs; unique.</summary>
    [Text(TextKind.Code)]
    public required string Code { get; init; }

    /// <summary>Shown to people.</summary>
    [Text]
    public required string Name { get; init; }

    /// <summary>How many events become one quantity.</summary>
    public required MeterAggregation Aggregation { get; init; }

    /// <summary>The property that holds the value, or the text that unique_count counts; the event's value unless given.</summary>
    [Text(TextKind.Reference)]
    public string? Property { get; init; }

    /// <summary>Properties by whose values usage is kept apart.</summary>
    [Entries(0, Limits.MeterProperties), Text(TextKind.Reference)]
    public IReadOnlyList<string>? GroupBy { get; init; }

    /// <summary>Properties and the values of which an event must have one to be counted.</summary>
    [Entries(0, Limits.MeterProperties), Text(TextKind.Reference)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Filters { get; init; }

    /// <summary>How quantities are rounded; exact unless given.</summary>
    public RoundingBody? Rounding { get; init; }

    /// <summary>What happens to events that arrive after their period was billed; rerate unless given.</summary>
    public LatePolicy? LatePolicy { get; init; }

    /// <summary>The record of the domain.</summary>
    public Meter ToDomain() => new(Code, Name, Aggregation)
    {
        Property = Property,
        GroupBy = [.. GroupBy ?? []],
        Filters = (Filters ?? ImmutableDictionary<string, IReadOnlyList<string>>.Empty)
            .ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.ToImmutableArray(), StringComparer.Ordinal),
        Rounding = Rounding is { } rounding ? new MeterRounding(rounding.Mode, rounding.Scale ?? 0) : null,
        LatePolicy = LatePolicy ?? Domain.Metering.LatePolicy.Rerate,
    };
}

/// <summary>How a quantity is rounded.</summary>
internal sealed record RoundingBody
{
    /// <summary>Which way: to the nearest (half away from zero), up or down.</summary>
    public required QuantityRounding Mode { get; init; }

    /// <summary>Digits that stay after the point; 0 unless given.</summary>
    [Whole(0, Limits.DecimalScale)]
    public int? Scale { get; init; }
}
