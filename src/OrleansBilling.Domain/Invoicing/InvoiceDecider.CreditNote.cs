using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Invoicing;

public static partial class InvoiceDecider
{
    /// <summary>
    /// Issues a credit note: first it lowers what is unpaid (or was written off), then it documents money that was sent back
    /// without a note, then it goes where the order says: a refund reaches at most the money received, the rest is credit.
    /// Refunds are rows that are committed before a gateway is called. 422 <c>invoice_not_creditable</c>,
    /// <c>prepaid_credit_sold</c> (while it is not paid), <c>prepaid_credit_used</c> and the refusals of
    /// <see cref="CreditNoteCalculator"/>; 409 <c>payment_in_progress</c>, <c>refund_in_progress</c>.
    /// </summary>
    /// <param name="state">The invoice.</param>
    /// <param name="facts">Of collection.</param>
    /// <param name="lines">All lines of the invoice with what was taken back of them.</param>
    /// <param name="order">What is asked for.</param>
    /// <param name="ids">Gives the ids of note, refunds and a new attempt.</param>
    /// <param name="now">The account's clock.</param>
    public static Decided<InvoiceTurn> IssueCreditNote(
        InvoiceState state, CollectionFacts facts, IReadOnlyList<CreditableLine> lines, CreditNoteOrder order, IdSource ids, Instant now)
    {
        if (state.Status is InvoiceStatus.Void or InvoiceStatus.Draft)
        {
            return Refusal.Rule("invoice_not_creditable", $"The invoice is {state.Status.ToString().ToLowerInvariant()}: it bills nothing that could be credited.", "invoice");
        }

        if (state.Wallet is not null && state.Sold is null or { Grant.Status: GrantStatus.Pending })
        {
            return Refusal.Rule("prepaid_credit_sold", "The invoice sells prepaid credit and is not paid yet. Void it instead: that takes the credit back.", "invoice");
        }

        if (NoteWaits(state) is { } waits)
        {
            return waits;
        }

        var computed = CreditNoteCalculator.Compute(lines, order, state.Total - state.CreditSettled);
        if (computed.Refusal is { } refusal)
        {
            return refusal;
        }

        var id = ids.Next("cn");
        var taken = SoldCreditOf(state, lines, computed.Value, $"credit_note:{id}", ids, now);
        if (taken.Refusal is { } used)
        {
            return used;
        }

        var change = new InvoiceChange(state with { Sold = taken.Value.Sold }, facts, now);
        change.Add(taken.Value.Documents);
        return Noted(change, id, computed.Value, order, ids);
    }

    /// <summary>Why no credit note can be made yet: what it would lower or send back is not known. 409 <c>payment_in_progress</c>, <c>refund_in_progress</c>.</summary>
    private static Refusal? NoteWaits(InvoiceState state) =>
        Away(state) is not null ? InProgress()
        : state.Refunds.Any(static refund => refund is { Status: RefundStatus.Pending, CreditNote: null })
            ? Refusal.Conflict("refund_in_progress", "A refund of this invoice is on its way and its outcome is not known yet; try again when it is.")
            : null;

    /// <summary>The note of lines that were computed, and where its value goes.</summary>
    private static InvoiceTurn Noted(InvoiceChange change, string id, ImmutableArray<CreditNoteLine> lines, CreditNoteOrder order, IdSource ids)
    {
        var state = change.State;
        var total = lines.Sum(static line => line.Total);
        var offset = Math.Clamp(state.AmountRemaining, 0, total);
        var matched = Math.Min(total - offset, Math.Max(state.Payments.Sum(static payment => payment.Refunded) - RefundedByNotes(state) - state.RefundsMatched, 0));
        var refunds = order.Settle is CreditNoteSettlement.Refund ? Refunds(state, total - offset - matched, order.Reason, id, ids, change.Now) : [];
        var refunded = refunds.Sum(static refund => refund.Amount);
        var note = new CreditNote(
            id, state.Account, state.Id, state.Currency, order.Reason, lines, offset, refunded, matched, total - offset - matched - refunded, change.Now);
        return Settle(change, note, refunds, ids);
    }

    /// <summary>What a note takes of the prepaid credit that the invoice sold, by its share of the price.</summary>
    private static Decided<(Documents Documents, PrepaidGrant? Sold)> SoldCreditOf(
        InvoiceState state, IReadOnlyList<CreditableLine> lines, ImmutableArray<CreditNoteLine> noted, string cause, IdSource ids, Instant now)
    {
        if (state.Sold is not { } sold || lines.FirstOrDefault(static line => !CashRounding.IsRounding(line.Line)) is not { } sale
            || noted.FirstOrDefault(line => line.Line == sale.Line.Id) is not { } part)
        {
            return (Documents.None, state.Sold);
        }

        var taken = GrantSale.TakenBack(sold, sale.Taken.Amount, part.Amount, cause, ids, now);
        return taken.Refusal is { } refusal ? refusal : (taken.Value.Documents, sold with { Grant = taken.Value.Grant });
    }

