using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>What a price asks for a quantity, for comparing what was sold with what is sold now.</summary>
/// <param name="Plan">The plan version.</param>
/// <param name="Price">One of its prices, or of its phases.</param>
/// <param name="Quantity">The quantity sold.</param>
public sealed record PriceTerms(PlanVersion Plan, Price Price, decimal Quantity)
{
    /// <summary>The phase of the plan that <see cref="Price"/> is of, from 1; null where it is the plan's own.</summary>
    public int? Phase { get; init; }

    /// <summary>The negotiated price in force, or null.</summary>
    public PriceOverride? Override { get; init; }

    /// <summary>Percent taken off; zero where nothing is.</summary>
    public decimal PercentOff => Override?.PercentOff ?? 0;

    /// <summary>The model that is billed in a currency, or null where the price is not sold in it.</summary>
    public PricingModel? ModelIn(Currency currency) => Override?.Model ?? Price.ModelFor(currency, Plan.Currency);

    /// <summary>True where it is recurring and billed at the start of its period.</summary>
    public bool InAdvance => Price is { Kind: PriceKind.Recurring, Billing: BillingTiming.InAdvance };

    /// <summary>True where it is recurring and billed at the end of its period.</summary>
    public bool InArrears => Price is { Kind: PriceKind.Recurring, Billing: BillingTiming.InArrears };

    /// <summary>The same but for the quantity.</summary>
    public bool SamePriceAs(PriceTerms other, Currency currency) => (this with { Quantity = other.Quantity }).SameAs(other, currency);

    /// <summary>
    /// True where both cost the same in the same way, in a currency: kind, timing, interval, model, percent off, tax code and quantity;
    /// of usage also the meter, the filters and what a trial costs.
    /// The quantity of a flat price costs nothing. Names of plans do not count.
    /// </summary>
    public bool SameAs(PriceTerms other, Currency currency) =>
        Price.Kind == other.Price.Kind
        && Price.Billing == other.Price.Billing
        && Plan.Interval.IsAsLongAs(other.Plan.Interval)
        && SameUsage(other)
        && string.Equals(Price.TaxCode, other.Price.TaxCode, StringComparison.Ordinal)
        && PercentOff == other.PercentOff
        && ModelIn(currency) is { } model
        && other.ModelIn(currency) is { } otherModel
        && (Quantity == other.Quantity || model is FlatModel)
        && SameModel(model, otherModel);

    private bool SameUsage(PriceTerms other) =>
        string.Equals(Price.Meter, other.Price.Meter, StringComparison.Ordinal)
        && Price.ChargeInTrial == other.Price.ChargeInTrial
        && SameValues(Price.Filters, other.Price.Filters);

    /// <summary>Tables of tiers are compared row by row: two versions never share one.</summary>
    private static bool SameModel(PricingModel one, PricingModel other) => (one, other) switch
    {
        (GraduatedModel a, GraduatedModel b) => a.Tiers.SequenceEqual(b.Tiers) && a with { Tiers = b.Tiers } == b,
        (VolumeModel a, VolumeModel b) => a.Tiers.SequenceEqual(b.Tiers) && a with { Tiers = b.Tiers } == b,
        (GraduatedPercentageModel a, GraduatedPercentageModel b) => a.Tiers.SequenceEqual(b.Tiers) && a with { Tiers = b.Tiers } == b,
        (MatrixModel a, MatrixModel b) => a.Dimensions.SequenceEqual(b.Dimensions) && SameCells(a.Cells, b.Cells)
            && a with { Dimensions = b.Dimensions, Cells = b.Cells } == b,
        _ => one == other,
    };

    private static bool SameCells(ImmutableArray<MatrixCell> some, ImmutableArray<MatrixCell> others) =>
        some.Length == others.Length
        && some.Zip(others, (one, other) => one.UnitAmount == other.UnitAmount && SameValues(one.Values, other.Values)).All(static same => same);

    private static bool SameValues(ImmutableSortedDictionary<string, ImmutableArray<string>> some, ImmutableSortedDictionary<string, ImmutableArray<string>> others) =>
        some.Count == others.Count
        && some.All(one => others.TryGetValue(one.Key, out var values) && values.ToHashSet(StringComparer.Ordinal).SetEquals(one.Value));
}
