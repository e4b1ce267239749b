using OrleansBilling.Domain.Accounts;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Accounts;

/// <summary>What an account is opened with, and what a change may give.</summary>
internal abstract record AccountFields
{
    /// <summary>Where invoices go; null or empty removes it in a change.</summary>
    [Text(TextKind.Email, Empty = true)]
    public string? Email { get; init; }

    /// <summary>The caller's own name; unique. Null or empty removes it in a change.</summary>
    [Text(TextKind.Reference, Empty = true)]
    public string? ExternalId { get; init; }

    /// <summary>ISO 3166 alpha-2. Null or empty removes it in a change.</summary>
    [Text(TextKind.Country, Empty = true)]
    public string? Country { get; init; }

    /// <summary>Postal address; replaced whole.</summary>
    public AddressBody? Address { get; init; }

    /// <summary>The language of documents; English unless given.</summary>
    public DocumentLanguage? Language { get; init; }

    /// <summary>The code of the seller of its invoices; <c>default</c> unless given.</summary>
    [Text(TextKind.Code)]
    public string? LegalEntity { get; init; }

    /// <summary>Tax settings; in a change they are merged, rates replaced together.</summary>
    public TaxBody? Tax { get; init; }

    /// <summary>How invoices are collected; automatic unless given.</summary>
    public CollectionMode? Collection { get; init; }

    /// <summary>Local days from issue to due date.</summary>
    [Whole(0, Limits.NetTermsDays)]
    public int? NetTermsDays { get; init; }

    /// <summary>Hours for which invoices of subscriptions stay drafts before they are finalised by themselves; 0 unless given.</summary>
    [Whole(0, Limits.InvoiceGraceHours)]
    public int? InvoiceGraceHours { get; init; }

    /// <summary><c>account</c> gathers all lines of the account's subscriptions that fall due at one instant on one invoice; <c>subscription</c> (default) makes an invoice for each.</summary>
    public InvoiceGrouping? InvoiceGrouping { get; init; }

    /// <summary>The account, by id or external id, that invoices of the account's subscriptions are issued to. Null or empty removes it in a change, which holds from the next invoice.</summary>
    [Text(TextKind.Reference, Empty = true)]
    public string? BilledTo { get; init; }

    /// <summary>The code of a dunning policy; <c>default</c> unless given.</summary>
    [Text(TextKind.Code)]
    public string? DunningPolicy { get; init; }

    /// <summary>At most 50 pairs. In a change they are merged, and an empty value or null removes a pair.</summary>
    [Entries(0, Limits.MetadataPairs, KeyLength = Limits.MetadataKeyLength), Text(Max = Limits.MetadataValueLength, Empty = true)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>Opens an account.</summary>
internal sealed record AccountBody : AccountFields
{
    /// <summary>Shown on invoices.</summary>
    [Text]
    public required string Name { get; init; }

    /// <summary>ISO 4217; fixed by the first subscription or invoice. May be left out where the legal entity has a <c>default_currency</c>.</summary>
    [Text(TextKind.Currency)]
    public string? Currency { get; init; }

    /// <summary>IANA zone in which days are counted.</summary>
    [Text(TextKind.TimeZone)]
    public required string TimeZone { get; init; }

    /// <summary>The id of a test clock; it cannot be changed later.</summary>
    [Text(TextKind.Reference)]
    public string? TestClock { get; init; }
}

/// <summary>Changes what is given.</summary>
internal sealed record AccountPatchBody : AccountFields
{
    /// <summary>Shown on invoices.</summary>
    [Text]
    public string? Name { get; init; }

    /// <summary>Only before the first subscription or invoice.</summary>
    [Text(TextKind.Currency)]
    public string? Currency { get; init; }

    /// <summary>Holds from each subscription's next boundary.</summary>
    [Text(TextKind.TimeZone)]
    public string? TimeZone { get; init; }
}

/// <summary>A postal address.</summary>
internal sealed record AddressBody
{
    /// <summary>Street and number.</summary>
    [Text(Max = 200)]
    public string? Line1 { get; init; }

    /// <summary>Further line.</summary>
    [Text(Max = 200)]
    public string? Line2 { get; init; }

    /// <summary>City.</summary>
    [Text(Max = 200)]
    public string? City { get; init; }

    /// <summary>Postal code.</summary>
    [Text(Max = 40)]
    public string? PostalCode { get; init; }

    /// <summary>State or region.</summary>
    [Text(Max = 200)]
    public string? State { get; init; }
}

/// <summary>Tax settings.</summary>
internal sealed record TaxBody
{
    /// <summary>The rates.</summary>
    [Entries(0, Limits.TaxRates)]
    public IReadOnlyList<TaxRateBody>? Rates { get; init; }

    /// <summary>Prices contain the tax.</summary>
    public bool? Inclusive { get; init; }

    /// <summary>Per document unless given.</summary>
    public TaxRounding? Rounding { get; init; }

    /// <summary>No tax is charged.</summary>
    public bool? Exempt { get; init; }

    /// <summary>The customer's tax number; null or empty removes it in a change.</summary>
    [Text(TextKind.Reference, Max = 60, Empty = true)]
    public string? TaxId { get; init; }
}

/// <summary>A tax rate.</summary>
internal sealed record TaxRateBody
{
    /// <summary>Such as <c>vat</c>; unique within the account.</summary>
    [Text(TextKind.Code)]
    public required string Code { get; init; }

    /// <summary>Percent: "19" is 19 %.</summary>
    [Decimal(Max = 100)]
    public required decimal Percentage { get; init; }

    /// <summary>Applies to prices with one of these tax codes only; to all unless given.</summary>
    [Entries(0, 100), Text(TextKind.Code)]
    public IReadOnlyList<string>? TaxCodes { get; init; }
}

/// <summary>Stores a payment method.</summary>
internal sealed record PaymentMethodBody
{
    /// <summary><c>sandbox</c>, <c>stripe</c> or <c>square</c>.</summary>
    public required GatewayName Gateway { get; init; }

    /// <summary>The gateway's token; never a card number.</summary>
    [Text(TextKind.Token)]
    public required string Token { get; init; }

    /// <summary>Makes it the default; the first one always is.</summary>
    public bool? Default { get; init; }

    /// <summary>At most 50 pairs.</summary>
    [Entries(0, Limits.MetadataPairs, KeyLength = Limits.MetadataKeyLength), Text(Max = Limits.MetadataValueLength, Empty = true)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>The gateways by name.</summary>
internal enum GatewayName
{
    /// <summary>The built-in double.</summary>
    Sandbox,

    /// <summary>Stripe.</summary>
    Stripe,

    /// <summary>Square.</summary>
    Square,
}

/// <summary>Moves the credit balance by hand.</summary>
internal sealed record BalanceAdjustmentBody
{
    /// <summary>Minor units; above zero credits the customer.</summary>
    public required long Amount { get; init; }

    /// <summary>The account's currency.</summary>
    [Text(TextKind.Currency)]
    public required string Currency { get; init; }

    /// <summary>Why; shown in the timeline.</summary>
    [Text]
    public required string Reason { get; init; }
}
