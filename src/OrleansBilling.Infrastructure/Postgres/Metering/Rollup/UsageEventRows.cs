using System.Collections.Immutable;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
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

    /// <summary>
    /// The newest correction of an event that had arrived by then, of those that were made by then: what came later is left out. By
    /// <see cref="Correction"/> alone where there is no such parameter.
    /// </summary>
    /// <param name="arrived">Where <see cref="Add"/> has put the parameters; null leaves nothing out.</param>
    public static string CorrectionOf(int? arrived) => arrived is not { } first ? Correction :
        $"""
        join lateral (
            select case when e.subscription is not null then ${first}::timestamptz else (
                select max(t.until) from unnest(${first + 1}, ${first + 2}, ${first + 3}) as t (since, before, until) where e.at >= t.since and e.at < t.before) end as until) k
            on e.received_at <= k.until
        left join lateral (
            select x.voided, x.value from usage_corrected x
            where x.batch = e.batch and x.n = e.n and coalesce(x.recorded_at <= k.until, true) order by x.number desc limit 1) c on true
        """;

    /// <summary>Adds what <see cref="CorrectionOf"/> reads; answers the place of the first parameter.</summary>
    public static int Add(NpgsqlCommand command, ArrivedBy arrived)
    {
        command.Add(arrived.Named);
        var first = command.Parameters.Count;
        command.Add(NpgsqlDbType.TimestampTz, arrived.Unnamed.Select(part => part.Time.Start.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, arrived.Unnamed.Select(part => part.Time.End.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, arrived.Unnamed.Select(part => part.Until.ToDateTimeUtc()).ToArray());
        return first;
    }

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
