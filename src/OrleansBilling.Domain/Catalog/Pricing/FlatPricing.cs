using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>One amount, whatever the quantity.</summary>
internal static class FlatPricing
{
    public static void Rate(FlatModel model, RatingSheet sheet) =>
        sheet.Add(model.Amount, ExplainSteps.Of("flat", "Flat amount", model.Amount, ("amount", ExplainSteps.Text(model.Amount))));
}
