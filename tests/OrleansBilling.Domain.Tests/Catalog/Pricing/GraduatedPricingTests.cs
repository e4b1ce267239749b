using CsCheck;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

public sealed class GraduatedPricingTests
{
    private const string Plain = "10:5, 20:4, inf:3";
    private const string WithFlat = "10:0+1000, 20:50+200, inf:0.5";

    [Theory]
    [InlineData(Plain, "0", 0)]
    [InlineData(Plain, "1", 5)]
    [InlineData(Plain, "10", 50)]
    [InlineData(Plain, "11", 54)]
    [InlineData(Plain, "20", 90)]
    [InlineData(Plain, "25", 105)]
    [InlineData(Plain, "10.5", 52)]
    [InlineData(WithFlat, "0", 0)]
    [InlineData(WithFlat, "1", 1000)]
    [InlineData(WithFlat, "10", 1000)]
    [InlineData(WithFlat, "11", 1250)]
    [InlineData(WithFlat, "20", 1700)]
    [InlineData(WithFlat, "21", 1701)]
    [InlineData(WithFlat, "22", 1701)]
    [InlineData("inf:7", "3", 21)]
    public void Costs_each_unit_in_the_tier_into_which_it_falls(string tiers, string quantity, long expected) =>
        Assert.Equal(expected, Amount(new GraduatedModel(Tiers(tiers)), Number(quantity)));

    [Theory]
    [InlineData("8", 40, "4", 18)]
    [InlineData("10", 50, "1", 4)]
    [InlineData("20", 90, "5", 15)]
    public void Tiers_continue_over_pieces(string before, long billed, string quantity, long expected) =>
        Assert.Equal(
            expected,
            Amount(
                new GraduatedModel(Tiers(Plain)),
                new RatingInput(Number(quantity)) { PreviousQuantity = Number(before), PreviousAmount = billed, Position = PiecePosition.Middle }));

    [Fact]
    public void More_never_costs_less() => Gen.Select(PricingGen.Tiers, Gen.Int[0, 200_000], Gen.Int[0, 50_000]).Sample((tiers, quantity, more) =>
    {
        var model = new GraduatedModel(tiers);

        Assert.True(Amount(model, quantity / 100m) <= Amount(model, (quantity + more) / 100m));
    });
}
