using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>An issued invoice as its rows keep it: what never changes.</summary>
/// <param name="Number">Given in the issuing transaction; null for a preview.</param>
/// <param name="Lines">In order; a list shows at most the first hundred.</param>
/// <param name="LineCount">How many lines it has in all.</param>
public sealed record InvoiceDocument(
    string Id,
    string? Number,
    string Account,
    string? Subscription,
    string Currency,
    ImmutableArray<InvoiceLine> Lines,
    int LineCount,
    InvoiceTotals Totals,
    long Credited,
    Instant IssuedAt,
    Instant DueAt,
    string Cause)
{
    /// <summary>The code of the seller.</summary>
    public string LegalEntity { get; init; } = Domain.Sellers.LegalEntity.DefaultCode;

    /// <summary>The version of the seller that the document keeps.</summary>
    public int LegalEntityVersion { get; init; } = 1;

    /// <summary>When it was made; earlier than its issue where it was a draft.</summary>
    public Instant CreatedAt { get; init; }

    /// <summary>When a draft is finalised by itself, or null.</summary>
    public Instant? FinalizesAt { get; init; }

    /// <summary>The account of its subscription where another one pays; else null.</summary>
    public string? ForAccount { get; init; }

    /// <summary>A document as it was decided, before or without being written.</summary>
    public static InvoiceDocument Of(Invoice invoice) => new(
        invoice.Id, Number: null, invoice.Account, invoice.Subscription, invoice.Facts.Currency.Code, invoice.Lines, invoice.Lines.Length,
        invoice.Totals, invoice.Credited, invoice.IssuedAt, invoice.DueAt, invoice.Cause)
    {
        CreatedAt = invoice.IssuedAt,
        FinalizesAt = invoice.Draft?.FinalizeAt,
        LegalEntity = invoice.Seller.Code,
        LegalEntityVersion = invoice.Seller.Version,
    };
}
