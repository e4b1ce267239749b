namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>The value of the period is charged piece by piece at the rate of the tier into which each piece falls.</summary>
internal static class GraduatedPercentagePricing
{
    public static void Rate(GraduatedPercentageModel model, RatingInput input, RatingSheet sheet)
    {
        var value = Value(input);
        decimal lower = 0;
        foreach (var tier in model.Tiers)
        {
            if (value <= lower)
            {
                return;
            }

            var upper = tier.UpTo is { } upTo ? Math.Min(upTo, value) : value;
            var name = TierNames.Of(lower, tier.UpTo);
            if (tier.FlatAmount != 0)
            {
                sheet.Multiply("tier_flat", $"Tier {name}, flat", 1, tier.FlatAmount);
            }

            sheet.Percent($"Tier {name}", upper - lower, tier.Rate);
            lower = upper;
        }
    }

    private static decimal Value(RatingInput input)
    {
        var before = input.PreviousEvents.IsEmpty ? input.PreviousQuantity : input.PreviousEvents.Sum();
        return before + (input.Events.IsEmpty ? input.Quantity : input.Events.Sum());
    }
}
