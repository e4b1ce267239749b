using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog.Pricing;
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

    /// <summary>What the single events add up to by <see cref="UsageNeed.Single"/>; null where that is.</summary>
    public EventSums? Single { get; init; }

    /// <summary>The parts of the span in which events that name no subscription are counted here; in order.</summary>
    public ImmutableArray<Period> Unnamed { get; init; } = [];
}
