using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Payments;

/// <summary>A payment as the API shows it. Written with <see cref="AnswerJson"/>.</summary>
public sealed record PaymentView(
    string Id,
    string Object,
    PaymentStatus Status,
    string Account,
    string Invoice,
    string Currency,
    long Amount,
    long AmountRefunded,
    long AmountCredited,
    string? Reference,
    string? Gateway,
    string? PaymentMethod,
    string? DeclineCode,
    string? Advice,
    Instant? NextRetryAt,
    IReadOnlyList<AttemptView> Attempts,
    IReadOnlyList<RefundView> Refunds,
    Instant CreatedAt,
    ImmutableSortedDictionary<string, string> Metadata)
{
    /// <summary>
    /// A payment of an invoice; the summary members show its last attempt. The next retry is the invoice's next step while
    /// the payment is pending and no attempt is open.
    /// </summary>
    public static PaymentView Of(Payment payment, InvoiceRecord record)
    {
        var state = record.State;
        var attempts = state.Attempts.Where(attempt => attempt.Payment == payment.Id).ToList();
        var last = attempts.LastOrDefault(attempt => attempt.Status is not AttemptStatus.Dropped);
        var waits = payment.Status is PaymentStatus.Pending && state.Automatic && !attempts.Exists(attempt => attempt.IsOpen)
            && !(last is not null && DeclineClasses.BlocksMethod(last));
        return new PaymentView(
            payment.Id,
            "payment",
            payment.Status,
            payment.Account,
            payment.Invoice,
            payment.Currency,
            payment.Amount,
            payment.Refunded,
            payment.Credited,
            payment.Reference,
            last?.Gateway,
            last?.Method,
            last?.DeclineCode,
            last?.Advice,
            waits ? record.CollectAt : null,
            [.. attempts.Select(AttemptView.Of)],
            [.. state.Refunds.Where(refund => refund.Payment == payment.Id).Select(RefundView.Of)],
            payment.CreatedAt,
            ImmutableSortedDictionary<string, string>.Empty);
    }

    /// <summary>The JSON of a payment of an invoice.</summary>
    public static string Render(Payment payment, InvoiceRecord record) => AnswerJson.Write(Of(payment, record));
}

/// <summary>A refund as the API shows it.</summary>
public sealed record RefundView(
    string Id,
    string Object,
    string Payment,
    string Invoice,
    string Account,
    RefundStatus Status,
    long Amount,
    string Currency,
    string Reason,
    string? GatewayReference,
    string? FailureCode,
    Instant CreatedAt,
    ImmutableSortedDictionary<string, string> Metadata)
{
    /// <summary>A refund.</summary>
    public static RefundView Of(Refund refund) => new(
        refund.Id,
        "refund",
        refund.Payment,
        refund.Invoice,
        refund.Account,
        refund.Status,
        refund.Amount,
        refund.Currency,
        refund.Reason,
        refund.GatewayReference,
        refund.FailureCode,
        refund.CreatedAt,
        ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>The JSON of a refund.</summary>
    public static string Render(Refund refund) => AnswerJson.Write(Of(refund));
}
