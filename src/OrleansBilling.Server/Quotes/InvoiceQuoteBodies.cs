using OrleansBilling.Domain.Accounts;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Quotes;

/// <summary>Asks for the sums of an invoice.</summary>
internal sealed record InvoiceQuoteBody
{
    /// <summary>ISO 4217.</summary>
    [Text(TextKind.Currency)]
    public required string Currency { get; init; }

    /// <summary>In the order in which they shall be shown.</summary>
    [Entries(1, 1000)]
    public required IReadOnlyList<QuotedLineBody> Lines { get; init; }

    /// <summary>In the order in which they act; each on what the former left.</summary>
    [Entries(0, Domain.Subscriptions.SubscriptionCoupons.Max)]
    public IReadOnlyList<QuotedCouponBody>? Coupons { get; init; }

    /// <summary>How tax is computed.</summary>
    public QuotedTaxBody? Tax { get; init; }
}

/// <summary>A coupon to be quoted: a percentage or an amount.</summary>
internal sealed record QuotedCouponBody
{
    /// <summary>Percent, above 0 and at most 100; or <c>amount_off</c>.</summary>
    [Decimal(Signed = true)]
    public decimal? PercentOff { get; init; }

    /// <summary>Minor units; or <c>percent_off</c>.</summary>
    public long? AmountOff { get; init; }

    /// <summary>Codes of prices; every line unless given.</summary>
    [Entries(1, Domain.Catalog.CouponRules.MaxTargets), Text(TextKind.Reference)]
    public IReadOnlyList<string>? AppliesTo { get; init; }
}

/// <summary>A line to be quoted.</summary>
internal sealed record QuotedLineBody
{
    /// <summary>Minor units; below zero for a credit.</summary>
    public required long Amount { get; init; }

    /// <summary>The code of a price, for show.</summary>
    [Text(TextKind.Code)]
    public string? Price { get; init; }

    /// <summary>Percent, each rate once.</summary>
    [Entries(0, 20), Decimal(Max = 100)]
    public IReadOnlyList<decimal>? TaxRates { get; init; }
}

/// <summary>How tax is computed in a quote.</summary>
internal sealed record QuotedTaxBody
{
    /// <summary>Amounts contain the tax.</summary>
    public bool? Inclusive { get; init; }

    /// <summary>Per document unless given.</summary>
    public TaxRounding? Rounding { get; init; }
}

/// <summary>A quoted line.</summary>
/// <param name="Price">As it was given.</param>
/// <param name="Amount">Minor units, before discount and tax.</param>
/// <param name="DiscountAmount">Taken off before tax.</param>
/// <param name="Discounts">Which coupons made it, by their place from 1.</param>
/// <param name="TaxAmount">On top, or contained where inclusive.</param>
/// <param name="TaxRates">The tax per rate.</param>
/// <param name="TaxInclusive">True where the amount contains the tax.</param>
/// <param name="Explain">How it came about.</param>
internal sealed record QuotedLineView(
    string? Price, long Amount, long DiscountAmount, IReadOnlyList<LineDiscountView> Discounts, long TaxAmount, IReadOnlyList<LineTaxView> TaxRates, bool TaxInclusive, ExplainView Explain);

/// <summary>The sums that such an invoice would have.</summary>
internal sealed record InvoiceQuoteView(
    string Currency, IReadOnlyList<QuotedLineView> Lines, long Subtotal, long DiscountTotal, long TaxTotal, long Total, long AmountDue);
