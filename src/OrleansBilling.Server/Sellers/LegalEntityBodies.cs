using OrleansBilling.Domain.Sellers;
using OrleansBilling.Server.Accounts;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Sellers;

/// <summary>What a legal entity is made with, and what a change may give.</summary>
internal abstract record LegalEntityFields
{
    /// <summary>Postal address; replaced whole.</summary>
    public AddressBody? Address { get; init; }

    /// <summary>ISO 3166 alpha-2. Null or empty removes it in a change.</summary>
    [Text(TextKind.Country, Empty = true)]
    public string? Country { get; init; }

    /// <summary>Tax numbers as they stand on documents; replaced whole.</summary>
    [Entries(0, Limits.TaxIds), Text(TextKind.Reference, Max = 60)]
    public IReadOnlyList<string>? TaxIds { get; init; }

    /// <summary>How documents are numbered; by account without a prefix unless given.</summary>
    public NumberingBody? Numbering { get; init; }

    /// <summary>The currency of accounts that are opened without one. Null or empty removes it in a change.</summary>
    [Text(TextKind.Currency, Empty = true)]
    public string? DefaultCurrency { get; init; }

    /// <summary>By currency: the step in minor units to which what is due is rounded; replaced whole.</summary>
    [Entries(0, 20, KeyLength = 3), Whole(2, LegalEntityRules.MaxStep)]
    public IReadOnlyDictionary<string, long>? CashRounding { get; init; }

    /// <summary>Printed at the foot of documents. Null or empty removes it in a change.</summary>
    [Text(Max = Limits.FooterLength, Empty = true)]
    public string? Footer { get; init; }

    /// <summary>At most 50 pairs. In a change they are merged, and an empty value or null removes a pair.</summary>
    [Entries(0, Limits.MetadataPairs, KeyLength = Limits.MetadataKeyLength), Text(Max = Limits.MetadataValueLength, Empty = true)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>Makes a legal entity.</summary>
internal sealed record LegalEntityBody : LegalEntityFields
{
    /// <summary>Its name in calls; unique, and never changed.</summary>
    [Text(TextKind.Code)]
    public required string Code { get; init; }

    /// <summary>Its name on documents.</summary>
    [Text]
    public required string Name { get; init; }
}

/// <summary>Changes what is given, as a new version.</summary>
internal sealed record LegalEntityPatchBody : LegalEntityFields
{
    /// <summary>Its name on documents.</summary>
    [Text]
    public string? Name { get; init; }
}

/// <summary>How documents are numbered.</summary>
internal sealed record NumberingBody
{
    /// <summary><c>account</c>: each account has numbers of its own. <c>entity</c>: one series without gaps.</summary>
    public required NumberingScope Scope { get; init; }

    /// <summary>Letters, digits and <c>- _ / .</c> before each number; a new prefix begins a new series.</summary>
    [Text(TextKind.Reference, Max = LegalEntityRules.MaxPrefix, Empty = true)]
    public string? Prefix { get; init; }
}
