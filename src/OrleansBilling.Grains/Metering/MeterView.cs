using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Metering;

/// <summary>How a meter is shown over HTTP.</summary>
public sealed record MeterView(
    string Id,
    string Object,
    string Code,
    string Name,
    MeterAggregation Aggregation,
    string? Property,
    IReadOnlyList<string> GroupBy,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Filters,
    MeterRounding? Rounding,
    LatePolicy LatePolicy,
    Instant CreatedAt,
    Instant? ArchivedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    /// <summary>The view of a meter.</summary>
    public static MeterView Of(Meter meter, Instant createdAt, Instant? archivedAt) => new(
        meter.Code, "meter", meter.Code, meter.Name, meter.Aggregation, meter.Property, [.. meter.GroupBy],
        meter.Filters.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)[.. pair.Value], StringComparer.Ordinal),
        meter.Rounding, meter.LatePolicy, createdAt, archivedAt);
}
