using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Wallets;

/// <summary>
/// Sells grants: on an invoice that bears the tax; usable once that is paid (rules.md, "Prepaid credits"). The price is
/// deferred from the issue on.
/// </summary>
internal static class GrantSale
{
    private static readonly IReadOnlyDictionary<string, CreditableInvoice> NoInvoices = ImmutableDictionary<string, CreditableInvoice>.Empty;

    /// <summary>Issues the invoice of a grant, and keeps the grant pending until it is paid.</summary>
    /// <param name="change">The wallet's change.</param>
    /// <param name="grant">With its price; nothing of it can be used yet.</param>
    /// <param name="billing">The account that buys.</param>
    /// <param name="cause">What made the invoice: <c>wallet_grant</c> or <c>wallet_top_up</c>.</param>
    public static Grant Sell(WalletChange change, Grant grant, BillingFacts billing, string cause)
    {
        var price = grant.Price!.Value;
        var draft = new LineDraft(
            LineKind.OneTime, Description(change.State.Wallet, grant), new Period(change.Now, change.Now), price,
            Explain.Empty.With(ExplainSteps.Given("Price of prepaid credit", price)).With(ExplainSteps.Round(price, price)).With("grant", grant.Id));
        var computed = InvoiceCalculator.Compute([draft], [], billing.Account.Tax, billing.Account.Currency, change.Ids);
        var documents = InvoiceIssue.Issue(
            change.Ids.Next("inv"), subscription: null, computed, billing, change.Now, cause, change.Ids, NoInvoices);
        var invoice = documents.Invoices[^1];
        change.Add(documents);

        var sold = grant with { Status = GrantStatus.Pending, Invoice = invoice.Id, Deferred = price - computed.Totals.TaxContained };
        change.Write(sold);
        change.Post($"grant:{grant.Id}:sold", invoice.Id, change.Now, WalletPostings.Of(sold, MovementKind.Granted, sold.Deferred));
        change.Tell("grant.sold", grant.Id, ("invoice", invoice.Id), ("price", price));
        return InvoiceIssue.InitialState(invoice).Status is InvoiceStatus.Paid ? Paid(change, sold, change.Now) : sold;
    }

    /// <summary>Its invoice is paid: it can be used. Where it has expired meanwhile, it lapses with the next step.</summary>
    public static Grant Paid(WalletChange change, Grant grant, Instant at)
    {
        var usable = grant with { Status = GrantStatus.Active, Remaining = grant.Amount };
        change.Write(usable);
        change.Moved(usable, MovementKind.Granted, grant.Amount, grant.Deferred, $"invoice:{grant.Invoice}", at);
        change.Tell("grant.usable", grant.Id, ("invoice", grant.Invoice));
        return usable;
    }

    /// <summary>
    /// Its invoice was voided, which took the revenue back: what is deferred goes there too, and what is not held is taken
    /// away. What is held follows when its hold ends; used, it is revenue that nobody has paid.
    /// </summary>
    public static void Voided(WalletChange change, Grant grant, Instant at)
    {
        var taken = grant.Free;
        var value = grant.Remaining == taken ? grant.Deferred : Kernel.Rounding.ToMinorUnits(grant.Deferred * taken / grant.Remaining);
        var after = grant with { Status = GrantStatus.Voided, Remaining = grant.Remaining - taken, Deferred = grant.Deferred - value };
        change.Write(after);
        if (taken != 0)
        {
            change.Moved(after, MovementKind.Voided, -taken, -value, $"invoice:{grant.Invoice}", at);
        }

        change.Post($"grant:{grant.Id}:unsold", grant.Invoice, at, WalletPostings.Unsold(value));
        change.Tell("grant.voided", grant.Id, ("invoice", grant.Invoice));
    }

    private static string Description(Wallet wallet, Grant grant) =>
        wallet.IsMoney
            ? $"Prepaid credit: {wallet.Name ?? wallet.Currency.Code}"
            : $"Prepaid credit: {ExplainSteps.Text(grant.Amount)} {wallet.Unit}";
}
