using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>How collection of an invoice stands.</summary>
public enum CollectionStage
{
    /// <summary>Not due yet, or the first attempt is under way.</summary>
    Current,

    /// <summary>Past due with something due and nothing processing, or with a failed attempt at or after the due date.</summary>
    PastDue,

    /// <summary>The last retry has failed.</summary>
    Exhausted,
}

/// <summary>
/// What happens to an issued invoice: the header that the invoice grain owns. The document itself never changes.
/// </summary>
/// <param name="Id"><c>inv_...</c></param>
/// <param name="Account">The paying account.</param>
/// <param name="Subscription">The subscription it is for, or null.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="TimeZone">The account's zone at issue; retry days are counted in it.</param>
/// <param name="Total">Of the document, minor units.</param>
/// <param name="CreditApplied">Credit taken at issue and credit that arrived later.</param>
/// <param name="AmountPaid">Money received, less money refunded that re-opened it.</param>
/// <param name="Status">The invoice's state.</param>
/// <param name="Stage">How collection stands.</param>
/// <param name="IssuedAt">On the account's clock.</param>
/// <param name="DueAt">On the account's clock.</param>
/// <param name="RetriesDone">How many days of the retry schedule are behind it.</param>
public sealed record InvoiceState(
    string Id,
    string Account,
    string? Subscription,
    string Currency,
    string TimeZone,
    long Total,
    long CreditApplied,
    long AmountPaid,
    InvoiceStatus Status,
    CollectionStage Stage,
    Instant IssuedAt,
    Instant DueAt,
    int RetriesDone)
{
    /// <summary>
    /// Counts the turns of the header, 1 at issue. The row is the state of the invoice's grain: a commit writes version n
    /// only over version n - 1, so that of two activations one loses.
    /// </summary>
    public long Version { get; init; } = 1;

    /// <summary><c>live</c>, or the id of a test clock; the account's, which never changes.</summary>
    public string Clock { get; init; } = AccountFacts.LiveClock;

    /// <summary>True where it gathers lines of an account's subscriptions: each of them hears how its collection stands.</summary>
    public bool Grouped { get; init; }

    /// <summary>Tax within <see cref="Total"/>, on top or contained, as booked at issue; the rest is revenue.</summary>
    public long Tax { get; init; }

    /// <summary>The part of <see cref="CreditApplied"/> that came after issue, from documents that credit its lines and from its credit notes.</summary>
    public long CreditArrived { get; init; }

    /// <summary>
    /// What other documents and its credit notes have credited of its lines and is settled: applied here
    /// (<see cref="CreditArrived"/>), given to the balance, or sent back. Read from their lines, not kept in the header.
    /// </summary>
    public long CreditSettled { get; init; }

    /// <summary>
    /// The part of <see cref="CreditSettled"/> that stands on drafts: it is given when they are issued, and not at all where they are
    /// deleted. Read from their lines, too.
    /// </summary>
    public long CreditDrafted { get; init; }

    /// <summary>The tax that those credits took back, read from their lines too.</summary>
    public long CreditedTax { get; init; }

    /// <summary>The part of <see cref="CreditSettled"/> that its credit notes sent back as money, or whose refund they document.</summary>
    public long CreditRefunded { get; init; }

    /// <summary>The part of <see cref="CreditRefunded"/> that was refunded without a credit note before one documented it.</summary>
    public long RefundsMatched { get; init; }

    /// <summary>Its credit notes, oldest first.</summary>
    public ImmutableArray<CreditNoteRef> CreditNotes { get; init; } = [];

    /// <summary>When it was settled, or null.</summary>
    public Instant? PaidAt { get; init; }

    /// <summary>When it was voided, or null.</summary>
    public Instant? VoidedAt { get; init; }

    /// <summary>Automatic collection charges the default method; otherwise the customer pays by himself.</summary>
    public bool Automatic { get; init; } = true;

    /// <summary>Collection was paused when it was issued: no attempt is made by itself and it never turns past due.</summary>
    public bool Held { get; init; }

    /// <summary>When it is voided unless it is paid, where its subscription waits for the payment; else null.</summary>
    public Instant? VoidAt { get; init; }

    /// <summary>The payment method of its subscription, which is charged in place of the account's default. Read from the subscription's row, not kept in the header.</summary>
    public PaymentMethodRef? OwnMethod { get; init; }

    /// <summary>The code of the dunning policy.</summary>
    public string DunningPolicy { get; init; } = "default";

    /// <summary>The wallet whose grant it sells, which hears how the invoice ends; read from the grant's row. Null for all others.</summary>
    public string? Wallet { get; init; }

    /// <summary>What prepaid credit has paid of its lines, and what of it is not given back; read from the movements of grants.</summary>
    public PaidLines Paid { get; init; } = PaidLines.None;

    /// <summary>The grant that it sells, as its row stands; null for all others. Read with the invoice, not kept in the header.</summary>
    public PrepaidGrant? Sold { get; init; }

    /// <summary>True where credits on the document gave back what prepaid credit had paid of other lines.</summary>
    public bool GaveBackPrepaid { get; init; }

    /// <summary>
    /// True where credits on the document took coupon money back that a later document gave again: were it void, more than the coupon promises
    /// would stand given. Set by the turn that gives again (<see cref="InvoiceSeen.CouponGivenAgain"/>), never taken back.
    /// </summary>
    public bool CouponGivenAgain { get; init; }

    /// <summary>The payments made for it, oldest first; at most one is pending.</summary>
    public ImmutableArray<Payment> Payments { get; init; } = [];

    /// <summary>All attempts of its payments, oldest first; at most one is open.</summary>
    public ImmutableArray<PaymentAttempt> Attempts { get; init; } = [];

    /// <summary>Refunds of its payments, oldest first.</summary>
    public ImmutableArray<Refund> Refunds { get; init; } = [];

    /// <summary>Minor units to pay: <c>max(total, 0) - credit applied</c>.</summary>
    public long AmountDue => Math.Max(Total, 0) - CreditApplied;

    /// <summary>Minor units still to pay.</summary>
    public long AmountRemaining => Status is InvoiceStatus.Void ? 0 : AmountDue - AmountPaid;
}
