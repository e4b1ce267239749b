using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>
/// Tiers ascend, each beginning where the one before it ends, and the last one is open: every quantity falls into tiers
/// without gap or overlap.
/// </summary>
internal static class TierRules
{
    public static Refusal? Check(ImmutableArray<Tier> tiers, string field) =>
        Bounds([.. tiers.Select(tier => tier.UpTo)], field)
        ?? Each(tiers, field, (tier, place) =>
            CatalogLimits.Amount(tier.UnitAmount, $"{place}.unit_amount") ?? CatalogLimits.Amount(tier.FlatAmount, $"{place}.flat_amount"));

    public static Refusal? Check(ImmutableArray<PercentageTier> tiers, string field) =>
        Bounds([.. tiers.Select(tier => tier.UpTo)], field)
        ?? Each(tiers, field, (tier, place) =>
            CatalogLimits.Rate(tier.Rate, $"{place}.rate") ?? CatalogLimits.Amount(tier.FlatAmount, $"{place}.flat_amount"));

    private static Refusal? Bounds(decimal?[] bounds, string field)
    {
        if (CatalogLimits.Count(bounds.Length, 1, CatalogLimits.Tiers, field) is { } refusal)
        {
            return refusal;
        }

        decimal before = 0;
        for (var i = 0; i < bounds.Length; i++)
        {
            var place = $"{field}[{i}].up_to";
            var isLast = i == bounds.Length - 1;
            if (bounds[i] is not { } upTo)
            {
                return isLast ? null : Refusal.Rule("open_tier_not_last", "Only the last tier may be open: give it an up_to.", place);
            }

            if (CatalogLimits.QuantityOf(upTo, place) is { } broken)
            {
                return broken;
            }

            if (upTo <= before)
            {
                return Refusal.Rule("tiers_not_ascending", "Each tier must end above the one before it, the first above 0.", place);
            }

            before = upTo;
        }

        return Refusal.Rule("last_tier_not_open", "The last tier must be open (up_to null), so that every quantity has a price.", $"{field}[{bounds.Length - 1}].up_to");
    }

    private static Refusal? Each<T>(ImmutableArray<T> tiers, string field, Func<T, string, Refusal?> check)
    {
        for (var i = 0; i < tiers.Length; i++)
        {
            if (check(tiers[i], $"{field}[{i}]") is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }
}