    private static InvoiceTurn Settle(InvoiceChange change, CreditNote note, List<Refund> refunds, IdSource ids)
    {
        var state = change.State;
        var cause = $"credit_note:{note.Id}";
        if (note.WalletTotal > 0)
        {
            var purse = Purse.Open(state.Account, [], state.Paid, ids, change.Now)
                ?? throw new InvalidOperationException($"The grants that paid invoice {state.Id} were not read.");
            foreach (var line in note.Lines.Where(static line => line.WalletAmount > 0))
            {
                purse.GiveBack(line.Line, line.WalletAmount, cause);
            }

            change.Add(purse.Done());
            change.Set(state with { Paid = purse.After(state.Paid) });
        }

        var legs = new Legs();
        legs.Add(LedgerAccount.Revenue, note.Total - note.TaxTotal);
        legs.Add(LedgerAccount.TaxPayable, note.TaxTotal);
        legs.Add(Owed(state), -note.Offset);
        legs.Add(LedgerAccount.Refunds, -note.Matched);
        legs.Add(LedgerAccount.RefundsPayable, -note.Refunded);
        legs.Add(LedgerAccount.CustomerCredit, -note.Credited);
        change.Post(cause, [.. legs.Match()]);
        change.Write(note);
        change.Tell(
            "credit_note.issued", note.Id, ("total", note.Total), ("tax", note.TaxTotal), ("offset", note.Offset),
            ("refund", note.Refunded + note.Matched), ("credit", note.Credited), ("to_prepaid", note.WalletTotal),
            ("reason", note.Reason));
        change.Set(change.State with
        {
            CreditSettled = state.CreditSettled + note.Total,
            CreditedTax = state.CreditedTax + note.TaxTotal,
            CreditRefunded = state.CreditRefunded + note.Refunded + note.Matched,
            RefundsMatched = state.RefundsMatched + note.Matched,
        });
        change.GiveCredit(note.Credited, cause);
        foreach (var refund in refunds)
        {
            change.Write(refund);
            if (ChargeOf(state, refund.Payment).Gateway is Manual)
            {
                CompleteRefund(change, refund, reference: null, LedgerAccount.OffGateway);
            }
        }

        Lower(change, note.Offset, ids);
        return change.Done();
    }

    /// <summary>Lowers what is due by credit: a queued attempt is dropped and queued again with the new amount.</summary>
    private static void Lower(InvoiceChange change, long applied, IdSource ids)
    {
        var dropped = applied > 0 ? DropQueued(change) : null;
        var state = change.State;
        change.Set(state with { CreditApplied = state.CreditApplied + applied, CreditArrived = state.CreditArrived + applied });
        if (state.Status is InvoiceStatus.Open)
        {
            SettleWherePaid(change);
        }

        if (dropped is { Method: { } method } && change.State.AmountRemaining > 0)
        {
            Queue(change, new Accounts.PaymentMethodRef(method, dropped.Gateway, dropped.Token), ids);
        }
    }

    /// <summary>One refund for each payment, the newest first, together at most an amount.</summary>
    private static List<Refund> Refunds(InvoiceState state, long amount, string reason, string note, IdSource ids, Instant now)
    {
        var refunds = new List<Refund>();
        amount = Math.Min(amount, Refundable(state));
        foreach (var payment in state.Payments.Reverse())
        {
            var part = Math.Min(amount, Refundable(state, payment));
            if (part > 0)
            {
                amount -= part;
                refunds.Add(new Refund(ids.Next("re"), payment.Id, state.Id, state.Account, state.Currency, part, RefundStatus.Pending, reason, now) { CreditNote = note });
            }
        }

        return refunds;
    }

    /// <summary>The refusal of taking back in part what sold prepaid credit: the grant would stay usable.</summary>
    internal static Refusal? SellsCredit(InvoiceState state) => state.Wallet is null
        ? null
        : Refusal.Rule(
            "prepaid_credit_sold",
            "The invoice sells prepaid credit, which would stay usable. Refund its payment and void it: that takes the credit back.",
            "invoice");

    private static long RefundedByNotes(InvoiceState state) =>
        state.Refunds.Where(static refund => refund is { Status: RefundStatus.Succeeded, CreditNote: not null }).Sum(static refund => refund.Amount);
}
