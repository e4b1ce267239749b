using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>What a pricing model must keep, so that rating it always gives one answer. Quotes check it too.</summary>
public static class ModelRules
{
    /// <summary>The first rule that the model breaks, or null.</summary>
    /// <param name="model">The model.</param>
    /// <param name="field">Its place in the request, such as <c>prices[2].model</c>.</param>
    /// <returns>
    /// 400 for single values out of range (<see cref="CatalogLimits"/>, <c>package_size_not_positive</c>); 422
    /// <c>minimum_above_maximum</c>, and those of <see cref="TierRules"/> and <see cref="MatrixRules"/>.
    /// </returns>
    public static Refusal? Check(PricingModel model, string field) =>
        Own(model, field)
        ?? CatalogLimits.Amount(model.MinimumAmount, $"{field}.minimum_amount")
        ?? CatalogLimits.Amount(model.MaximumAmount, $"{field}.maximum_amount")
        ?? Ordered(model.MinimumAmount, model.MaximumAmount, $"{field}.maximum_amount");

    /// <summary>The values of a filter or cell: at least one, none blank, none twice.</summary>
    internal static Refusal? Values(ImmutableArray<string> values, string field)
    {
        if (CatalogLimits.Count(values.Length, 1, CatalogLimits.Values, field) is { } refusal)
        {
            return refusal;
        }

        foreach (var value in values)
        {
            if (CatalogLimits.Name(value, field) is { } broken)
            {
                return broken;
            }
        }

        return values.Distinct(StringComparer.Ordinal).Count() < values.Length
            ? Refusal.Rule("duplicate_value", "Name each value once.", field)
            : null;
    }

    private static Refusal? Own(PricingModel model, string field) => model switch
    {
        FlatModel flat => CatalogLimits.Amount(flat.Amount, $"{field}.amount"),
        PerUnitModel perUnit =>
            CatalogLimits.Amount(perUnit.UnitAmount, $"{field}.unit_amount")
            ?? CatalogLimits.QuantityOf(perUnit.FreeUnits, $"{field}.free_units"),
        PackageModel package =>
            PackageSize(package.PackageSize, $"{field}.package_size")
            ?? CatalogLimits.Amount(package.Amount, $"{field}.amount")
            ?? CatalogLimits.QuantityOf(package.FreeUnits, $"{field}.free_units"),
        GraduatedModel graduated => TierRules.Check(graduated.Tiers, $"{field}.tiers"),
        VolumeModel volume => TierRules.Check(volume.Tiers, $"{field}.tiers"),
        GraduatedPercentageModel graduated => TierRules.Check(graduated.Tiers, $"{field}.tiers"),
        PercentageModel percentage => Percentage(percentage, field),
        MatrixModel matrix => MatrixRules.Check(matrix, field),
        DynamicModel dynamic => CatalogLimits.Name(dynamic.Property, $"{field}.property"),
        _ => throw new ArgumentOutOfRangeException(nameof(model), model, "The set of pricing models is closed."),
    };

    private static Refusal? PackageSize(decimal size, string field) =>
        CatalogLimits.QuantityOf(size, field)
        ?? (size == 0 ? Refusal.Invalid("package_size_not_positive", "A package holds more than nothing.", field) : null);

    private static Refusal? Percentage(PercentageModel model, string field) =>
        CatalogLimits.Rate(model.Rate, $"{field}.rate")
        ?? CatalogLimits.Amount(model.FixedAmount, $"{field}.fixed_amount")
        ?? CatalogLimits.QuantityOf(model.FreeEvents, $"{field}.free_events")
        ?? CatalogLimits.Amount(model.FreeValue, $"{field}.free_value")
        ?? CatalogLimits.Amount(model.MinPerEvent, $"{field}.min_per_event")
        ?? CatalogLimits.Amount(model.MaxPerEvent, $"{field}.max_per_event")
        ?? Ordered(model.MinPerEvent, model.MaxPerEvent, $"{field}.max_per_event");

    private static Refusal? Ordered(decimal? minimum, decimal? maximum, string field) => minimum > maximum
        ? Refusal.Rule("minimum_above_maximum", "The minimum may not exceed the maximum.", field)
        : null;
}
