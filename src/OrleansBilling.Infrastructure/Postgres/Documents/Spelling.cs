using System.Collections.Concurrent;
using System.Text.Json;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Enumerations as rows spell them: snake_case, as the API and the JSON of states do.</summary>
public static class Spelling
{
    /// <summary>The spelling of a member, such as <c>past_due</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Names<T>.ByValue.GetOrAdd(value, static v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));

    /// <summary>The member of a spelling that comes from our own rows.</summary>
    /// <exception cref="ArgumentException">There is no such member.</exception>
    public static T Parse<T>(string spelling)
        where T : struct, Enum => Names<T>.BySpelling.TryGetValue(spelling, out var value)
            ? value
            : throw new ArgumentException($"'{spelling}' is not a {typeof(T).Name}.", nameof(spelling));

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly ConcurrentDictionary<T, string> ByValue = new();

        public static readonly Dictionary<string, T> BySpelling = Enum.GetValues<T>()
            .ToDictionary(v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()), StringComparer.Ordinal);
    }
}
