using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What late usage gives back by credit notes of the invoices that billed it. A credit note is a turn of its invoice, so the
/// subscription's turn only orders it: the credit waits for it as a line (<see cref="PendingSource.CreditNote"/>), which keeps its
/// room against all other credits of its line from the commit on.
/// </summary>
internal static class LateNotes
{
    /// <summary>
    /// Parts the lines of a look. Noted is a credit whose invoice is issued and not void. Not where the look charges as well and its
    /// charges cannot wait for a later invoice, or make up for the credits (a minimum): then one document shows what is left of both.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="lines">All lines of the look.</param>
    /// <param name="facts">Holds the invoices; what is not known to be issued is credited by a line.</param>
    public static (ImmutableArray<LineDraft> Noted, ImmutableArray<LineDraft> Others) Parted(
        SubscriptionState state, ImmutableArray<LineDraft> lines, SubscriptionFacts facts)
    {
        if (lines.Any(line => line.Kind is LineKind.Commitment || (line.CreditedLine is null && !state.Renews)))
        {
            return ([], lines);
        }

        bool IsNoted(LineDraft line) => line.CreditedInvoice is { } invoice && facts.Invoices.TryGetValue(invoice, out var seen)
            && seen.Status is InvoiceStatus.Open or InvoiceStatus.Paid or InvoiceStatus.Uncollectible;

        return ([.. lines.Where(IsNoted)], [.. lines.Where(line => !IsNoted(line))]);
    }

    /// <summary>
    /// Orders credit notes: the credits wait for them, and their invoices must stand as they were seen. What the credits take back of a
    /// coupon in its period can be given again in it, as of every credit.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="credits">Credits of issued invoices; may be none.</param>
    /// <param name="facts">Holds the invoices.</param>
    /// <param name="context">The frame of the turn.</param>
    public static SubscriptionStep Order(SubscriptionState state, ImmutableArray<LineDraft> credits, SubscriptionFacts facts, StepContext context)
    {
        if (credits.IsEmpty)
        {
            return SubscriptionStep.Of(state);
        }

        var account = facts.Billing.Account;
        var coupons = CouponsAtWork.Of(state, credits, facts);
        // The note is for whom the invoice was issued to.
        ImmutableArray<PendingLine> waiting =
        [
            .. PendingLines.Of(credits, [], account, PendingSource.CreditNote, context.At, context.Ids)
                .Select(line => facts.Invoices[line.Draft.CreditedInvoice!].Account is { } payer ? line with { Account = payer } : line),
        ];
        var (after, seen) = coupons.After(state, null, [.. waiting.Select(line => SubscriptionInvoicing.Waiting(line.Draft, account.Tax))]);
        return new SubscriptionStep(
            after,
            new Documents
            {
                PendingLines = waiting,
                InvoicesCredited = CreditDistribution.InvoicesCredited(credits, facts.Invoices),
                Events = coupons.Events(state),
            }.Seeing(seen));
    }
}
