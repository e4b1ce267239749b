using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
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

        var sold = grant with { Status = GrantStatus.Pending, Invoice = invoice.Id, IsTopUp = cause == TopUp.InvoiceCause, Deferred = price - computed.Totals.TaxContained };
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
        var value = grant.DeferredFor(taken);
        var after = grant with { Status = GrantStatus.Voided, Remaining = grant.Remaining - taken, Deferred = grant.Deferred - value };
        change.Write(after);
        if (taken != 0)
        {
            change.Moved(after, MovementKind.Voided, -taken, -value, $"invoice:{grant.Invoice}", at);
        }

        change.Post($"grant:{grant.Id}:unsold", grant.Invoice, at, WalletPostings.Unsold(value));
        change.Tell("grant.voided", grant.Id, ("invoice", grant.Invoice));
    }

    /// <summary>
    /// A credit note takes back a part of its price: the same part of the amount goes, where it is not used and not held, with what is
    /// deferred for it. The note takes the revenue back, so that it goes there. 422 <c>prepaid_credit_used</c>.
    /// </summary>
    /// <param name="sold">The grant, paid.</param>
    /// <param name="before">Minor units of its price that earlier notes took.</param>
    /// <param name="credited">Minor units that this one takes.</param>
    /// <param name="cause">Names the entry: <c>credit_note:cn_...</c></param>
    /// <param name="ids">Ids of this turn.</param>
    /// <param name="at">On the account's clock.</param>
    public static Decided<(Documents Documents, Grant Grant)> TakenBack(PrepaidGrant sold, long before, long credited, string cause, IdSource ids, Instant at)
    {
        var grant = sold.Grant;
        var taken = PartOf(sold, before + credited) - PartOf(sold, before);
        // What has expired waits for usage of its time at most.
        var free = grant.Status is GrantStatus.Active && !(grant.ExpiresAt <= at) ? grant.Free : 0;
        if (taken > free)
        {
            return Refusal.Rule(
                "prepaid_credit_used",
                $"The credit note would take {ExplainSteps.Text(taken)} of the credit back that the invoice sold, of which {ExplainSteps.Text(free)} are left unused. Credit less.");
        }

        if (taken == 0)
        {
            return (Documents.None, grant);
        }

        var change = new WalletChange(new WalletState(sold.Wallet, [grant], []), ids, at);
        var value = grant.DeferredFor(taken);
        var after = grant with { Remaining = grant.Remaining - taken, Deferred = grant.Deferred - value };
        change.Write(after);
        change.Moved(after, MovementKind.Voided, -taken, -value, cause, at);
        change.Post($"{cause}:unsold", grant.Invoice, at, WalletPostings.Unsold(value));
        change.Tell("grant.reduced", grant.Id, ("invoice", grant.Invoice), ("amount", ExplainSteps.Text(taken)));
        var documents = change.Done().Documents;
        return (documents with { Wallets = documents.Wallets with { Grants = [.. documents.Wallets.Grants.Select(static write => write.AsMove())] } }, after);
    }

    /// <summary>The part of a sold amount that a part of its price paid.</summary>
    private static decimal PartOf(PrepaidGrant sold, long credited)
    {
        var (amount, price) = (sold.Grant.Amount, sold.Grant.Price!.Value);
        return credited >= price ? amount
            : sold.Wallet.IsMoney ? Rounding.ToMinorUnits(amount * credited / price)
            : Rounding.Quantity(amount * credited / price, QuantityRounding.Floor, Purse.UnitDecimals);
    }

    private static string Description(Wallet wallet, Grant grant) =>
        LineTexts.Of(LineTexts.PrepaidCredit, wallet.IsMoney ? wallet.Name ?? wallet.Currency.Code : $"{ExplainSteps.Text(grant.Amount)} {wallet.Unit}");
}
