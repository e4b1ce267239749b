namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>All units are charged in the tier that the whole quantity reaches. Nothing is due for no units.</summary>
internal static class VolumePricing
{
    public static void Rate(VolumeModel model, decimal quantity, RatingSheet sheet)
    {
        decimal lower = 0;
        foreach (var tier in model.Tiers)
        {
            if (quantity > 0 && (tier.UpTo is null || quantity <= tier.UpTo))
            {
                var name = TierNames.Of(lower, tier.UpTo);
                if (tier.FlatAmount != 0)
                {
                    sheet.Multiply("tier_flat", $"Tier {name}, flat", 1, tier.FlatAmount);
                }

                sheet.UnitAmount = tier.FlatAmount == 0 ? tier.UnitAmount : null;
                sheet.Multiply("tier_unit", $"All units in tier {name}", quantity, tier.UnitAmount);
                return;
            }

            lower = tier.UpTo ?? lower;
        }
    }
}
