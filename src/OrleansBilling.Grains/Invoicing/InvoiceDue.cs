using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>The rows of due work that issued documents cause at invoices.</summary>
public static class InvoiceDue
{
    /// <summary>The rows by which wallets hear that documents have drawn on them or given back.</summary>
    public static IEnumerable<DueWrite> OfWallets(WalletDocuments documents, string clock, Instant now) => documents.Changed.Select(
        wallet => new DueWrite(new DueKey(DueTargets.Wallet, wallet.Id, DueKind.WalletChanged), wallet.Account, clock, now));

    /// <summary>
    /// The rows by which wallets hear that usage was billed: a grant that had expired may have waited for it, and lapses then.
    /// </summary>
    public static IEnumerable<DueWrite> OfUsage(WalletDocuments documents, BillingFacts payer, Instant now) => payer.Prepaid
        .Where(held => held.Grant.ExpiresAt <= now).Select(held => held.Wallet).DistinctBy(wallet => wallet.Id, StringComparer.Ordinal)
        .Where(wallet => documents.Changed.All(known => known.Id != wallet.Id))
        .Select(wallet => new DueWrite(new DueKey(DueTargets.Wallet, wallet.Id, DueKind.WalletChanged), wallet.Account, payer.Account.Clock, now));

    /// <summary>Collection of each invoice that is not settled at issue, the end of drafts, of collection where a document
    /// replaces another one, the arrival of credits at open ones, and credit notes that were ordered.</summary>
    public static ImmutableArray<DueWrite> Of(Documents documents, AccountFacts account, Instant now)
    {
        var due = ImmutableArray.CreateBuilder<DueWrite>();
        foreach (var invoice in documents.Invoices)
        {
            if (invoice.Draft?.FinalizeAt is { } finalizeAt)
            {
                due.Add(new DueWrite(new DueKey(DueTargets.Invoice, invoice.Id, DueKind.Finalize), invoice.Account, account.Clock, finalizeAt));
            }

            if (InvoiceIssue.CollectAt(invoice) is { } at)
            {
                due.Add(new DueWrite(new DueKey(DueTargets.Invoice, invoice.Id, DueKind.Collect), invoice.Account, account.Clock, at));
            }
        }

        foreach (var voided in documents.InvoiceHeaders.Where(header => header.Status is InvoiceStatus.Void))
        {
            due.Add(new DueWrite(new DueKey(DueTargets.Invoice, voided.Id, DueKind.Collect), voided.Account, account.Clock, DueAt: null));
            if (voided.Subscription is { } subscription)
            {
                due.Add(new DueWrite(new DueKey(DueTargets.Subscription, subscription, DueKind.CollectionChanged), voided.Account, account.Clock, now));
            }
        }

        foreach (var credit in documents.CreditsSent.DistinctBy(credit => credit.Invoice))
        {
            due.Add(new DueWrite(new DueKey(DueTargets.Invoice, credit.Invoice, DueKind.CreditArrived), credit.Account, account.Clock, now));
        }

        foreach (var ordered in documents.PendingLines.Where(line => line.Source is PendingSource.CreditNote).DistinctBy(line => line.Draft.CreditedInvoice))
        {
            due.Add(new DueWrite(new DueKey(DueTargets.Invoice, ordered.Draft.CreditedInvoice!, DueKind.CreditArrived), ordered.Account, account.Clock, now));
        }

        due.AddRange(OfWallets(documents.Wallets, account.Clock, now));
        return due.DrainToImmutable();
    }
}
