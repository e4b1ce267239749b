using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Turns drafted lines of a subscription into an issued invoice, and remembers on its items what was billed.</summary>
public static class SubscriptionInvoicing
{
    /// <summary>
    /// Issues, with the discounts of the subscription's coupons. An unpaid subscription goes on making invoices that nobody
    /// is charged for automatically (<see cref="Dunning.DunningFinalAction.Unpaid"/>).
    /// </summary>
    /// <returns>The state with what the invoice left of its coupons, the invoice, and what is committed with it.</returns>
    public static (SubscriptionState State, Invoice Invoice, Documents Documents) Issue(
        SubscriptionState state, ImmutableArray<LineDraft> drafts, SubscriptionFacts facts, StepContext context, string cause)
    {
        var billing = facts.Billing;
        var terms = TermsOf(state, context);
        if (facts.OwnMethod is { } own)
        {
            billing = billing with { Account = billing.Account with { DefaultMethod = own } };
        }

        if (state.Status is SubscriptionStatus.Unpaid)
        {
            billing = billing with { Account = billing.Account with { Collection = CollectionMode.SendInvoice, DefaultMethod = null } };
        }

        var coupons = CouponsAtWork.Of(state, drafts, facts);
        var computed = InvoiceCalculator.Compute(drafts, coupons.Discounts, billing.Account.Tax, state.Currency, context.Ids);
        var documents = InvoiceIssue.Issue(
            context.Ids.Next("inv"), state.Id, computed, billing, context.Now, cause, context.Ids, facts.Invoices, terms);
        documents = WithSeen(documents, drafts, facts);
        var invoice = documents.Invoices[^1];
        return (coupons.After(state, invoice.Id, invoice.Lines), invoice, documents with { Events = [.. documents.Events, .. coupons.Events(state)] });
    }

    /// <summary>
    /// A difference, and what is missing to a commitment, depends on what credit notes have taken of the lines that it subtracts, though it credits none of them:
    /// their invoices must stand as they were seen.
    /// </summary>
    private static Documents WithSeen(Documents documents, ImmutableArray<LineDraft> drafts, SubscriptionFacts facts) =>
        drafts.Any(draft => draft.Kind is LineKind.Commitment || draft.Proration?.Policy is ProrationPolicy.FullDifference)
            ? documents with
            {
                InvoicesCredited = [.. documents.InvoicesCredited.Concat(facts.Invoices.Values.Select(seen => new InvoiceSeen(seen.Id, seen.Version))).Distinct()],
            }
            : documents;

    private static CollectionTerms TermsOf(SubscriptionState state, StepContext context) => state switch
    {
        { Status: SubscriptionStatus.Incomplete, RequiresPayment: true } => new CollectionTerms { VoidAt = context.Now + SubscriptionActivation.Patience },
        { CollectionPause: { } pause } when pause.Until is null || context.At < pause.Until => pause.Behavior is CollectionPauseBehavior.Uncollectible
            ? new CollectionTerms { WrittenOff = true }
            : new CollectionTerms { Held = true },
        _ => CollectionTerms.Ordinary,
    };

    /// <summary>Keeps on each item what the invoice billed for it, exactly as it stands on the line.</summary>
    public static SubscriptionState Remember(SubscriptionState state, Invoice invoice, Period nominal) => Commitments.Counted(state, invoice) with
    {
        Items = Remembered(state.Items, state, invoice, nominal),
        Former = Remembered(state.Former, state, invoice, nominal),
        LatestInvoice = invoice.Id,
    };

    private static ImmutableArray<SubscriptionItem> Remembered(ImmutableArray<SubscriptionItem> kept, SubscriptionState state, Invoice invoice, Period nominal)
    {
        var items = kept.ToBuilder();
        for (var i = 0; i < items.Count; i++)
        {
            foreach (var line in invoice.Lines)
            {
                if (line.Draft.Item != items[i].Id)
                {
                    continue;
                }

                items[i] = line.Draft switch
                {
                    // What is over is billed for good: only what reaches the end of the period can become unused.
                    { Kind: LineKind.Recurring or LineKind.ProrationCharge } when line.Draft.Period.End != state.CurrentPeriod.End => WithPart(items[i], invoice, line),
                    { Kind: LineKind.ProrationCharge, Proration.Policy: ProrationPolicy.FullDifference } => WithDifference(items[i], Charge(invoice, line, nominal)),
                    { Kind: LineKind.Recurring or LineKind.ProrationCharge } => items[i] with { Billed = Charge(invoice, line, nominal) },
                    { Kind: LineKind.OneTime } => items[i] with { OneTimeBilled = true },
                    _ => items[i],
                };
            }
        }

        return items.DrainToImmutable();
    }

    private static SubscriptionItem WithDifference(SubscriptionItem item, BilledCharge charge)
    {
        var history = item.History ?? new ItemHistory(charge.Proration!.Share, [], []);
        return item with { History = history with { Differences = history.Differences.Add(charge) } };
    }

    /// <summary>What was billed of what ran in arrears, named where its item remembers it.</summary>
    private static SubscriptionItem WithPart(SubscriptionItem item, Invoice invoice, InvoiceLine line)
    {
        var named = item.History is { Settled: [.., { Line: "" }] } history
            ? item with { History = history with { Settled = [.. history.Settled[..^1], new SettledCharge(invoice.Id, line.Id, line.Draft.Amount)] } }
            : item;
        return named.Arrears is { Parts: [.., var part] } running && part.Period == line.Draft.Period
            ? named with { Arrears = running with { Parts = [.. running.Parts[..^1], part with { Invoice = invoice.Id }] } }
            : named;
    }

    private static BilledCharge Charge(Invoice invoice, InvoiceLine line, Period nominal) => new(
        invoice.Id, line.Id, line.Draft.Period, nominal, line.Draft.Amount, line.DiscountAmount,
        [.. line.Taxes.Select(tax => tax.Rate)], line.TaxInclusive)
    {
        Discounts = line.Discounts,
        Proration = line.Draft.Proration,
    };
}
