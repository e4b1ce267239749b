using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

public sealed class GraduatedPercentagePricingTests
{
    private static readonly GraduatedPercentageModel Model = new([new(10_000, 2), new(50_000, 1, FlatAmount: 100), new(null, 0.5m)]);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("10000", 200)]
    [InlineData("10001", 300)]
    [InlineData("50000", 700)]
    [InlineData("60000", 750)]
    public void Charges_the_value_piece_by_piece(string value, long expected)
    {
        Assert.Equal(expected, Amount(Model, Number(value)));
        Assert.Equal(expected, Amount(Model, new RatingInput(0) { Events = [Number(value) / 4, Number(value) * 3 / 4] }));
    }

    [Theory]
    [InlineData("8000", 160, "4000", 160)]
    [InlineData("50000", 700, "10000", 50)]
    public void Tiers_continue_over_pieces(string before, long billed, string value, long expected) =>
        Assert.Equal(
            expected,
            Amount(Model, new RatingInput(Number(value)) { PreviousQuantity = Number(before), PreviousAmount = billed, Position = PiecePosition.Middle }));
}
