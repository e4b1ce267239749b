using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>Credit notes that late usage has ordered, in a world.</summary>
internal sealed partial class World
{
    /// <summary>Makes what is ordered, one for each look, unless a payment or a refund is away.</summary>
    private void Noted(NodaTime.Instant now, string? invoice)
    {
        foreach (var look in Books.Ordered().Where(credit => invoice is null || credit.CreditedInvoice == invoice).GroupBy(credit => (credit.CreditedInvoice, credit.Cause)).ToList())
        {
            var id = look.Key.CreditedInvoice!;
            var decided = InvoiceDecider.IssueOrderedNote(Books.Read(id), Collection, Books.Creditables(id), [.. look], Ids(now), now);
            if (decided.IsAccepted)
            {
                Books.Take(decided.Value);
                Life.Gathered(decided.Value.Documents);
            }
        }
    }

    /// <summary>Minor units of ordered credit notes that are on their way to an invoice.</summary>
    private long OrderedOf(string id) => -Books.Ordered().Where(credit => credit.CreditedInvoice == id).Sum(credit => credit.Amount);

    private (long Amount, long Discount) TakenByNotes(string line) => Books.Notes.SelectMany(note => note.Lines).Where(part => part.Line == line)
        .Aggregate((Amount: 0L, Discount: 0L), (sum, part) => (sum.Amount + part.Amount, sum.Discount + part.DiscountAmount));

    /// <summary>What a look at closed spans reads beside: the invoices of their lines.</summary>
    private SubscriptionFacts ReadSpans(SubscriptionFacts facts, IReadOnlyCollection<string> named)
    {
        var invoices = facts.Invoices.Keys.Concat(named).Distinct().ToDictionary(id => id, Books.Creditable);
        return facts with { Invoices = invoices, Paid = Books.Grants!.Paid(invoices.Keys, Books.Waiting()) };
    }
}
