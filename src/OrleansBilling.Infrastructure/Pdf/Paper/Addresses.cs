using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>Postal addresses as lines, in the order of their country.</summary>
internal static class Addresses
{
    // Where the city comes before the postal code.
    private static readonly string[] CityFirst = ["us", "ca", "au", "nz", "gb", "ie", "in", "sg", "hk", "za"];

    /// <summary>The lines of an address, the country last.</summary>
    public static IEnumerable<string> Lines(ImmutableSortedDictionary<string, string> address, string? country, DocumentLanguage language)
    {
        string Part(string name) => address.TryGetValue(name, out var part) ? part : "";
        string[] lines = country switch
        {
            "jp" => [Part("postal_code"), Part("state") + Part("city") + Part("line1"), Part("line2")],
            _ when CityFirst.Contains(country, StringComparer.Ordinal) =>
                [Part("line1"), Part("line2"), Joined(", ", Part("city"), Joined(" ", Part("state"), Part("postal_code")))],
            _ => [Part("line1"), Part("line2"), Joined(" ", Part("postal_code"), Part("city")), Part("state")],
        };
        return lines.Append(country is null ? "" : CountryNames.Of(country, language)).Where(line => line.Length > 0);
    }

    private static string Joined(string between, params IEnumerable<string> parts) => string.Join(between, parts.Where(part => part.Length > 0));
}
