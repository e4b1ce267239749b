namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// The discount that credits bring with them: the share of the credited line's discount, sign turned (rules.md,
/// "Credits for unused time"), and what was given on a line before it came onto this document. Coupons never apply to either.
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
            if (line.Draft.HasWaited)
            {
                continue;
            }

            line.Steps.Add(ExplainSteps.Of(
                "discount",
                line.Draft.CreditedLine is null ? "Discount that was given before" : "Discount of the credited line, taken back",
                line.Draft.Amount - carried,
                ("amount", ExplainSteps.Text(line.Draft.Amount)),
                ("discount", ExplainSteps.Text(carried))));
        }
    }
}
