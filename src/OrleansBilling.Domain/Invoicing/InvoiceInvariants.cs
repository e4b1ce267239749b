namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// The sums that every document must keep. Checked where a document is issued, and meant to be checked where one is
/// read back: a document that does not add up must stop the turn, not reach the customer.
/// </summary>
public static class InvoiceInvariants
{
    /// <summary>Throws where a document does not add up.</summary>
    /// <exception cref="InvalidOperationException">A sum differs from its parts.</exception>
    public static void Check(Invoice invoice)
    {
        var totals = invoice.Totals;
        long subtotal = 0, discount = 0, wallet = 0, tax = 0, contained = 0;
        foreach (var line in invoice.Lines)
        {
            long taxes = 0;
            foreach (var part in line.Taxes)
            {
                taxes += part.Amount;
            }

            Hold(line.Discounts.Sum(static part => part.Amount) == line.DiscountAmount, invoice, "the discounts of a line do not sum to its discount");
            Hold(
                line.DiscountAmount == 0 || Math.Sign(line.DiscountAmount) == Math.Sign(line.Draft.Amount) && Math.Abs(line.DiscountAmount) <= Math.Abs(line.Draft.Amount),
                invoice,
                "the discount of a line exceeds its amount");
            var net = line.Draft.Amount - line.DiscountAmount;
            Hold(
                line.WalletAmount == 0 || Math.Sign(line.WalletAmount) == Math.Sign(net) && Math.Abs(line.WalletAmount) <= Math.Abs(net),
                invoice,
                "the prepaid credit of a line exceeds what its discount leaves");
            Hold(taxes == line.TaxAmount, invoice, "the taxes of a line do not sum to its tax");
            subtotal += line.Draft.Amount;
            discount += line.DiscountAmount;
            wallet += line.WalletAmount;
            tax += line.TaxAmount;
            contained += line.TaxInclusive ? line.TaxAmount : 0;
        }

        Hold(subtotal == totals.Subtotal, invoice, "the lines do not sum to the subtotal");
        Hold(discount == totals.DiscountTotal, invoice, "the discounts of the lines do not sum to the discount");
        Hold(wallet == totals.WalletApplied, invoice, "the prepaid credit of the lines does not sum to what was applied");
        Hold(tax == totals.TaxTotal && contained == totals.TaxContained, invoice, "the taxes of the lines do not sum to the tax");
        Hold(
            totals.Total == totals.Subtotal - totals.DiscountTotal - totals.WalletApplied + totals.TaxTotal - totals.TaxContained,
            invoice,
            "the total is not what its parts make");
        Hold(invoice.Credited == Math.Max(-totals.Total, 0), invoice, "what is credited is not the negative total");
        Hold(
            invoice.CreditApplied >= 0 && invoice.CreditApplied <= Math.Max(totals.Total, 0),
            invoice,
            "the credit applied lies outside of what the document asks for");
        Hold(invoice.DueAt >= invoice.IssuedAt, invoice, "it falls due before it was issued");
    }

    private static void Hold(bool holds, Invoice invoice, string broken)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"Invoice {invoice.Id} does not add up: {broken}.");
        }
    }
}
