namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>Free units first, then each unit costs the same.</summary>
internal static class PerUnitPricing
{
    public static void Rate(PerUnitModel model, decimal quantity, RatingSheet sheet)
    {
        sheet.UnitAmount = model.UnitAmount;
        sheet.Multiply(
            "multiply",
            model.FreeUnits == 0 ? "Units" : "Units beyond the free ones",
            Math.Max(0, quantity - model.FreeUnits),
            model.UnitAmount);
    }
}
