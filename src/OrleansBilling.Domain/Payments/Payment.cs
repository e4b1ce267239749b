using NodaTime;

namespace OrleansBilling.Domain.Payments;

/// <summary>The states of a payment.</summary>
public enum PaymentStatus
{
    /// <summary>Not settled yet: an attempt is queued, sent or processing at the gateway, or a retry is scheduled.</summary>
    Pending,

    /// <summary>The money was taken.</summary>
    Succeeded,

    /// <summary>No further attempt will be made.</summary>
    Failed,

    /// <summary>Given up before any money moved (the invoice was voided or settled otherwise).</summary>
    Canceled,
}

/// <summary>The states of one attempt. Unknown is not a state: an attempt without outcome stays <see cref="Sent"/>.</summary>
public enum AttemptStatus
{
    /// <summary>Written with its cause; nothing has left the database. May still be dropped.</summary>
    Queued,

    /// <summary>Committed just before the call. Without an outcome it is resolved by asking the gateway, never by assuming.</summary>
    Sent,

    /// <summary>The gateway accepted it and knows the outcome later (bank debits).</summary>
    Processing,

    /// <summary>The money was taken.</summary>
    Succeeded,

    /// <summary>Definitely not taken.</summary>
    Failed,

    /// <summary>Dropped while still queued.</summary>
    Dropped,
}

/// <summary>What is collected for one invoice: one payment, many attempts.</summary>
/// <param name="Id"><c>pay_...</c></param>
/// <param name="Account">The paying account.</param>
/// <param name="Invoice">The invoice it settles.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Amount">Minor units to collect, above zero.</param>
/// <param name="Status">The payment's state.</param>
/// <param name="Refunded">Minor units given back so far; never above <paramref name="Amount"/>.</param>
/// <param name="CreatedAt">On the account's clock.</param>
/// <param name="Reference">Of a payment received outside the gateways; else null.</param>
public sealed record Payment(
    string Id,
    string Account,
    string Invoice,
    string Currency,
    long Amount,
    PaymentStatus Status,
    long Refunded,
    Instant CreatedAt,
    string? Reference = null)
{
    /// <summary>
    /// Minor units received that the invoice did not need any more (it was settled otherwise while the money was on its
    /// way): they went to the credit balance and are not refunded from here.
    /// </summary>
    public long Credited { get; init; }
}

/// <summary>One try to take a payment's amount from one payment method.</summary>
/// <param name="Id"><c>att_...</c>; the gateway's idempotency key is derived from it.</param>
/// <param name="Payment">The payment it belongs to.</param>
/// <param name="Invoice">The invoice it belongs to. At most one open attempt exists per invoice.</param>
/// <param name="Account">The paying account.</param>
/// <param name="Number">Counts from 1 within the payment.</param>
/// <param name="Gateway"><c>sandbox</c>, <c>stripe</c>, <c>square</c>, or <c>manual</c>.</param>
/// <param name="Method">The payment method's id, or null for manual payments.</param>
/// <param name="Token">The gateway's token of the method.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="Status">The attempt's state.</param>
/// <param name="CreatedAt">On the account's clock.</param>
public sealed record PaymentAttempt(
    string Id,
    string Payment,
    string Invoice,
    string Account,
    int Number,
    string Gateway,
    string? Method,
    string Token,
    string Currency,
    long Amount,
    AttemptStatus Status,
    Instant CreatedAt)
{
    /// <summary>The gateway's own name of the charge, once known.</summary>
    public string? GatewayReference { get; init; }

    /// <summary>The gateway's decline code, where it was declined.</summary>
    public string? DeclineCode { get; init; }

    /// <summary>What the gateway advises to do: <c>try_again_later</c>, <c>do_not_try_again</c>, <c>confirm_card_data</c>.</summary>
    public string? Advice { get; init; }

    /// <summary>When it was committed as sent.</summary>
    public Instant? SentAt { get; init; }

    /// <summary>When its outcome was known.</summary>
    public Instant? CompletedAt { get; init; }

    /// <summary>When to ask the gateway for the outcome; set while it is processing.</summary>
    public Instant? AskAgainAt { get; init; }

    /// <summary>True while money may still move by it.</summary>
    public bool IsOpen => Status is AttemptStatus.Queued or AttemptStatus.Sent or AttemptStatus.Processing;
}

/// <summary>Writes an attempt: a new one, or a step of an existing one that must still be in the expected state.</summary>
/// <param name="Attempt">The attempt as it shall be.</param>
/// <param name="Expected">The status the row must have; null inserts it. A miss refuses the turn, which decides again.</param>
public sealed record AttemptWrite(PaymentAttempt Attempt, AttemptStatus? Expected);

/// <summary>The states of a refund.</summary>
public enum RefundStatus
{
    /// <summary>Committed; the call to the gateway is made after it, under a key derived from its id.</summary>
    Pending,

    /// <summary>The money went back.</summary>
    Succeeded,

    /// <summary>Refused by the gateway.</summary>
    Failed,
}

/// <summary>Money sent back.</summary>
/// <param name="Id"><c>re_...</c></param>
/// <param name="Payment">The payment it takes back.</param>
/// <param name="Invoice">That payment's invoice.</param>
/// <param name="Account">The customer account.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Amount">Minor units, above zero.</param>
/// <param name="Status">The refund's state.</param>
/// <param name="Reason">Why, in the words of who asked for it.</param>
/// <param name="CreatedAt">On the account's clock.</param>
public sealed record Refund(
    string Id,
    string Payment,
    string Invoice,
    string Account,
    string Currency,
    long Amount,
    RefundStatus Status,
    string Reason,
    Instant CreatedAt)
{
    /// <summary>The gateway's own name of the refund, once known.</summary>
    public string? GatewayReference { get; init; }

    /// <summary>Why the gateway refused it, where it did.</summary>
    public string? FailureCode { get; init; }

    /// <summary>The credit note that it settles, or null where money was sent back without one.</summary>
    public string? CreditNote { get; init; }
}
