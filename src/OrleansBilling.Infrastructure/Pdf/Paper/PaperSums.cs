using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Invoicing;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>The sums of an invoice, from subtotal to what is due; what they show adds up.</summary>
internal static class PaperSums
{
    /// <summary>The sums in their order.</summary>
    public static IEnumerable<PaperSum> Of(InvoiceDocument document, InvoiceState state, Words words, PaperFormats formats)
    {
        var totals = document.Totals;
        yield return new PaperSum(words.Subtotal, formats.Money(totals.Subtotal));
        if (totals.DiscountTotal != 0)
        {
            yield return new PaperSum(words.Discount, formats.Money(-totals.DiscountTotal));
        }

        if (totals.WalletApplied != 0)
        {
            yield return new PaperSum(words.Prepaid, formats.Money(-totals.WalletApplied));
        }

        var taxes = PaperTaxes.Of(document.Lines.Select(
            line => (line.Taxes, line.TaxInclusive, line.Draft.Amount - line.DiscountAmount - line.WalletAmount, line.TaxAmount)));
        foreach (var tax in taxes.Where(tax => !tax.Contained))
        {
            yield return tax.Sum(words, formats);
        }

        yield return new PaperSum(words.Total, formats.Money(totals.Total), SumKind.Total);
        foreach (var tax in taxes.Where(tax => tax.Contained))
        {
            yield return tax.Sum(words, formats);
        }

        if (document.Credited > 0)
        {
            yield return new PaperSum(words.Credited, formats.Money(document.Credited), SumKind.Total);
            yield break;
        }

        if (state.CreditApplied != 0)
        {
            yield return new PaperSum(words.CreditApplied, formats.Money(-state.CreditApplied));
        }

        if (state.AmountPaid != 0)
        {
            yield return new PaperSum(words.Paid, formats.Money(-state.AmountPaid));
        }

        yield return new PaperSum(words.AmountDue, formats.Money(state.AmountRemaining), SumKind.Total);
    }
}
