using System.Collections.Immutable;
using CsCheck;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Tests.Catalog.Pricing;

namespace OrleansBilling.Domain.Tests.Catalog;

public sealed class ModelRulesTests
{
    private const decimal TooFine = 0.0000000000001m;

    public static TheoryData<PricingModel, string, string> Broken => new()
    {
        { new FlatModel(-0.01m), "negative_amount", "m.amount" },
        { new FlatModel(TooFine), "too_many_decimals", "m.amount" },
        { new FlatModel(Rater.MaxAmount + 1m), "amount_too_large", "m.amount" },
        { new FlatModel(-1) { MinimumAmount = -1 }, "negative_amount", "m.amount" },
        { new FlatModel(1) { MinimumAmount = -1, MaximumAmount = -1 }, "negative_amount", "m.minimum_amount" },
        { new FlatModel(1) { MaximumAmount = -1 }, "negative_amount", "m.maximum_amount" },
        { new FlatModel(1) { MinimumAmount = 2, MaximumAmount = 1 }, "minimum_above_maximum", "m.maximum_amount" },
        { new PerUnitModel(-1, -1), "negative_amount", "m.unit_amount" },
        { new PerUnitModel(1, -1), "negative_quantity", "m.free_units" },
        { new PerUnitModel(1, CatalogLimits.Quantity + 1), "quantity_too_large", "m.free_units" },
        { new PackageModel(0, -1), "package_size_not_positive", "m.package_size" },
        { new PackageModel(-1, 1), "negative_quantity", "m.package_size" },
        { new PackageModel(1, -1), "negative_amount", "m.amount" },
        { new PackageModel(1, 1, TooFine), "too_many_decimals", "m.free_units" },
        { new GraduatedModel([]), "too_few", "m.tiers" },
        { new GraduatedModel(Many(101)), "too_many", "m.tiers" },
        { new GraduatedModel([new(0, 1), new(null, 1)]), "tiers_not_ascending", "m.tiers[0].up_to" },
        { new GraduatedModel([new(10, 1), new(10, 1), new(null, 1)]), "tiers_not_ascending", "m.tiers[1].up_to" },
        { new VolumeModel([new(10, 1), new(5, 1), new(null, 1)]), "tiers_not_ascending", "m.tiers[1].up_to" },
        { new VolumeModel([new(null, 1), new(5, 1)]), "open_tier_not_last", "m.tiers[0].up_to" },
        { new VolumeModel([new(10, 1), new(20, 1)]), "last_tier_not_open", "m.tiers[1].up_to" },
        { new VolumeModel([new(-10, 1), new(null, 1)]), "negative_quantity", "m.tiers[0].up_to" },
        { new VolumeModel([new(10, -1), new(20, 1)]), "last_tier_not_open", "m.tiers[1].up_to" },
        { new VolumeModel([new(10, 1), new(null, -1)]), "negative_amount", "m.tiers[1].unit_amount" },
        { new VolumeModel([new(10, 1, -1), new(null, -1)]), "negative_amount", "m.tiers[0].flat_amount" },
        { new GraduatedPercentageModel([new(10, 1)]), "last_tier_not_open", "m.tiers[0].up_to" },
        { new GraduatedPercentageModel([new(null, -1)]), "negative_rate", "m.tiers[0].rate" },
        { new GraduatedPercentageModel([new(null, 1, -1)]), "negative_amount", "m.tiers[0].flat_amount" },
        { new PercentageModel(-1, -1), "negative_rate", "m.rate" },
        { new PercentageModel(1001), "rate_too_large", "m.rate" },
        { new PercentageModel(1, FixedAmount: -1), "negative_amount", "m.fixed_amount" },
        { new PercentageModel(1, FreeEvents: -1), "negative_quantity", "m.free_events" },
        { new PercentageModel(1, FreeValue: -1), "negative_amount", "m.free_value" },
        { new PercentageModel(1, MinPerEvent: -1), "negative_amount", "m.min_per_event" },
        { new PercentageModel(1, MaxPerEvent: -1), "negative_amount", "m.max_per_event" },
        { new PercentageModel(1, MinPerEvent: 2, MaxPerEvent: 1), "minimum_above_maximum", "m.max_per_event" },
        { new DynamicModel(""), "invalid_name", "m.property" },
        { new MatrixModel([], []), "too_few", "m.dimensions" },
        { new MatrixModel(["a", "a"], []), "duplicate_dimension", "m.dimensions[1]" },
        { new MatrixModel(["a"], []), "too_few", "m.cells" },
        { new MatrixModel(["a"], [Cell(1)]), "too_few", "m.cells[0].values" },
        { new MatrixModel(["a"], [Cell(1, "b=x")]), "unknown_dimension", "m.cells[0].values.b" },
        { new MatrixModel(["a"], [Cell(1, "a=")]), "too_few", "m.cells[0].values.a" },
        { new MatrixModel(["a"], [Cell(1, "a=x|x")]), "duplicate_value", "m.cells[0].values.a" },
        { new MatrixModel(["a"], [Cell(-1, "a=x")]), "negative_amount", "m.cells[0].unit_amount" },
        { new MatrixModel(["a"], [Cell(1, "a=x|y"), Cell(2, "a=y|x")]), "duplicate_cell", "m.cells[1].values" },
        { new MatrixModel(["a"], [Cell(1, "a=x")], -1), "negative_amount", "m.default_unit_amount" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Refuses_in_this_order(PricingModel model, string code, string field)
    {
        var refusal = ModelRules.Check(model, "m");

        Assert.Equal((code, field), (refusal?.Code, refusal?.Field));
    }

    public static TheoryData<PricingModel> Kept =>
    [
        new FlatModel(0),
        new FlatModel(0.000000000001m) { MinimumAmount = 5, MaximumAmount = 5 },
        new FlatModel(Rater.MaxAmount),
        new PerUnitModel(0.35m, 10),
        new PackageModel(0.5m, 100, 3),
        new GraduatedModel(Many(100)),
        new VolumeModel([new(0.5m, 1), new(null)]),
        new GraduatedPercentageModel([new(10_000, 1.5m), new(null, 1)]),
        new PercentageModel(1.2m, 30, 5, 1000, 1, 1),
        new MatrixModel(["a", "b"], [Cell(1, "a=x"), Cell(2, "a=x", "b=y")], 0),
        new DynamicModel("price"),
    ];

    [Theory]
    [MemberData(nameof(Kept))]
    public void Accepts(PricingModel model) => Assert.Null(ModelRules.Check(model, "m"));

    [Fact]
    public void What_is_accepted_can_be_rated() => Gen.Select(PricingGen.ByQuantity, Gen.Int[0, 100_000]).Sample((model, quantity) =>
    {
        Assert.Null(ModelRules.Check(model, "m"));
        Assert.True(Rater.Rate(model, new RatingInput(quantity)).IsAccepted);
    });

    private static ImmutableArray<Tier> Many(int count) => [.. Enumerable.Range(1, count - 1).Select(i => new Tier(i, 1)), new Tier(null, 1)];

    private static MatrixCell Cell(decimal unitAmount, params string[] values) => new(
        values.Select(text => text.Split('=')).ToImmutableSortedDictionary(
            parts => parts[0],
            parts => parts[1].Split('|', StringSplitOptions.RemoveEmptyEntries).ToImmutableArray()),
        unitAmount);
}
