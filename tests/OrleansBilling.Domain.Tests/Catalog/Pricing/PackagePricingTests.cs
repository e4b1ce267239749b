using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

public sealed class PackagePricingTests
{
    [Theory]
    [InlineData("100", "0", "0", 0)]
    [InlineData("100", "0", "1", 500)]
    [InlineData("100", "0", "100", 500)]
    [InlineData("100", "0", "100.000000000001", 1000)]
    [InlineData("100", "0", "250", 1500)]
    [InlineData("100", "50", "50", 0)]
    [InlineData("100", "50", "51", 500)]
    [InlineData("100", "50", "150", 500)]
    [InlineData("100", "50", "151", 1000)]
    [InlineData("0.1", "0", "0.3", 1500)]
    [InlineData("3", "0", "10", 2000)]
    public void Costs_started_packages_after_the_free_units(string size, string free, string quantity, long expected) =>
        Assert.Equal(expected, Amount(new PackageModel(Number(size), 500, Number(free)), Number(quantity)));

    [Theory]
    [InlineData("0", 0, "60", 500)]
    [InlineData("60", 500, "40", 0)]
    [InlineData("60", 500, "41", 500)]
    public void A_started_package_is_used_up_by_the_next_piece(string before, long billed, string quantity, long expected) =>
        Assert.Equal(
            expected,
            Amount(
                new PackageModel(100, 500),
                new RatingInput(Number(quantity)) { PreviousQuantity = Number(before), PreviousAmount = billed, Position = PiecePosition.Last }));
}
