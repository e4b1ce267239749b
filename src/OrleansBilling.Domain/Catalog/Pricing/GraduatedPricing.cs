namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>
/// Each unit is charged in the tier into which it falls; a tier's flat amount is due once something falls into it.
/// </summary>
internal static class GraduatedPricing
{
    public static void Rate(GraduatedModel model, decimal quantity, RatingSheet sheet)
    {
        decimal lower = 0;
        foreach (var tier in model.Tiers)
        {
            if (quantity <= lower)
            {
                return;
            }

            var upper = tier.UpTo is { } upTo ? Math.Min(upTo, quantity) : quantity;
            var name = TierNames.Of(lower, tier.UpTo);
            if (tier.FlatAmount != 0)
            {
                sheet.Multiply("tier_flat", $"Tier {name}, flat", 1, tier.FlatAmount);
            }

            sheet.Multiply("tier_unit", $"Tier {name}", upper - lower, tier.UnitAmount);
            lower = upper;
        }
    }
}
