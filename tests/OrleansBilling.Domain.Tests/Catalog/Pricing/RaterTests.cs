using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Tests.Invoicing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

/// <summary>What all models share: bounds, pieces, shares, refusals.</summary>
public sealed class RaterTests
{
    [Theory]
    [InlineData(PiecePosition.Only, "0", 500)]
    [InlineData(PiecePosition.Only, "4", 500)]
    [InlineData(PiecePosition.Only, "5", 500)]
    [InlineData(PiecePosition.Only, "6", 600)]
    [InlineData(PiecePosition.Only, "30", 2000)]
    [InlineData(PiecePosition.First, "4", 400)]
    [InlineData(PiecePosition.First, "30", 2000)]
    [InlineData(PiecePosition.Middle, "0", 0)]
    [InlineData(PiecePosition.Last, "4", 500)]
    public void The_minimum_falls_on_the_last_piece_and_the_maximum_on_all(PiecePosition position, string quantity, long expected)
    {
        var model = new PerUnitModel(100) { MinimumAmount = 500, MaximumAmount = 2000 };

        Assert.Equal(expected, Amount(model, new RatingInput(Number(quantity)) { Position = position }));
    }

    [Theory]
    [InlineData(PiecePosition.Middle, "15", 1500, "10", 500)]
    [InlineData(PiecePosition.Middle, "25", 2000, "10", 0)]
    [InlineData(PiecePosition.Last, "2", 200, "1", 300)]
    [InlineData(PiecePosition.Last, "2", 200, "0", 300)]
    public void Bounds_hold_for_the_running_total(PiecePosition position, string before, long billed, string quantity, long expected)
    {
        var model = new PerUnitModel(100) { MinimumAmount = 500, MaximumAmount = 2000 };
        var input = new RatingInput(Number(quantity)) { PreviousQuantity = Number(before), PreviousAmount = billed, Position = position };

        Assert.Equal(expected, Amount(model, input));
    }

    [Fact]
    public void A_lowered_total_gives_money_back()
    {
        var input = new RatingInput(0) { PreviousQuantity = 3, PreviousAmount = 400, Position = PiecePosition.Last };

        Assert.Equal(-100, Amount(new PerUnitModel(100), input));
    }

    [Theory]
    [InlineData("2", 333)]
    [InlineData("10", 667)]
    public void Bounds_shrink_with_a_partial_period(string quantity, long expected)
    {
        var model = new PerUnitModel(100) { MinimumAmount = 1000, MaximumAmount = 2000 };

        Assert.Equal(expected, Amount(model, new RatingInput(Number(quantity)) { BoundsShare = new Share(10, 30) }));
    }

    [Theory]
    [InlineData("1000", 10, 30, 333)]
    [InlineData("1000", 20, 30, 667)]
    [InlineData("1000", 30, 30, 1000)]
    [InlineData("1000.5", 30, 30, 1001)]
    [InlineData("1000.5", 15, 30, 500)]
    [InlineData("1", 15, 30, 1)]
    [InlineData("1000", 0, 30, 0)]
    public void A_prorated_price_is_rounded_once(string price, int numerator, int denominator, long expected)
    {
        var rated = Rate(new FlatModel(Number(price)), new RatingInput(1)).Prorated(new Share(numerator, denominator));

        Assert.Equal(expected, rated.Amount);
        ExplainEvaluator.Check(rated);
        Assert.Equal(1, rated.Steps.Count(step => step.Operation == "round"));
    }

    [Fact]
    public void A_piece_cannot_be_prorated() =>
        Assert.Throws<InvalidOperationException>(() =>
            Rate(new PerUnitModel(1), new RatingInput(1) { PreviousQuantity = 1, PreviousAmount = 1 }).Prorated(new Share(1, 2)));

    public static TheoryData<PricingModel, RatingInput, string, string?> Refusals => new()
    {
        { new PerUnitModel(1), new RatingInput(-1), "negative_quantity", "quantity" },
        { new PerUnitModel(1), new RatingInput(-1) { PreviousQuantity = -1 }, "negative_quantity", "quantity" },
        { new PerUnitModel(1), new RatingInput(1) { PreviousQuantity = -1 }, "negative_quantity", "previous_quantity" },
        { new DynamicModel("x"), new RatingInput(1) { Groups = [new(System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty, -1)] }, "negative_quantity", "groups" },
        { new DynamicModel("x"), new RatingInput(1) { Events = [-1m] }, "negative_quantity", "events" },
        { new DynamicModel("x"), new RatingInput(1), "events_needed", "events" },
        { new PercentageModel(1, FreeEvents: 1), new RatingInput(1) { PreviousQuantity = 1 }, "events_needed", "events" },
        { new PercentageModel(1, FreeEvents: 1), new RatingInput(0) { PreviousQuantity = 1 }, "previous_events_needed", "previous_events" },
        { new PerUnitModel(Rater.MaxAmount), new RatingInput(2), "amount_too_large", null },
        { new PerUnitModel(1_000_000_000_000), new RatingInput(decimal.MaxValue), "amount_too_large", null },
        { new PerUnitModel(1), new RatingInput(decimal.MaxValue) { PreviousQuantity = decimal.MaxValue }, "amount_too_large", null },
        { new FlatModel(decimal.MaxValue), new RatingInput(1), "amount_too_large", null },
        { new FlatModel(0), new RatingInput(1) { PreviousAmount = long.MinValue }, "amount_too_large", null },
        { new PackageModel(0.000000000001m, 1), new RatingInput(decimal.MaxValue), "amount_too_large", null },
        { new DynamicModel("x"), new RatingInput(0) { Events = [decimal.MaxValue, decimal.MaxValue] }, "amount_too_large", null },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Refuses_in_this_order(PricingModel model, RatingInput input, string code, string? field)
    {
        var refusal = Refusal(model, input);

        Assert.Equal((code, field), (refusal?.Code, refusal?.Field));
    }

    [Fact]
    public void The_largest_amount_is_allowed() => Assert.Equal(Rater.MaxAmount, Amount(new FlatModel(Rater.MaxAmount), 1));

    [Fact]
    public void Explanations_write_decimals_without_exponent_or_trailing_zeros()
    {
        Assert.Equal("0.000000000001", ExplainSteps.Text(0.000000000001000m));
        Assert.Equal("100", ExplainSteps.Text(100.00m));
        Assert.Equal("-1.5", ExplainSteps.Text(-1.50m));
        Assert.Equal("0", ExplainSteps.Text(0.000m));
    }
}
