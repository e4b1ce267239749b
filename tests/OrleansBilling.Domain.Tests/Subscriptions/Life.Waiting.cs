using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Lines that wait for an invoice, in a life.</summary>
internal sealed partial class Life
{
    /// <summary>Lines that wait for an invoice, oldest first.</summary>
    public List<PendingLine> Waiting { get; } = [];

    /// <summary>Lines that have waited, with the invoices that took them.</summary>
    public Dictionary<string, BilledLine> Billed { get; } = new(StringComparer.Ordinal);

    /// <summary>A line made by hand, for the next invoice of this subscription unless told otherwise.</summary>
    public Life Add(string now, PendingLineOrder order) => AddToAccount(now, order with { Subscription = "sub_1" });

    /// <summary>A line made by hand that names no subscription: for the account's next invoice.</summary>
    public Life AddToAccount(string now, PendingLineOrder order)
    {
        Waiting.Add(PendingLines.ByHand(order, _account, Waiting.Count, $"line_hand{_turn++}", Utc(now)).Value);
        return this;
    }

    /// <summary>An invoice of the account takes lines that wait, not by a step of the subscription.</summary>
    public void Gathered(Documents documents)
    {
        Invoices.AddRange(documents.Invoices);
        Move(documents);
    }

    /// <summary>Every line that waits is taken once: one that is not there any more would refuse the turn.</summary>
    private void Move(Documents documents)
    {
        foreach (var (invoice, line) in documents.Invoices.SelectMany(invoice => invoice.Lines.Where(line => line.Draft.HasWaited).Select(line => (invoice, line))))
        {
            Assert.Equal(1, Waiting.RemoveAll(waiting => waiting.Draft.Id == line.Id));
            Billed.Add(line.Id, new BilledLine(line.Id, invoice.Id, [.. line.Taxes.Select(tax => tax.Rate)], line.TaxInclusive));
        }

        foreach (var dropped in documents.PendingDropped)
        {
            Assert.Equal(1, Waiting.RemoveAll(waiting => waiting.Draft.Id == dropped));
        }

        Waiting.AddRange(documents.PendingLines);
    }
}
