using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Lines that wait for the subscription's next invoice, as its turns read them.</summary>
public sealed partial class SubscriptionGrain
{
    /// <summary>The lines that wait for the next invoice, and the invoices of lines that they or the step may credit.</summary>
    private async Task<SubscriptionFacts> WithLinesAsync(SubscriptionFacts facts, SubscriptionState state, bool withInvoices)
    {
        facts = await WithEarlierAsync(facts, state, state.PendingChange?.Proration);
        var account = facts.Billing.Account;
        var gathers = account.Grouping is InvoiceGrouping.Account;
        // The account's own lines go on the invoice on which it gathers.
        var pending = facts.Billing.HasPendingLines
            ? await pendingLines.OfNextInvoiceAsync(Id, gathers ? null : account.Account)
            : [];
        if (!withInvoices && pending.All(line => line.CreditedLine is null))
        {
            return facts with { Pending = pending };
        }

        var billed = await pendingLines.StandingAsync([.. pending.Where(line => line.CreditedInvoice is null).Select(line => line.CreditedLine).OfType<string>(),
            .. SubscriptionReferences.Waited(state)]);
        var invoices = await creditable.ReadAsync(
            [.. SubscriptionReferences.Invoices(state).Concat(billed.Values.Select(line => line.Invoice)).Concat(pending.Select(line => line.CreditedInvoice).OfType<string>()).Distinct(StringComparer.Ordinal)]);
        var paid = await paidLines.ReadAsync([.. invoices.Values.Where(invoice => invoice.IsPaidByCredit).Select(invoice => invoice.Id)], Id);
        return facts with { Pending = pending, Billed = billed, Invoices = invoices, Paid = paid };
    }

    /// <summary>What was billed for the current period, where a change by <c>full_difference</c> may make a minimum that counts it.</summary>
    private async Task<SubscriptionFacts> WithEarlierAsync(SubscriptionFacts facts, SubscriptionState state, ProrationPolicy? policy) =>
        policy is ProrationPolicy.FullDifference && facts.Earlier.IsEmpty ? facts with { Earlier = await creditable.ReadLinesAsync(Id, state.CurrentPeriod.Start) } : facts;

    /// <summary>The facts of earlier payers: what was billed to them is credited to them.</summary>
    private async Task<SubscriptionFacts> WithPayersAsync(SubscriptionFacts facts)
    {
        var known = facts.Accounts.Select(account => account.Account).ToHashSet(StringComparer.Ordinal);
        var former = facts.Invoices.Values.Select(invoice => invoice.Account).OfType<string>().Where(account => !known.Contains(account)).Distinct(StringComparer.Ordinal).ToList();
        return former.Count == 0 ? facts : facts with { FormerPayers = await billingFacts.ReadAsync(former) };
    }
}
