using OrleansBilling.Domain.Ledger;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>How an issued invoice is booked.</summary>
internal static class InvoicePostings
{
    /// <summary>
    /// The entry <c>invoice:&lt;id&gt;:issued</c>: what the customer owes against revenue and tax, then the credit that was
    /// applied. A negative total owes the customer instead: credit on its way to open invoices, and credit balance.
    /// Null where nothing moves.
    /// </summary>
    public static JournalEntry? Issued(Invoice invoice, long inTransit)
    {
        var totals = invoice.Totals;
        var legs = new Legs();
        legs.Add(LedgerAccount.Receivable, Math.Max(totals.Total, 0));
        legs.Add(LedgerAccount.CreditInTransit, -inTransit);
        legs.Add(LedgerAccount.CustomerCredit, inTransit - invoice.Credited);
        legs.Add(LedgerAccount.Revenue, totals.TaxTotal - totals.Total);
        legs.Add(LedgerAccount.TaxPayable, -totals.TaxTotal);

        var postings = legs.Match();
        if (invoice.CreditApplied > 0)
        {
            postings.Add(new Posting(LedgerAccount.CustomerCredit, LedgerAccount.Receivable, invoice.CreditApplied));
        }

        return postings.Count == 0
            ? null
            : new JournalEntry(
                $"invoice:{invoice.Id}:issued", invoice.Account, invoice.Id, invoice.Facts.Currency.Code, invoice.IssuedAt, postings);
    }
}
