using NodaTime;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Sellers;

/// <summary>How a legal entity is shown over HTTP.</summary>
public sealed record LegalEntityView(
    string Id,
    string Object,
    string Code,
    int Version,
    string Name,
    IReadOnlyDictionary<string, string> Address,
    string? Country,
    IReadOnlyList<string> TaxIds,
    NumberingView Numbering,
    string? DefaultCurrency,
    IReadOnlyDictionary<string, long> CashRounding,
    string? Footer,
    Instant CreatedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The resource as JSON.</summary>
    public static string Render(LegalEntity entity) => AnswerJson.Write(Of(entity));

    /// <summary>The view of a version.</summary>
    public static LegalEntityView Of(LegalEntity entity) => new(
        entity.Code, "legal_entity", entity.Code, entity.Version, entity.Name, entity.Address, entity.Country, [.. entity.TaxIds],
        new NumberingView(entity.Numbering.Scope is NumberingScope.Entity ? "entity" : "account", entity.Numbering.Prefix),
        entity.DefaultCurrency, entity.CashRounding, entity.Footer, entity.CreatedAt, entity.Metadata);
}

/// <summary>How a legal entity numbers its documents.</summary>
public sealed record NumberingView(string Scope, string Prefix);
