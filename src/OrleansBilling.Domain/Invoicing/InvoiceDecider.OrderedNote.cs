using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing;

public static partial class InvoiceDecider
{
    /// <summary>The reason of credit notes that late usage has ordered.</summary>
    public const string UsageCorrected = "usage_corrected";

    /// <summary>The refusal of an ordered note for which less is left of a line than was ordered: it is a person's to see.</summary>
    public const string OrderedNoteWithoutRoom = "ordered_note_without_room";

    /// <summary>
    /// Makes the credit note that a subscription's look at late usage has ordered (<see cref="PendingSource.CreditNote"/>), of exactly what
    /// it ordered: the unpaid part first, the rest is credit. What waits for it goes in the same turn, so that it is made once. Of a
    /// void invoice nothing is given back: its lines count as not billed. 409 <c>payment_in_progress</c>, <c>refund_in_progress</c>: it
    /// waits for the outcome; 422 <c>invoice_not_creditable</c> of a draft, <c>ordered_note_without_room</c> where the room that waiting
    /// credits keep was not kept: nothing is given, and what waits stays.
    /// </summary>
    /// <param name="state">The invoice.</param>
    /// <param name="facts">Of collection.</param>
    /// <param name="lines">All lines of the invoice with what was taken back of them, ordered notes left out.</param>
    /// <param name="ordered">The credits of one look, as they wait.</param>
    /// <param name="ids">Gives the ids of note and of a new attempt.</param>
    /// <param name="now">The account's clock.</param>
    public static Decided<InvoiceTurn> IssueOrderedNote(
        InvoiceState state, CollectionFacts facts, IReadOnlyList<CreditableLine> lines, ImmutableArray<LineDraft> ordered, IdSource ids, Instant now)
    {
        if (state.Status is InvoiceStatus.Draft)
        {
            return Refusal.Rule("invoice_not_creditable", "The invoice is a draft: it bills nothing that could be credited.", "invoice");
        }

        var change = new InvoiceChange(state, facts, now);
        change.Add(new Documents { PendingDropped = [.. ordered.Select(static credit => credit.Id!)] });
        if (state.Status is InvoiceStatus.Void)
        {
            return change.Done();
        }

        if (NoteWaits(state) is { } waits)
        {
            return waits;
        }

        var order = new CreditNoteOrder(
            [.. ordered.Select(static credit => new CreditNoteOrderLine(credit.CreditedLine!, -credit.Amount))], null, UsageCorrected, CreditNoteSettlement.Credit)
        {
            IsCorrection = true,
        };
        var computed = CreditNoteCalculator.Compute(lines, order, state.Total - state.CreditSettled);
        return computed.Refusal is { } refusal
            ? Refusal.Rule(OrderedNoteWithoutRoom, $"What late usage gives back of invoice {state.Id} cannot be credited: {refusal.Code}. {refusal.Detail}")
            : Noted(change, ids.Next("cn"), [.. computed.Value.Select(line => Explained(line, ordered))], order, ids);
    }

    private static CreditNoteLine Explained(CreditNoteLine line, ImmutableArray<LineDraft> ordered) =>
        ordered.FirstOrDefault(credit => credit.CreditedLine == line.Line) is { } credit ? line with { Explain = credit.Explain } : line;
}
