using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>How a line that waits for an invoice is shown over HTTP.</summary>
public sealed record PendingLineView(
    string Id,
    string Object,
    string Account,
    string? Subscription,
    string? Item,
    string Source,
    string Kind,
    string? Plan,
    string? Price,
    string Description,
    LinePeriodView Period,
    decimal? Quantity,
    decimal? UnitAmount,
    string Currency,
    long Amount,
    long DiscountAmount,
    string? TaxCode,
    string? CreditedLine,
    string? CreditedInvoice,
    ExplainView Explain,
    Instant CreatedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The resource as JSON.</summary>
    public static string Render(PendingLineRecord record) => AnswerJson.Write(Of(record));

    /// <summary>The view of a line.</summary>
    public static PendingLineView Of(PendingLineRecord record)
    {
        var (line, draft) = (record.Line, record.Line.Draft);
        return new PendingLineView(
            draft.Id!, "pending_line", line.Account, draft.Subscription, draft.Item, line.Source is PendingSource.CreditNote ? "credit_note" : line.Source.ToString().ToLowerInvariant(),
            InvoiceLineView.KindName(draft.Kind), draft.Plan, draft.Price, draft.Description,
            new LinePeriodView(draft.Period.Start, draft.Period.End), draft.Quantity, draft.UnitAmount, line.Currency, draft.Amount,
            draft.CarriedDiscount, draft.TaxCode, draft.CreditedLine, draft.CreditedInvoice, ExplainView.Of(draft.Explain), record.CreatedAt,
            NoMetadata.Value);
    }
}
