using OrleansBilling.Domain.Invoicing.CreditNotes;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>Reads credit notes, and what an invoice's lines have left to be credited.</summary>
public interface ICreditNoteRows
{
    /// <summary>
    /// All lines of an invoice in order, each with what proration credits and credit notes have taken of it; notes that are ordered
    /// and not made yet are left out, since each turn that makes a note makes them first. Read after the invoice's header, whose version then refuses a turn that was decided on lines which have changed.
    /// </summary>
    Task<IReadOnlyList<CreditableLine>> LinesAsync(string invoice);

    /// <summary>Credit notes in the order of the ids; those that do not exist are left out.</summary>
    Task<IReadOnlyList<CreditNoteRecord>> LoadAsync(IReadOnlyCollection<string> notes, CancellationToken cancellation);
}

/// <summary>A credit note as it is shown.</summary>
/// <param name="Note">The document.</param>
/// <param name="Number">Given in the issuing transaction; null for a preview.</param>
/// <param name="FailedRefunds">Minor units of its refunds that the gateway refused: they went to the credit balance.</param>
public sealed record CreditNoteRecord(CreditNote Note, string? Number, long FailedRefunds);
