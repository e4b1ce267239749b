using System.Collections.Immutable;
using CsCheck;
using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

/// <summary>Random models and quantities.</summary>
internal static class PricingGen
{
    public static readonly Gen<decimal> Amount = Gen.Long[0, 10_000_000].Select(millis => millis / 1000m);

    public static readonly Gen<ImmutableArray<Tier>> Tiers = Gen.Select(Gen.Int[1, 400].Array[0, 5], Amount.Array[6], Gen.Int[0, 500].Array[6], ToTiers);

    /// <summary>Models whose pieces need no events or groups.</summary>
    public static readonly Gen<PricingModel> ByQuantity = Gen.Select(
        Gen.OneOf<PricingModel>(
            Amount.Select(amount => (PricingModel)new FlatModel(amount)),
            Gen.Select(Amount, Gen.Int[0, 50], (amount, free) => (PricingModel)new PerUnitModel(amount, free)),
            Gen.Select(Gen.Int[1, 100], Amount, Gen.Int[0, 50], (size, amount, free) => (PricingModel)new PackageModel(size, amount, free)),
            Tiers.Select(tiers => (PricingModel)new GraduatedModel(tiers)),
            Tiers.Select(tiers => (PricingModel)new VolumeModel(tiers)),
            Tiers.Select(tiers => (PricingModel)new GraduatedPercentageModel([.. tiers.Select(tier => new PercentageTier(tier.UpTo, tier.UnitAmount / 100, tier.FlatAmount))]))),
        Gen.Int[0, 3000],
        Gen.Int[0, 100_000],
        Gen.Int[0, 3],
        (model, minimum, above, bounds) => model with
        {
            MinimumAmount = bounds is 1 or 3 ? minimum : null,
            MaximumAmount = bounds is 2 or 3 ? minimum + above : null,
        });

    private static ImmutableArray<Tier> ToTiers(int[] widths, decimal[] units, int[] flats)
    {
        decimal upTo = 0;
        var tiers = ImmutableArray.CreateBuilder<Tier>();
        for (var i = 0; i < widths.Length; i++)
        {
            upTo += widths[i];
            tiers.Add(new Tier(upTo, units[i], flats[i]));
        }

        tiers.Add(new Tier(null, units[5], flats[5]));
        return tiers.ToImmutable();
    }
}
