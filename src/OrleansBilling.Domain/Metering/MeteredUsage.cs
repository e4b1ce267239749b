using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Metering;

/// <summary>The answer to a <see cref="UsageNeed"/>.</summary>
/// <param name="Quantity">As the meter aggregates and rounds; zero where no event has a value.</param>
/// <param name="Events">Of how many events it is made.</param>
public sealed record MeteredUsage(decimal Quantity, long Events)
{
    /// <summary>Nothing was used.</summary>
    public static MeteredUsage None { get; } = new(0, 0);

    /// <summary>The quantity by the values of <see cref="UsageNeed.GroupBy"/>; empty where that is.</summary>
    public ImmutableArray<RatingGroup> Groups { get; init; } = [];

    /// <summary>
    /// Groups as a meter rounds them. Those of a sum are parts of its quantity, which is rounded once: they are given its units. Others add up
    /// to nothing that is rounded, and each is rounded by itself.
    /// </summary>
    /// <param name="meter">The meter.</param>
    /// <param name="exact">The groups before they are rounded, in order.</param>
    public static ImmutableArray<RatingGroup> Rounded(Meter meter, ImmutableArray<RatingGroup> exact)
    {
        if (meter.Rounding is not { } rounding)
        {
            return exact;
        }

        decimal Alone(decimal quantity) => Rounding.Quantity(quantity, rounding.Mode, rounding.Scale);

        if (meter.Aggregation is not MeterAggregation.Sum)
        {
            return [.. exact.Select(group => group with { Quantity = Alone(group.Quantity) })];
        }

        var parts = Rounding.SpreadQuantity(Alone(exact.Sum(static group => group.Quantity)), [.. exact.Select(static group => group.Quantity)], rounding.Scale);
        return [.. exact.Select((group, i) => group with { Quantity = parts[i] })];
    }

    /// <summary>What the single events add up to by <see cref="UsageNeed.Single"/>; null where that is.</summary>
    public EventSums? Single { get; init; }

    /// <summary>The parts of the span in which events that name no subscription are counted here; in order.</summary>
    public ImmutableArray<Period> Unnamed { get; init; } = [];
}
