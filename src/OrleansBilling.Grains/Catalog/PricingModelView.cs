using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Grains.Catalog;

/// <summary>How a pricing model is shown over HTTP: the members that it was published with, absent ones left out.</summary>
public static class PricingModelView
{
    /// <summary>The members of a model by their API names, <c>type</c> first.</summary>
    public static IReadOnlyDictionary<string, object?> Of(PricingModel model)
    {
        var shown = new Dictionary<string, object?>(StringComparer.Ordinal) { ["type"] = TypeOf(model) };
        foreach (var (name, value) in Members(model).Concat(Bounds(model)))
        {
            if (value is not null)
            {
                shown[name] = value;
            }
        }

        return shown;
    }

    private static string TypeOf(PricingModel model) => model switch
    {
        FlatModel => "flat",
        PerUnitModel => "per_unit",
        PackageModel => "package",
        GraduatedModel => "graduated",
        VolumeModel => "volume",
        PercentageModel => "percentage",
        GraduatedPercentageModel => "graduated_percentage",
        MatrixModel => "matrix",
        DynamicModel => "dynamic",
        _ => throw new ArgumentOutOfRangeException(nameof(model), model, "A pricing model without a view."),
    };

    private static IEnumerable<(string Name, object? Value)> Members(PricingModel model) => model switch
    {
        FlatModel flat => [("amount", Amount(flat.Amount))],
        PerUnitModel unit => [("unit_amount", unit.UnitAmount), ("free_units", unit.FreeUnits)],
        PackageModel package => [("package_size", package.PackageSize), ("amount", Amount(package.Amount)), ("free_units", package.FreeUnits)],
        GraduatedModel graduated => [("tiers", Tiers(graduated.Tiers))],
        VolumeModel volume => [("tiers", Tiers(volume.Tiers))],
        PercentageModel rate =>
        [
            ("rate", rate.Rate), ("fixed_amount", Amount(rate.FixedAmount)), ("free_events", rate.FreeEvents),
            ("free_value", Amount(rate.FreeValue)), ("min_per_event", Amount(rate.MinPerEvent)), ("max_per_event", Amount(rate.MaxPerEvent)),
        ],
        GraduatedPercentageModel graduated =>
        [
            ("tiers", graduated.Tiers.Select(tier => new { up_to = tier.UpTo, rate = tier.Rate, flat_amount = Amount(tier.FlatAmount) }).ToArray()),
        ],
        MatrixModel matrix =>
        [
            ("dimensions", matrix.Dimensions.ToArray()),
            ("cells", matrix.Cells.Select(cell => new { values = cell.Values.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal), unit_amount = cell.UnitAmount }).ToArray()),
            ("default_unit_amount", matrix.DefaultUnitAmount),
        ],
        DynamicModel dynamic => [("property", dynamic.Property)],
        _ => [],
    };

    private static IEnumerable<(string Name, object? Value)> Bounds(PricingModel model) =>
        [("minimum_amount", Amount(model.MinimumAmount)), ("maximum_amount", Amount(model.MaximumAmount))];

    private static object[] Tiers(ImmutableArray<Tier> tiers) =>
        [.. tiers.Select(tier => new { up_to = tier.UpTo, unit_amount = tier.UnitAmount, flat_amount = Amount(tier.FlatAmount) })];

    // Amounts are whole minor units on the wire (api.md, "Conventions"); a published one with a fraction stays exact.
    private static object? Amount(decimal? value) => value is { } amount && decimal.IsInteger(amount) ? (object)decimal.ToInt64(amount) : value;
}
