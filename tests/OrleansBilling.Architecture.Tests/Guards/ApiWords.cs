using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>Outside programs are written against the names of the API: paths, and members of what they answer.</summary>
internal static partial class ApiWords
{
    /// <summary>Promised operations ("GET /v1/plans/{}", whatever the parameter's name) that the document does not have.</summary>
    public static IEnumerable<string> MissingOperations(JsonNode document, IEnumerable<string> promised)
    {
        var known = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {ParameterPattern().Replace(path.Key, "{}")}"))
            .ToHashSet(StringComparer.Ordinal);
        return promised.Where(operation => !known.Contains(operation)).Select(operation => $"{operation} is missing");
    }

    /// <summary>Promised members ("Invoice: id number ...") that a schema of the document does not have.</summary>
    public static IEnumerable<string> MissingMembers(JsonNode document, IEnumerable<string> promised) =>
        from line in promised
        let parts = line.Split(": ")
        let members = document["components"]?["schemas"]?[parts[0]]?["properties"]?.AsObject()
        from member in parts[1].Split(' ')
        where members?.ContainsKey(member) is not true
        select $"{parts[0]}.{member} is missing";

    /// <summary>Lists that are not <c>{data, has_more, next_cursor}</c>.</summary>
    public static IEnumerable<string> OddLists(JsonNode document) =>
        MissingMembers(document, document["components"]!["schemas"]!.AsObject().Select(schema => schema.Key).Where(name => name.EndsWith("List", StringComparison.Ordinal)).Select(name => $"{name}: data has_more next_cursor"));

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ParameterPattern();
}
