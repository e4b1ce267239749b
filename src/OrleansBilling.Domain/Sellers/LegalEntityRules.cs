using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Sellers;

/// <summary>A change of a seller; null members stay as they are.</summary>
public sealed record LegalEntityChange
{
    /// <summary>See <see cref="LegalEntity.Name"/>.</summary>
    public string? Name { get; init; }

    /// <summary>See <see cref="LegalEntity.Address"/>; replaces it whole.</summary>
    public ImmutableSortedDictionary<string, string>? Address { get; init; }

    /// <summary>See <see cref="LegalEntity.Country"/>; empty removes it.</summary>
    public string? Country { get; init; }

    /// <summary>See <see cref="LegalEntity.TaxIds"/>; replaces them whole.</summary>
    public ImmutableArray<string>? TaxIds { get; init; }

    /// <summary>See <see cref="LegalEntity.Numbering"/>.</summary>
    public Numbering? Numbering { get; init; }

    /// <summary>See <see cref="LegalEntity.DefaultCurrency"/>; empty removes it.</summary>
    public string? DefaultCurrency { get; init; }

    /// <summary>See <see cref="LegalEntity.CashRounding"/>; replaces it whole.</summary>
    public ImmutableSortedDictionary<string, long>? CashRounding { get; init; }

    /// <summary>See <see cref="LegalEntity.Footer"/>; empty removes it.</summary>
    public string? Footer { get; init; }

    /// <summary>Merged by key; an empty value removes the key.</summary>
    public ImmutableSortedDictionary<string, string>? Metadata { get; init; }
}

/// <summary>What a seller may be, and what a change makes of it.</summary>
public static class LegalEntityRules
{
    /// <summary>Letters of a prefix at most.</summary>
    public const int MaxPrefix = 20;

    /// <summary>The largest step of cash rounding, in minor units.</summary>
    public const long MaxStep = 100_000;

    private const string PrefixMarks = "-_/.";

    /// <summary>
    /// 422 <c>numbering_prefix_invalid</c>, <c>unknown_currency</c>, <c>cash_rounding_invalid</c>; null where nothing stands
    /// against it.
    /// </summary>
    public static Refusal? Check(LegalEntity entity)
    {
        if (entity.Numbering.Prefix.Length > MaxPrefix || !entity.Numbering.Prefix.All(IsPrefixLetter))
        {
            return Refusal.Rule(
                "numbering_prefix_invalid", $"Use at most {MaxPrefix} letters, digits and {PrefixMarks} in the prefix.", "numbering.prefix");
        }

        if (entity.DefaultCurrency is { } currency && Currency.Find(currency) is null)
        {
            return Refusal.Rule("unknown_currency", "Give an ISO 4217 code, such as usd.", "default_currency");
        }

        foreach (var (code, step) in entity.CashRounding)
        {
            if (Currency.Find(code)?.Code != code)
            {
                return Refusal.Rule("unknown_currency", "Name currencies by their lower-case ISO 4217 code, such as chf.", $"cash_rounding.{code}");
            }

            if (step is < 2 or > MaxStep)
            {
                return Refusal.Rule(
                    "cash_rounding_invalid", $"Give the step in minor units, 2 to {MaxStep}: 5 rounds chf to 0.05.", $"cash_rounding.{code}");
            }
        }

        return null;
    }

    /// <summary>The next version; the very same one where nothing changes. Refusals as <see cref="Check"/>.</summary>
    public static Decided<LegalEntity> Change(LegalEntity entity, LegalEntityChange change)
    {
        var metadata = change.Metadata is null
            ? entity.Metadata
            : entity.Metadata.SetItems(change.Metadata).RemoveRange(change.Metadata.Where(pair => pair.Value.Length == 0).Select(pair => pair.Key));
        var next = entity with
        {
            Name = change.Name ?? entity.Name,
            Address = change.Address ?? entity.Address,
            Country = Replaced(entity.Country, change.Country),
            TaxIds = change.TaxIds ?? entity.TaxIds,
            Numbering = change.Numbering ?? entity.Numbering,
            DefaultCurrency = Replaced(entity.DefaultCurrency, change.DefaultCurrency),
            CashRounding = change.CashRounding ?? entity.CashRounding,
            Footer = Replaced(entity.Footer, change.Footer),
            Metadata = metadata,
        };
        return Check(next) is { } refusal ? refusal : Same(entity, next) ? entity : next with { Version = entity.Version + 1 };
    }

    private static bool IsPrefixLetter(char letter) => char.IsAsciiLetterOrDigit(letter) || PrefixMarks.Contains(letter, StringComparison.Ordinal);

    private static bool Same(LegalEntity a, LegalEntity b) =>
        a.Address.SequenceEqual(b.Address) && a.TaxIds.SequenceEqual(b.TaxIds) && a.CashRounding.SequenceEqual(b.CashRounding)
        && a.Metadata.SequenceEqual(b.Metadata)
        && a == b with { Address = a.Address, TaxIds = a.TaxIds, CashRounding = a.CashRounding, Metadata = a.Metadata };

    private static string? Replaced(string? old, string? given) => given switch
    {
        null => old,
        "" => null,
        _ => given,
    };
}
