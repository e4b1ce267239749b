using System.Collections.Immutable;

namespace OrleansBilling.Domain.Catalog;

/// <summary>
/// How a quantity (or the values of events) becomes an amount. A closed set; each model is rated in its own file
/// under <c>Catalog/Pricing</c>.
/// </summary>
/// <remarks>All amounts are in minor units of the price's currency, with up to 12 decimals.</remarks>
public abstract record PricingModel
{
    /// <summary>At least this much is charged for a whole period, in minor units; shrinks with a partial period.</summary>
    public decimal? MinimumAmount { get; init; }

    /// <summary>At most this much is charged for a whole period, in minor units.</summary>
    public decimal? MaximumAmount { get; init; }
}

/// <summary>One amount, whatever the quantity.</summary>
public sealed record FlatModel(decimal Amount) : PricingModel;

/// <summary>Each unit beyond the free ones costs the same.</summary>
public sealed record PerUnitModel(decimal UnitAmount, decimal FreeUnits = 0) : PricingModel;

/// <summary>Started packages beyond the free units.</summary>
public sealed record PackageModel(decimal PackageSize, decimal Amount, decimal FreeUnits = 0) : PricingModel;

/// <summary>A step of a tiered price. <paramref name="UpTo"/> is inclusive; null is the last tier.</summary>
public sealed record Tier(decimal? UpTo, decimal UnitAmount = 0, decimal FlatAmount = 0);

/// <summary>Each unit is charged in the tier into which it falls.</summary>
public sealed record GraduatedModel(ImmutableArray<Tier> Tiers) : PricingModel;

/// <summary>All units are charged in the tier that the whole quantity reaches.</summary>
public sealed record VolumeModel(ImmutableArray<Tier> Tiers) : PricingModel;

/// <summary>A percentage of each event's value (minor units), with an optional fixed amount per paid event.</summary>
/// <param name="Rate">Percent: 1.2 is 1.2 %.</param>
/// <param name="FixedAmount">Added for each paid event.</param>
/// <param name="FreeEvents">Events at the start of the period that are free; null where not limited by count.</param>
/// <param name="FreeValue">Value at the start of the period that is free; null where not limited by value.</param>
/// <param name="MinPerEvent">Lower bound for each paid event, after the fixed amount.</param>
/// <param name="MaxPerEvent">Upper bound for each paid event, after the fixed amount.</param>
public sealed record PercentageModel(
    decimal Rate,
    decimal FixedAmount = 0,
    int? FreeEvents = null,
    decimal? FreeValue = null,
    decimal? MinPerEvent = null,
    decimal? MaxPerEvent = null) : PricingModel;

/// <summary>A step of a graduated percentage.</summary>
public sealed record PercentageTier(decimal? UpTo, decimal Rate, decimal FlatAmount = 0);

/// <summary>The period's value is charged piece by piece at the rate of the tier into which each piece falls.</summary>
public sealed record GraduatedPercentageModel(ImmutableArray<PercentageTier> Tiers) : PricingModel;

/// <summary>A cell of a matrix price: for each named dimension the values that fit.</summary>
public sealed record MatrixCell(ImmutableSortedDictionary<string, ImmutableArray<string>> Values, decimal UnitAmount);

/// <summary>The unit amount depends on properties of the event.</summary>
/// <param name="Dimensions">Property names.</param>
/// <param name="Cells">An event lands in exactly one: the most specific that fits.</param>
/// <param name="DefaultUnitAmount">For events that fit no cell; null sets them aside.</param>
public sealed record MatrixModel(
    ImmutableArray<string> Dimensions,
    ImmutableArray<MatrixCell> Cells,
    decimal? DefaultUnitAmount = null) : PricingModel;

/// <summary>Each event carries its own amount in the named property (minor units).</summary>
public sealed record DynamicModel(string Property) : PricingModel;
