using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>Free units first, then every started package costs the whole package.</summary>
internal static class PackagePricing
{
    public static void Rate(PackageModel model, decimal quantity, RatingSheet sheet)
    {
        var paid = Math.Max(0, quantity - model.FreeUnits);
        var packages = Started(paid, model.PackageSize);
        var result = packages * model.Amount;
        sheet.Add(result, ExplainSteps.Of(
            "package",
            $"Started packages of {ExplainSteps.Text(model.PackageSize)}",
            result,
            ("units", ExplainSteps.Text(paid)),
            ("package_size", ExplainSteps.Text(model.PackageSize)),
            ("quantity", ExplainSteps.Text(packages)),
            ("unit_amount", ExplainSteps.Text(model.Amount))));
    }

    /// <summary>The quotient may be cut at its 28th digit, so that the last package is decided by multiplying back.</summary>
    private static decimal Started(decimal units, decimal size)
    {
        var whole = decimal.Floor(units / size);
        return whole * size < units ? whole + 1 : whole;
    }
}
