using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Sellers;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>The states of an invoice, in Stripe's words.</summary>
public enum InvoiceStatus
{
    /// <summary>May still change.</summary>
    Draft,

    /// <summary>Issued, not settled.</summary>
    Open,

    /// <summary>Nothing is left to pay.</summary>
    Paid,

    /// <summary>Taken back; its lines count as not billed.</summary>
    Void,

    /// <summary>Written off.</summary>
    Uncollectible,
}

/// <summary>Sums of a document in minor units. <c>Total = Subtotal - DiscountTotal - WalletApplied + TaxTotal</c> (tax contained where inclusive).</summary>
public sealed record InvoiceTotals(long Subtotal, long DiscountTotal, long WalletApplied, long TaxTotal, long TaxContained, long Total)
{
    /// <summary>Nothing.</summary>
    public static InvoiceTotals Zero { get; } = new(0, 0, 0, 0, 0, 0);
}

/// <summary>How long an invoice stays a draft.</summary>
/// <param name="FinalizeAt">When it is finalised by itself; null waits for a call.</param>
public sealed record DraftTerms(Instant? FinalizeAt);

/// <summary>A draft that becomes an issued document.</summary>
/// <param name="Invoice">With number, dates, seller and credit as they are from now on.</param>
/// <param name="Version">The version of its header that was seen; the commit writes the next one over it.</param>
/// <param name="StoredLines">How many of its lines the draft had: what the issue adds comes after them.</param>
public sealed record FinalizedDraft(Invoice Invoice, long Version, int StoredLines);

/// <summary>
/// An invoice as it is issued: a document that is never edited afterwards. What happens to it later (payments, credits,
/// voiding) is kept in <see cref="InvoiceState"/>.
/// </summary>
/// <param name="Id"><c>inv_...</c></param>
/// <param name="Account">The account that pays.</param>
/// <param name="Subscription">The subscription it is for, or null for one-off and grouped invoices.</param>
/// <param name="Lines">In the order of the plan's prices; credits before charges.</param>
/// <param name="Totals">Add up to what the lines show.</param>
/// <param name="CreditApplied">Credit balance taken in the issuing transaction.</param>
/// <param name="Credited">What a negative total gave back.</param>
/// <param name="IssuedAt">The instant of the turn that issued it, on the account's clock.</param>
/// <param name="DueAt">Issue plus net terms.</param>
/// <param name="Facts">The account facts it was computed with.</param>
/// <param name="Cause">What made it: <c>create</c>, <c>renewal</c>, <c>cancel</c>, <c>change</c>, <c>one_off</c>.</param>
public sealed record Invoice(
    string Id,
    string Account,
    string? Subscription,
    ImmutableArray<InvoiceLine> Lines,
    InvoiceTotals Totals,
    long CreditApplied,
    long Credited,
    Instant IssuedAt,
    Instant DueAt,
    AccountFacts Facts,
    string Cause)
{
    /// <summary>Who sells, in the version that the document keeps.</summary>
    public SellerFacts Seller { get; init; } = SellerFacts.Default;

    /// <summary>How it is collected.</summary>
    public CollectionTerms Collecting { get; init; } = CollectionTerms.Ordinary;

    /// <summary>Set while it is a draft: the lines stand, the rest is decided when it is finalised. Null for an issued document.</summary>
    public DraftTerms? Draft { get; init; }

    /// <summary>What the customer has to pay: <c>max(total, 0) - credit applied</c>.</summary>
    public long AmountDue => Math.Max(Totals.Total, 0) - CreditApplied;
}
