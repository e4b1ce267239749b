using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>The lines of a step that go on one document, since one payer bears them.</summary>
/// <param name="Payer">Whom the document is issued to.</param>
/// <param name="Lines">In their order.</param>
internal sealed record PayerPart(BillingFacts Payer, ImmutableArray<LineDraft> Lines);

/// <summary>
/// Parts the lines of a step by payer: what is given back goes to the payer to whom it was billed, all else to the payer of
/// the next invoice. Money never moves from one payer to another (rules.md, "Paying parents").
/// </summary>
internal static class PayerParts
{
    /// <summary>The parts: those of earlier payers first, by account; then that of the payer, unless it has no lines.</summary>
    /// <param name="lines">At least one.</param>
    /// <param name="billing">The payer of the next invoice, as this invoice collects.</param>
    /// <param name="facts">The invoices that were billed, and their payers.</param>
    public static ImmutableArray<PayerPart> Of(ImmutableArray<LineDraft> lines, BillingFacts billing, SubscriptionFacts facts)
    {
        var former = lines.GroupBy(line => FormerOf(line, facts)).Where(group => group.Key is not null)
            .OrderBy(group => group.Key!.Account.Account, StringComparer.Ordinal)
            .Select(group => new PayerPart(group.Key!, [.. group])).ToImmutableArray();
        var own = former.IsEmpty ? lines : [.. lines.Where(line => FormerOf(line, facts) is null)];
        return own.IsEmpty ? former : former.Add(new PayerPart(billing, own));
    }

    private static BillingFacts? FormerOf(LineDraft line, SubscriptionFacts facts) => line.CreditedLine is { } credited
        ? facts.FormerPayerOf(facts.InvoiceOf(line.CreditedInvoice, credited))
        : null;
}
