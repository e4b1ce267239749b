using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

public sealed class VolumePricingTests
{
    private const string Plain = "10:5, 20:4, inf:3";
    private const string WithFlat = "10:0+1000, inf:50+200";

    [Theory]
    [InlineData(Plain, "0", 0)]
    [InlineData(Plain, "1", 5)]
    [InlineData(Plain, "10", 50)]
    [InlineData(Plain, "10.5", 42)]
    [InlineData(Plain, "11", 44)]
    [InlineData(Plain, "20", 80)]
    [InlineData(Plain, "21", 63)]
    [InlineData(WithFlat, "0", 0)]
    [InlineData(WithFlat, "10", 1000)]
    [InlineData(WithFlat, "11", 750)]
    public void Costs_all_units_at_the_tier_that_is_reached(string tiers, string quantity, long expected) =>
        Assert.Equal(expected, Amount(new VolumeModel(Tiers(tiers)), Number(quantity)));

    [Theory]
    [InlineData(PiecePosition.First, "6", "0", 0)]
    [InlineData(PiecePosition.Middle, "6", "6", 0)]
    [InlineData(PiecePosition.Last, "6", "12", 72)]
    public void Is_billed_on_the_last_piece_for_the_whole_quantity(PiecePosition position, string quantity, string before, long expected) =>
        Assert.Equal(
            expected,
            Amount(new VolumeModel(Tiers("10:5, inf:4")), new RatingInput(Number(quantity)) { PreviousQuantity = Number(before), Position = position }));
}
