using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>A line that an account's grouped invoice may take.</summary>
/// <param name="Draft">As it waits.</param>
/// <param name="Uncharged">See <see cref="PendingLine.Uncharged"/>.</param>
public sealed record GatheredLine(LineDraft Draft, bool Uncharged);

/// <summary>
/// The invoice of an account that gathers the lines of its subscriptions: one for each boundary (rules.md, "Invoices").
/// </summary>
public static class GatheredInvoice
{
    /// <summary>What made the invoice.</summary>
    public const string Cause = "grouped";

    /// <summary>
    /// Takes the lines of one boundary: those that are collected as the account says; where there are none, those of unpaid
    /// subscriptions, which stand on an invoice of their own. Discounts were fixed when the lines were made; prepaid credit,
    /// tax, rounding to cash, credit balance and payment are the document's. Credits of lines that stand on void invoices are dropped.
    /// </summary>
    /// <param name="lines">In the order in which they shall be shown; at least one.</param>
    /// <param name="boundary">The instant for which they were gathered; ids are derived from it and from the first line.</param>
    /// <param name="facts">Account, credit balance and dunning policy as read before the turn.</param>
    /// <param name="billed">By line id: where lines that have waited stand now.</param>
    /// <param name="invoices">By id: the invoices whose lines are credited.</param>
    /// <param name="paid">What prepaid credit has paid of the lines that are credited.</param>
    /// <param name="now">The instant of the turn; issue and due date count from it, however late it is.</param>
    public static Documents Issue(
        ImmutableArray<GatheredLine> lines,
        Instant boundary,
        BillingFacts facts,
        IReadOnlyDictionary<string, BilledLine> billed,
        IReadOnlyDictionary<string, CreditableInvoice> invoices,
        PaidLines paid,
        Instant now)
    {
        // A credit of a line that waits beside it goes with that line.
        var waiting = lines.ToDictionary(static line => line.Draft.Id!, StringComparer.Ordinal);
        bool IsUncharged(GatheredLine line) => (line.Draft.CreditedLine is { } credited && waiting.TryGetValue(credited, out var charge) ? charge : line).Uncharged;
        var uncharged = lines.All(line => IsUncharged(line) || line.Draft.Subscription is null);
        var (taken, dropped) = PendingLines.Due([.. lines.Where(line => uncharged || !IsUncharged(line)).Select(static line => line.Draft)], billed, invoices);
        if (taken.IsEmpty)
        {
            return new Documents { PendingDropped = dropped };
        }

        var account = uncharged
            ? facts.Account with { Collection = CollectionMode.SendInvoice, DefaultMethod = null }
            : facts.Account;
        var payer = facts with { Account = account };
        var ids = new IdSource($"{account.Account}/{Cause}/{boundary}/{taken[0].Id}", now);
        var id = ids.Next("inv");
        var purse = Purse.Open(account.Account, facts.Prepaid, paid, ids, boundary);
        var computed = InvoiceCalculator.Compute(taken, [], account.Tax, account.Currency, ids, purse is null ? null : new PrepaidUse(purse, id));
        var issued = account.InvoiceGraceHours > 0
            ? InvoiceIssue.Draft(id, null, computed, payer, now, Cause, new DraftTerms(now + Duration.FromHours(account.InvoiceGraceHours)), invoices)
            : InvoiceIssue.Issue(id, null, computed, payer, now, Cause, ids, invoices);
        return issued with { PendingDropped = dropped };
    }
}
