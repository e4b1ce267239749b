using System.Security.Cryptography;
using System.Text;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>A cell with the account and meter that it belongs to.</summary>
internal sealed record RollupRow(string Account, string Meter, UsageCellKey Key, UsageCell Cell)
{
    /// <summary>The hash of the group, which stands in the key of the row.</summary>
    public Guid GroupKey { get; } = new(SHA256.HashData(Encoding.UTF8.GetBytes(Key.Group)).AsSpan(0, 16), bigEndian: true);
}

/// <summary>Writes and reads cells.</summary>
internal static class RollupRows
{
    // What merges here is what UsageTotals.Merge says, of two cells of one hour.
    private const string Merge =
        """
        insert into usage_rollup as r (account, meter, hour, subscription, grp_key, grp, events, sum, max, min, latest_at, latest_batch, latest_n, latest_value, moment)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        on conflict (account, meter, hour, subscription, grp_key) do update
        set events = r.events + excluded.events, sum = r.sum + excluded.sum, max = greatest(r.max, excluded.max), min = least(r.min, excluded.min),
            moment = r.moment + excluded.moment,
            (latest_at, latest_batch, latest_n, latest_value) = (
                select t.a, t.b, t.n, t.v from (values
                    (r.latest_at, r.latest_batch, r.latest_n, r.latest_value),
                    (excluded.latest_at, excluded.latest_batch, excluded.latest_n, excluded.latest_value)) as t (a, b, n, v)
                order by t.a desc nulls last, t.b desc, t.n desc limit 1)
        """;

    private const string Texts =
        """
        insert into usage_unique (account, meter, hour, subscription, grp_key, value)
        select * from unnest($1, $2, $3, $4, $5, $6) on conflict do nothing
        """;

    /// <summary>The columns of <see cref="Read"/>. Of the moment no more digits are read than a decimal has room for.</summary>
    public const string Columns = "r.hour, r.subscription, r.grp, r.events, r.sum, r.max, r.min, r.latest_at, r.latest_batch, r.latest_n, r.latest_value, round(r.moment, 4)";

    /// <summary>Adds cells to what is there; sorted, so that two who roll up wait for each other one way only.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, IReadOnlyCollection<RollupRow> cells, CancellationToken cancellation)
    {
        if (cells.Count == 0)
        {
            return;
        }

        var rows = cells.OrderBy(r => r.Account, StringComparer.Ordinal).ThenBy(r => r.Meter, StringComparer.Ordinal).ThenBy(r => r.Key.Hour)
            .ThenBy(r => r.Key.Subscription, StringComparer.Ordinal).ThenBy(r => r.GroupKey).ToList();
        await using (var merge = new NpgsqlCommand(Merge, connection))
        {
            Keys(merge, rows);
            merge.Add(NpgsqlDbType.Text, rows.Select(r => r.Key.Group).ToArray());
            merge.Add(NpgsqlDbType.Bigint, rows.Select(r => r.Cell.Totals.Events).ToArray());
            merge.Add(NpgsqlDbType.Numeric, rows.Select(r => r.Cell.Totals.Sum).ToArray());
            merge.Add(NpgsqlDbType.Numeric, rows.Select(r => r.Cell.Totals.Max).ToArray());
            merge.Add(NpgsqlDbType.Numeric, rows.Select(r => r.Cell.Totals.Min).ToArray());
            merge.Add(NpgsqlDbType.TimestampTz, rows.Select(r => r.Cell.Totals.Last?.At.ToDateTimeUtc()).ToArray());
            merge.Add(NpgsqlDbType.Bigint, rows.Select(r => r.Cell.Totals.Last?.Batch).ToArray());
            merge.Add(NpgsqlDbType.Integer, rows.Select(r => r.Cell.Totals.Last?.Number).ToArray());
            merge.Add(NpgsqlDbType.Numeric, rows.Select(r => r.Cell.Totals.Last is null ? (decimal?)null : r.Cell.Totals.LastValue).ToArray());
            merge.Add(NpgsqlDbType.Numeric, rows.Select(r => r.Cell.Totals.Moment).ToArray());
            await merge.ExecuteNonQueryAsync(cancellation);
        }

        var texts = rows.SelectMany(row => row.Cell.Texts.Order(StringComparer.Ordinal).Select(text => (Row: row, Text: text))).ToList();
        if (texts.Count > 0)
        {
            await using var unique = new NpgsqlCommand(Texts, connection);
            Keys(unique, [.. texts.Select(t => t.Row)]);
            unique.Add(NpgsqlDbType.Text, texts.Select(t => t.Text).ToArray());
            await unique.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>A cell without its texts.</summary>
    /// <param name="row">The row.</param>
    /// <param name="weighted">Whether the moment is asked for: of large values it may not fit.</param>
    public static (UsageCellKey Key, UsageTotals Totals) Read(NpgsqlDataReader row, bool weighted)
    {
        var hour = row.GetInstant(0);
        var totals = new UsageTotals(hour)
        {
            Events = row.GetInt64(3),
            Sum = row.GetDecimal(4),
            Max = row.IsDBNull(5) ? null : row.GetDecimal(5),
            Min = row.IsDBNull(6) ? null : row.GetDecimal(6),
            Last = row.IsDBNull(7) ? null : new UsageMoment(row.GetInstant(7), row.GetInt64(8), row.GetInt32(9)),
            LastValue = row.IsDBNull(10) ? 0 : row.GetDecimal(10),
            Moment = weighted ? row.GetDecimal(11) : 0,
        };
        return (new UsageCellKey(hour, row.GetString(1), row.GetString(2)), totals);
    }

    private static void Keys(NpgsqlCommand command, List<RollupRow> rows)
    {
        command.Add(NpgsqlDbType.Text, rows.Select(r => r.Account).ToArray());
        command.Add(NpgsqlDbType.Text, rows.Select(r => r.Meter).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, rows.Select(r => r.Key.Hour.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.Text, rows.Select(r => r.Key.Subscription).ToArray());
        command.Add(NpgsqlDbType.Uuid, rows.Select(r => r.GroupKey).ToArray());
    }
}
