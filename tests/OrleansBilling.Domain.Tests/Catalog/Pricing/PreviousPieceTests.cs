using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using Xunit;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

/// <summary>What was billed before, where only its units are known: the pieces then make the price of the whole.</summary>
public sealed class PreviousPieceTests
{
    private static readonly ImmutableArray<Tier> Tiers = [new(10, 100, 500), new(null, 50.5m, 0)];

    public static TheoryData<PricingModel, string, long> Cases => new()
    {
        { new PerUnitModel(100), "5", 500 },
        { new PerUnitModel(100, FreeUnits: 3), "5", 200 },
        { new PerUnitModel(100), "0", 0 },
        { new PackageModel(100, 500, FreeUnits: 50), "51", 500 },
        { new GraduatedModel(Tiers), "12", 1601 },
        { new VolumeModel(Tiers), "12", 0 },
        { new FlatModel(900), "1", 0 },
        { new PerUnitModel(100) { MinimumAmount = 9_000 }, "5", 500 },
        { new PerUnitModel(100) { MaximumAmount = 300 }, "5", 300 },
        { new DynamicModel("cost"), "5", 0 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Is_what_they_cost_as_a_piece_that_others_follow(PricingModel model, string quantity, long expected) =>
        Assert.Equal(expected, PreviousPiece.AmountOf(model, decimal.Parse(quantity, System.Globalization.CultureInfo.InvariantCulture)).Value);
}
