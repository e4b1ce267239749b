using System.Collections.Immutable;
using System.Text.Json;
using Npgsql;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>Reads events as they count: with corrections applied, voided ones left out.</summary>
internal static class UsageEventRows
{
    /// <summary>The columns of <see cref="Read"/>, of an event <c>e</c> with its <see cref="Correction"/>.</summary>
    public const string Columns = "e.at, coalesce(c.value, e.value), e.batch, e.n, e.subscription, e.properties::text";

    /// <summary>The same without properties, where nothing asks for them: reading them takes longest.</summary>
    public const string Bare = "e.at, coalesce(c.value, e.value), e.batch, e.n, e.subscription, null::text";

    /// <summary>The newest correction of an event, as <c>c</c>.</summary>
    public const string Correction =
        """
        left join lateral (
            select x.voided, x.value from usage_corrected x where x.batch = e.batch and x.n = e.n order by x.number desc limit 1) c on true
        """;

    /// <summary>The condition that leaves out voided events.</summary>
    public const string Counts = "c.voided is not true";

    private static readonly ImmutableSortedDictionary<string, string> None = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>An event, from the first column on.</summary>
    public static UsageEvent Read(NpgsqlDataReader row, int first) => new(
        row.GetInstant(first), row.IsDBNull(first + 1) ? null : row.GetDecimal(first + 1), row.GetInt64(first + 2), row.GetInt32(first + 3))
    {
        Subscription = row.GetText(first + 4),
        Properties = row.GetText(first + 5) is { } json ? PropertiesOf(json) : None,
    };

    private static ImmutableSortedDictionary<string, string> PropertiesOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        var builder = None.ToBuilder();
        foreach (var property in document.RootElement.EnumerateObject())
        {
            builder[property.Name] = property.Value.GetString()!;
        }

        return builder.ToImmutable();
    }
}
