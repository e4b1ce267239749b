namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// The discount that credits bring with them: the share of the credited line's discount, sign turned (rules.md,
/// "Credits for unused time"). Coupons never apply to credits.
/// </summary>
internal static class CarriedDiscounts
{
    public static void Apply(IEnumerable<LineInProgress> lines)
    {
        foreach (var line in lines)
        {
            var carried = line.Draft.CarriedDiscount;
            if (line.Draft.CarriedDiscounts.IsEmpty)
            {
                continue;
            }

            line.Discounts.AddRange(line.Draft.CarriedDiscounts);
            line.Steps.Add(ExplainSteps.Of(
                "discount",
                "Discount of the credited line, taken back",
                line.Draft.Amount - carried,
                ("amount", ExplainSteps.Text(line.Draft.Amount)),
                ("discount", ExplainSteps.Text(carried))));
        }
    }
}
