using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Who pays, and what was moved to whom.</summary>
internal sealed partial class Life
{
    /// <summary>The account that pays, or null.</summary>
    public BillingFacts? Parent { get; private set; }

    public List<BalanceMove> Moves { get; } = [];

    public List<CreditInTransit> Sent { get; } = [];

    private Dictionary<string, BillingFacts> Former { get; } = new(StringComparer.Ordinal);

    /// <summary>Bills it to another account, or to itself; invoices so far stand as they were issued, paid unless told otherwise.</summary>
    public Life BilledTo(BillingFacts? parent)
    {
        foreach (var invoice in Invoices)
        {
            Standing.TryAdd(invoice.Id, new CreditableInvoice(invoice.Id, InvoiceStatus.Paid, 0) { Account = invoice.Account });
        }

        if (Parent is { } before)
        {
            Former[before.Account.Account] = before;
        }

        Parent = parent;
        return this;
    }
}
