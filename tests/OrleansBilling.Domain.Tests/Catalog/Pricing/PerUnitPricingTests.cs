using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

public sealed class PerUnitPricingTests
{
    [Theory]
    [InlineData("1000", "0", "5", 5000)]
    [InlineData("1000", "0", "0", 0)]
    [InlineData("0.35", "0", "1", 0)]
    [InlineData("0.35", "0", "2", 1)]
    [InlineData("0.5", "0", "1", 1)]
    [InlineData("0.35", "0", "1000", 350)]
    [InlineData("0.000000000001", "0", "500000000000", 1)]
    [InlineData("0.000000000001", "0", "499999999999", 0)]
    [InlineData("100", "10", "10", 0)]
    [InlineData("100", "10", "3", 0)]
    [InlineData("100", "10", "11", 100)]
    [InlineData("100", "10", "10.25", 25)]
    public void Costs_each_unit_beyond_the_free_ones(string unitAmount, string free, string quantity, long expected) =>
        Assert.Equal(expected, Amount(new PerUnitModel(Number(unitAmount), Number(free)), Number(quantity)));

    [Theory]
    [InlineData("10", "0", 0, "4", 0)]
    [InlineData("10", "8", 0, "4", 200)]
    [InlineData("10", "12", 200, "4", 400)]
    public void Free_units_continue_over_pieces(string free, string before, long billed, string quantity, long expected) =>
        Assert.Equal(
            expected,
            Amount(
                new PerUnitModel(100, Number(free)),
                new RatingInput(Number(quantity)) { PreviousQuantity = Number(before), PreviousAmount = billed, Position = PiecePosition.Middle }));

    [Fact]
    public void Names_its_unit_amount() => Assert.Equal(0.35m, Rate(new PerUnitModel(0.35m), new RatingInput(3)).UnitAmount);
}
