using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>How an invoice is shown over HTTP: the document, and how its collection stands.</summary>
public sealed record InvoiceView(
    string Id,
    string Object,
    string? Number,
    string Status,
    string Account,
    string? ForAccount,
    string? Subscription,
    string LegalEntity,
    string Currency,
    string Cause,
    string CollectionStage,
    IReadOnlyList<InvoiceLineView> Lines,
    bool HasMoreLines,
    long Subtotal,
    long DiscountTotal,
    long TaxTotal,
    long Total,
    long WalletApplied,
    long CreditApplied,
    long Credited,
    long AmountDue,
    long AmountPaid,
    long AmountRemaining,
    Instant? IssuedAt,
    Instant? DueAt,
    Instant? FinalizesAt,
    Instant? PaidAt,
    Instant? VoidedAt,
    IReadOnlyList<AttemptView> Attempts,
    IReadOnlyList<string> CreditNotes,
    long CreditNotesTotal,
    Instant CreatedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Lines shown with an invoice; more by <c>/v1/invoices/{id}/lines</c>.</summary>
    public const int MaxLines = 100;

    /// <summary>The resource as JSON.</summary>
    public static string Render(InvoiceDocument document, InvoiceState state) => AnswerJson.Write(Of(document, state));

    /// <summary>The view of a document with its header.</summary>
    public static InvoiceView Of(InvoiceDocument document, InvoiceState state) => new(
        document.Id,
        "invoice",
        document.Number,
        state.Status.ToString().ToLowerInvariant(),
        document.Account,
        document.ForAccount,
        document.Subscription,
        document.LegalEntity,
        document.Currency,
        document.Cause,
        StageName(state.Stage),
        [.. document.Lines.Take(MaxLines).Select(InvoiceLineView.Of)],
        document.LineCount > MaxLines,
        document.Totals.Subtotal,
        document.Totals.DiscountTotal,
        document.Totals.TaxTotal,
        document.Totals.Total,
        document.Totals.WalletApplied,
        state.CreditApplied,
        document.Credited,
        state.AmountDue,
        state.AmountPaid,
        state.AmountRemaining,
        state.Status is InvoiceStatus.Draft ? null : document.IssuedAt,
        state.Status is InvoiceStatus.Draft ? null : document.DueAt,
        state.Status is InvoiceStatus.Draft ? document.FinalizesAt : null,
        state.PaidAt,
        state.VoidedAt,
        [.. state.Attempts.Select(AttemptView.Of)],
        [.. state.CreditNotes.Select(note => note.Id)],
        state.CreditNotes.Sum(note => note.Total),
        document.CreatedAt,
        ImmutableSortedDictionary<string, string>.Empty);

    private static string StageName(CollectionStage stage) => stage switch
    {
        Domain.Invoicing.CollectionStage.PastDue => "past_due",
        _ => stage.ToString().ToLowerInvariant(),
    };
}

/// <summary>A line of an invoice.</summary>
public sealed record InvoiceLineView(
    string Id,
    string Object,
    string Kind,
    string? Subscription,
    string? Item,
    string? Plan,
    string? Price,
    string Description,
    LinePeriodView Period,
    decimal? Quantity,
    decimal? UnitAmount,
    long Amount,
    long DiscountAmount,
    IReadOnlyList<LineDiscountView> Discounts,
    long WalletAmount,
    long TaxAmount,
    IReadOnlyList<LineTaxView> TaxRates,
    bool TaxInclusive,
    string? CreditedLine,
    string? CreditedInvoice,
    ExplainView Explain)
{
    /// <summary>The view of a line.</summary>
    public static InvoiceLineView Of(InvoiceLine line) => new(
        line.Id,
        "invoice_line",
        KindName(line.Draft.Kind),
        line.Draft.Subscription,
        line.Draft.Item,
        line.Draft.Plan,
        line.Draft.Price,
        line.Draft.Description,
        new LinePeriodView(line.Draft.Period.Start, line.Draft.Period.End),
        line.Draft.Quantity,
        line.Draft.UnitAmount,
        line.Draft.Amount,
        line.DiscountAmount,
        [.. line.Discounts.Select(part => new LineDiscountView(part.Discount, part.Coupon, part.Amount))],
        line.WalletAmount,
        line.TaxAmount,
        [.. line.Taxes.Select(tax => new LineTaxView(tax.Rate.Code, tax.Rate.Percentage, tax.Amount))],
        line.TaxInclusive,
        line.Draft.CreditedLine,
        line.Draft.CreditedInvoice,
        ExplainView.Of(line.Explain));

    /// <summary>The API's name of a kind.</summary>
    internal static string KindName(LineKind kind) => kind switch
    {
        LineKind.OneTime => "one_time",
        LineKind.ProrationCredit => "proration_credit",
        LineKind.ProrationCharge => "proration_charge",
        _ => kind.ToString().ToLowerInvariant(),
    };
}

/// <summary>The service period of a line.</summary>
public sealed record LinePeriodView(Instant Start, Instant End);

/// <summary>The part of a line's discount that one coupon made. <c>discount</c> names the coupon where it is attached.</summary>
public sealed record LineDiscountView(string Discount, string Coupon, long Amount);

/// <summary>The tax of a line at one rate.</summary>
public sealed record LineTaxView(string Code, decimal Percentage, long Amount);

/// <summary>How a line's amount came about.</summary>
public sealed record ExplainView(string? PriceVersion, IReadOnlyList<ExplainStepView> Steps, IReadOnlyDictionary<string, string> Facts)
{
    /// <summary>The view of an explanation.</summary>
    internal static ExplainView Of(Explain explain) => new(
        explain.PlanVersion,
        [.. explain.Steps.Select(step => new ExplainStepView(step.Operation, step.Description, step.Inputs, step.Result))],
        explain.Facts);
}

/// <summary>One step of it.</summary>
public sealed record ExplainStepView(string Operation, string Description, IReadOnlyDictionary<string, string> Inputs, string Result);

/// <summary>One attempt to take the money.</summary>
public sealed record AttemptView(
    string Id,
    string Object,
    string Payment,
    int Number,
    string Gateway,
    string? PaymentMethod,
    long Amount,
    string Currency,
    string Status,
    string? DeclineCode,
    string? Advice,
    string? GatewayReference,
    Instant CreatedAt,
    Instant? SentAt,
    Instant? CompletedAt)
{
    /// <summary>The view of an attempt.</summary>
    public static AttemptView Of(PaymentAttempt attempt) => new(
        attempt.Id, "payment_attempt", attempt.Payment, attempt.Number, attempt.Gateway, attempt.Method, attempt.Amount, attempt.Currency,
        attempt.Status.ToString().ToLowerInvariant(), attempt.DeclineCode, attempt.Advice, attempt.GatewayReference, attempt.CreatedAt,
        attempt.SentAt, attempt.CompletedAt);
}
