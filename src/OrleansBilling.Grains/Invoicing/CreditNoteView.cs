using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>How a credit note is shown over HTTP.</summary>
public sealed record CreditNoteView(
    string Id,
    string Object,
    string? Number,
    string Account,
    string Invoice,
    string Currency,
    string Reason,
    IReadOnlyList<CreditNoteLineView> Lines,
    long Subtotal,
    long DiscountTotal,
    long WalletReturned,
    long TaxTotal,
    long Total,
    CreditNoteSettledView Settled,
    Instant IssuedAt,
    Instant CreatedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The view of a note.</summary>
    public static CreditNoteView Of(CreditNoteRecord record)
    {
        var note = record.Note;
        return new CreditNoteView(
            note.Id,
            "credit_note",
            record.Number,
            note.Account,
            note.Invoice,
            note.Currency,
            note.Reason,
            [.. note.Lines.Select(CreditNoteLineView.Of)],
            note.Subtotal,
            note.DiscountTotal,
            note.WalletTotal,
            note.TaxTotal,
            note.Total,
            new CreditNoteSettledView(note.Offset, note.Refunded + note.Matched - record.FailedRefunds, note.Credited + record.FailedRefunds),
            note.IssuedAt,
            note.IssuedAt,
            ImmutableSortedDictionary<string, string>.Empty);
    }

    /// <summary>The resource as JSON.</summary>
    public static string Render(CreditNoteRecord record) => AnswerJson.Write(Of(record));
}

/// <summary>What a credit note takes back of a line; <c>explain</c> says how the amount came about where usage was rated again.</summary>
public sealed record CreditNoteLineView(
    string Line, long Amount, long DiscountAmount, long WalletAmount, long TaxAmount, long Total, IReadOnlyList<LineTaxView> TaxRates, bool TaxInclusive,
    ExplainView? Explain)
{
    /// <summary>The view of a line.</summary>
    public static CreditNoteLineView Of(CreditNoteLine line) => new(
        line.Line, line.Amount, line.DiscountAmount, line.WalletAmount, line.TaxAmount, line.Total,
        [.. line.Taxes.Select(tax => new LineTaxView(tax.Rate.Code, tax.Rate.Percentage, tax.Amount))], line.TaxInclusive,
        line.Explain is { } explain ? ExplainView.Of(explain) : null);
}

/// <summary>Where a credit note's total went.</summary>
/// <param name="Offset">Lowered what was unpaid.</param>
/// <param name="Refund">Sent back as money.</param>
/// <param name="Credit">Given to the credit balance.</param>
public sealed record CreditNoteSettledView(long Offset, long Refund, long Credit);
