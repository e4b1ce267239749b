using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing;

public static partial class InvoiceDecider
{
    /// <summary>
    /// Issues a draft by today's facts: number, dates, credit balance, entry and first attempt come now; the lines stay as
    /// they are. 422 <c>invoice_not_draft</c>.
    /// </summary>
    /// <param name="state">The draft's header.</param>
    /// <param name="computed">Its lines and totals.</param>
    /// <param name="cause">What made it.</param>
    /// <param name="facts">Account, credit balance and dunning policy as read before the turn.</param>
    /// <param name="arriving">Minor units of credit on their way to it.</param>
    /// <param name="openInvoices">By id: the invoices whose lines it credits.</param>
    /// <param name="ids">Gives the ids of payment, attempt and credits.</param>
    /// <param name="now">The account's clock.</param>
    /// <param name="terms">How it is collected, as its subscription asks now; null is nothing.</param>
    public static Decided<InvoiceTurn> Finalize(
        InvoiceState state, ComputedInvoice computed, string cause, BillingFacts facts, long arriving,
        IReadOnlyDictionary<string, CreditableInvoice> openInvoices, IdSource ids, Instant now,
        CollectionTerms? terms = null)
    {
        if (state.Status is not InvoiceStatus.Draft)
        {
            return NotDraft(state);
        }

        var documents = InvoiceIssue.Finalize(state, computed, facts, cause, arriving, terms ?? CollectionTerms.Ordinary, now, ids, openInvoices);
        var invoice = documents.Finalized[^1].Invoice;
        // Written off in the turn that issues it, its header is written once more.
        var writtenOff = documents.InvoiceHeaders is [.., var header] ? header with { Version = state.Version + 2 } : null;
        documents = documents with { InvoiceHeaders = writtenOff is null ? [] : [writtenOff] };
        var issued = (writtenOff ?? InvoiceIssue.InitialState(invoice) with { Version = state.Version + 1 }) with
        {
            Payments = documents.Payments,
            Attempts = [.. documents.Attempts.Select(write => write.Attempt)],
            CreditSettled = state.CreditSettled,
            CreditDrafted = state.CreditDrafted,
            CreditedTax = state.CreditedTax,
            Paid = state.Paid,
            GaveBackPrepaid = state.GaveBackPrepaid,
            CouponGivenAgain = state.CouponGivenAgain,
        };
        return new InvoiceTurn(issued, documents, InvoiceIssue.CollectAt(invoice), RefundAt: null, CollectionChanged: false);
    }

    /// <summary>
    /// Deletes a draft: its lines count as not billed, and no number was used. 422 <c>invoice_not_draft</c>,
    /// <c>lines_credited</c> (where other documents have given credit for its lines), <c>prepaid_given_back</c>, <c>coupon_given_again</c>. What prepaid
    /// credit has paid goes back to its grants.
    /// </summary>
    public static Decided<InvoiceTurn> DeleteDraft(InvoiceState state, CollectionFacts facts, Instant now)
    {
        if (state.Status is not InvoiceStatus.Draft)
        {
            return NotDraft(state);
        }

        if (state.CreditSettled > 0)
        {
            return Refusal.Rule(
                "lines_credited",
                $"Other documents have given {state.CreditSettled} minor units of credit for lines of this draft; finalise it instead.");
        }

        if ((GivenBack(state) ?? GivenAgain(state)) is { } given)
        {
            return given;
        }

        var change = new InvoiceChange(state, facts, now);
        var prepaid = GiveBackPrepaid(change);
        change.Set(change.State with { Status = InvoiceStatus.Void, VoidedAt = now });
        change.Tell("invoice.draft_deleted", state.Id, ("total", state.Total), ("to_prepaid", prepaid));
        return change.Done();
    }

    private static Refusal NotDraft(InvoiceState state) => Refusal.Rule(
        "invoice_not_draft",
        $"The invoice is {state.Status.ToString().ToLowerInvariant()}; only a draft can be finalised or deleted. Void or credit an issued one.");
}
