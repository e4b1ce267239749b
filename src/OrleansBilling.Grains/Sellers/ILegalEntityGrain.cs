using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Sellers;

/// <summary>A legal entity: the seller of invoices. Key: <c>entity_</c> + code.</summary>
[Alias("OrleansBilling.ILegalEntityGrain")]
public interface ILegalEntityGrain : IGrainWithStringKey
{
    /// <summary>
    /// Makes the seller, as version 1. 409 <c>legal_entity_exists</c>, <c>numbering_prefix_taken</c>; 422
    /// <c>numbering_prefix_invalid</c>, <c>cash_rounding_invalid</c>, <c>unknown_currency</c>.
    /// </summary>
    [Alias("Create")]
    Task<CommandAnswer> Create(CommandKey key, Instant now, LegalEntitySettings settings);

    /// <summary>
    /// Makes the next version of what is given; issued documents keep theirs. 404 <c>legal_entity_not_found</c>, and refusals
    /// as of <see cref="Create"/>.
    /// </summary>
    [Alias("Update")]
    Task<CommandAnswer> Update(CommandKey key, Instant now, LegalEntitySettings settings);
}

/// <summary>What a seller is made with, or the change of one; in a change null members stay as they are.</summary>
[GenerateSerializer, Alias("legal_entity_settings"), Immutable]
public sealed record LegalEntitySettings
{
    /// <summary>The caller's name; never changes.</summary>
    [Id(0)] public required string Code { get; init; }

    /// <summary>See <see cref="LegalEntity.Name"/>; required where the seller is made.</summary>
    [Id(1)] public string? Name { get; init; }

    /// <summary>See <see cref="LegalEntity.Address"/>; replaces it whole.</summary>
    [Id(2)] public ImmutableSortedDictionary<string, string>? Address { get; init; }

    /// <summary>See <see cref="LegalEntity.Country"/>; empty removes it.</summary>
    [Id(3)] public string? Country { get; init; }

    /// <summary>See <see cref="LegalEntity.TaxIds"/>; replaces them whole.</summary>
    [Id(4)] public ImmutableArray<string>? TaxIds { get; init; }

    /// <summary>See <see cref="LegalEntity.Numbering"/>.</summary>
    [Id(5)] public Numbering? Numbering { get; init; }

    /// <summary>See <see cref="LegalEntity.DefaultCurrency"/>; empty removes it.</summary>
    [Id(6)] public string? DefaultCurrency { get; init; }

    /// <summary>See <see cref="LegalEntity.CashRounding"/>; replaces it whole.</summary>
    [Id(7)] public ImmutableSortedDictionary<string, long>? CashRounding { get; init; }

    /// <summary>See <see cref="LegalEntity.Footer"/>; empty removes it.</summary>
    [Id(8)] public string? Footer { get; init; }

    /// <summary>Merged by key; an empty value removes the key.</summary>
    [Id(9)] public ImmutableSortedDictionary<string, string>? Metadata { get; init; }

    /// <summary>As the rules read it.</summary>
    internal LegalEntityChange Change() => new()
    {
        Name = Name,
        Address = Address,
        Country = Country,
        TaxIds = TaxIds,
        Numbering = Numbering,
        DefaultCurrency = DefaultCurrency,
        CashRounding = CashRounding,
        Footer = Footer,
        Metadata = Metadata,
    };
}
