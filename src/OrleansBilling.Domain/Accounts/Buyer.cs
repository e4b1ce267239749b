using System.Collections.Immutable;

namespace OrleansBilling.Domain.Accounts;

/// <summary>The languages that documents are written in.</summary>
public enum DocumentLanguage
{
    /// <summary>English.</summary>
    En,

    /// <summary>German.</summary>
    De,

    /// <summary>French.</summary>
    Fr,

    /// <summary>Japanese.</summary>
    Ja,
}

/// <summary>
/// Whom a document names as its buyer. Kept for every version of the account's facts that changed it, so that a document
/// shows the buyer as he was when it was issued.
/// </summary>
/// <param name="Name">The account's name.</param>
/// <param name="Email">Where invoices go, or null.</param>
/// <param name="Address">Postal address, by part: line1, line2, city, postal_code, state.</param>
/// <param name="Country">ISO 3166 alpha-2, lower case, or null.</param>
/// <param name="TaxId">The buyer's tax number, or null.</param>
/// <param name="Language">The language of his documents.</param>
public sealed record Buyer(
    string Name, string? Email, ImmutableSortedDictionary<string, string> Address, string? Country, string? TaxId, DocumentLanguage Language)
{
    /// <summary>True where a document would show the same.</summary>
    public bool Shows(Buyer other) => Address.SequenceEqual(other.Address) && this == other with { Address = Address };
}
