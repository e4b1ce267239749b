using System.Collections.Immutable;
using NodaTime;

namespace OrleansBilling.Domain.Sellers;

/// <summary>What the numbers of a seller's documents run by.</summary>
public enum NumberingScope
{
    /// <summary>Each account has numbers of its own, given in the issuing turn.</summary>
    Account,

    /// <summary>One series without gaps for the whole seller, given right after the issuing turn.</summary>
    Entity,
}

/// <summary>How a seller's documents are numbered.</summary>
/// <param name="Scope">What the numbers run by.</param>
/// <param name="Prefix">Before each number; may be empty. Each prefix of a seller has a series of its own.</param>
public sealed record Numbering(NumberingScope Scope, string Prefix)
{
    /// <summary>By account, without a prefix.</summary>
    public static Numbering ByAccount { get; } = new(NumberingScope.Account, "");
}

/// <summary>
/// A legal entity: the seller whose name stands on invoices. Each change is a version of its own, and an issued document
/// keeps the version it was issued by.
/// </summary>
/// <param name="Code">The caller's name; never changes.</param>
/// <param name="Version">Counts the changes, from 1.</param>
/// <param name="Name">As it stands on documents.</param>
/// <param name="CreatedAt">When the seller was made, not this version.</param>
public sealed record LegalEntity(string Code, int Version, string Name, Instant CreatedAt)
{
    /// <summary>The code of the seller of accounts that name none.</summary>
    public const string DefaultCode = "default";

    /// <summary>Postal address, by part: line1, line2, city, postal_code, state.</summary>
    public ImmutableSortedDictionary<string, string> Address { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>ISO 3166 alpha-2, lower case; null where it was not given.</summary>
    public string? Country { get; init; }

    /// <summary>Tax numbers as they stand on documents.</summary>
    public ImmutableArray<string> TaxIds { get; init; } = [];

    /// <summary>How its documents are numbered.</summary>
    public Numbering Numbering { get; init; } = Numbering.ByAccount;

    /// <summary>The currency of accounts that are opened without one; lower-case ISO 4217 code, or null.</summary>
    public string? DefaultCurrency { get; init; }

    /// <summary>By currency: the step in minor units to which what is due is rounded (0.05 of chf is 5).</summary>
    public ImmutableSortedDictionary<string, long> CashRounding { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>Printed at the foot of documents, such as bank details; null for nothing.</summary>
    public string? Footer { get; init; }

    /// <summary>The caller's own pairs.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What issuing a document needs to know of it.</summary>
    public SellerFacts Facts() => new(Code, Version, Numbering, CashRounding);
}

/// <summary>What issuing a document needs to know of its seller: read with the account's facts.</summary>
/// <param name="Code">The seller.</param>
/// <param name="Version">The version that the document keeps.</param>
/// <param name="Numbering">How the document is numbered.</param>
/// <param name="CashRounding">By currency: the step in minor units to which what is due is rounded.</param>
public sealed record SellerFacts(string Code, int Version, Numbering Numbering, ImmutableSortedDictionary<string, long> CashRounding)
{
    /// <summary>The default seller as it is first made.</summary>
    public static SellerFacts Default { get; } =
        new(LegalEntity.DefaultCode, 1, Numbering.ByAccount, ImmutableSortedDictionary<string, long>.Empty);
}
