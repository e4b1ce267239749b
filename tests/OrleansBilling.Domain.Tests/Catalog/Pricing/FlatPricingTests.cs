using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

public sealed class FlatPricingTests
{
    [Theory]
    [InlineData("2000", "1", 2000)]
    [InlineData("2000", "0", 2000)]
    [InlineData("2000", "7", 2000)]
    [InlineData("0", "1", 0)]
    [InlineData("10.5", "1", 11)]
    [InlineData("10.499999999999", "1", 10)]
    public void Costs_the_same_for_any_quantity(string amount, string quantity, long expected) =>
        Assert.Equal(expected, Amount(new FlatModel(Number(amount)), Number(quantity)));

    [Theory]
    [InlineData(PiecePosition.Only, 2000)]
    [InlineData(PiecePosition.First, 0)]
    [InlineData(PiecePosition.Middle, 0)]
    [InlineData(PiecePosition.Last, 2000)]
    public void Is_billed_on_the_last_piece(PiecePosition position, long expected) =>
        Assert.Equal(expected, Amount(new FlatModel(2000), new RatingInput(1) { Position = position }));
}
