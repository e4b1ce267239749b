using System.Globalization;
using System.Text;
using NodaTime;
using Npgsql;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Schedule;

namespace OrleansBilling.Benchmarks.Fill;

/// <summary>
/// Loads very many dormant customers: one is written by the product, and his rows are copied with other ids and other due
/// times. What they were billed before is left out; nothing reads it while they sleep.
/// </summary>
internal static class DormantFill
{
    private static readonly string[] Tables = ["account", "account_facts", "payment_method", "subscription", "grain_state", "account_balance"];

    // Renewals of a month, from a day ahead on: none falls due while the server is watched.
    private static readonly Duration Ahead = Duration.FromDays(1);
    private static readonly Duration Spread = Duration.FromDays(28);

    /// <summary>Loads customers 1 to <paramref name="count"/>; the written one is number 0.</summary>
    public static async Task WriteAsync(BenchmarkCluster cluster, Instant now, int count, CancellationToken cancellation)
    {
        var population = new Population(now + Ahead);
        var first = population.Make(0);
        await using (var writer = new CustomerWriter(cluster))
        {
            await writer.WritePlanAsync(population.StartAt);
            await writer.WriteAsync([first], cancellation);
            await writer.WriteDueAsync([first], runAt: null, cancellation);
        }

        foreach (var table in Tables)
        {
            await CopyAsync(cluster, table, count, static (row, _, _) => row, cancellation);
        }

        var columns = await ColumnsAsync(cluster, "due_work", cancellation);
        var shard = Array.IndexOf(columns, "shard");
        var times = new[] { Array.IndexOf(columns, "due_at"), Array.IndexOf(columns, "run_at") };
        await CopyAsync(cluster, "due_work", count, (row, account, number) => Due(row, account, number), cancellation);
        await cluster.SettleAsync(cancellation);

        string Due(string row, string account, int number)
        {
            var fields = row.Split('\t');
            fields[shard] = Shards.Of(account).ToString(CultureInfo.InvariantCulture);
            var at = now + Ahead + (Spread * ((double)number / count));
            foreach (var time in times)
            {
                fields[time] = at.ToString("uuuu'-'MM'-'dd HH':'mm':'ss.ffffff'+00'", CultureInfo.InvariantCulture);
            }

            return string.Join('\t', fields);
        }
    }

    // Rows as text: ids lie in text columns, and in hexadecimal form in the bytes of states.
    private static async Task CopyAsync(
        BenchmarkCluster cluster, string table, int count, Func<string, string, int, string> adapt, CancellationToken cancellation)
    {
        var columns = await ColumnsAsync(cluster, table, cancellation);
        var list = string.Join(", ", columns);
        var tail = Population.Tail(0);
        string[] rows;
        await using var connection = await cluster.OpenAsync(cancellation);
        using (var source = await connection.BeginTextExportAsync(
            $"copy (select {list} from {table} t where t::text like '%{tail}%' or t::text like '%{Hex(tail)}%') to stdout", cancellation))
        {
            rows = (await source.ReadToEndAsync(cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        if (rows.Length == 0)
        {
            throw new BenchmarkException($"Table {table} has no row of the first customer to copy.");
        }

        await using var target = await connection.BeginTextImportAsync($"copy {table} ({list}) from stdin", cancellation);
        foreach (var row in rows)
        {
            for (var number = 1; number <= count; number++)
            {
                var other = Population.Tail(number);
                var text = adapt(row.Replace(tail, other, StringComparison.Ordinal).Replace(Hex(tail), Hex(other), StringComparison.Ordinal), "acct_" + other, number);
                await target.WriteAsync(text.AsMemory(), cancellation);
                await target.WriteAsync("\n".AsMemory(), cancellation);
            }
        }
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text));

    private static async Task<string[]> ColumnsAsync(BenchmarkCluster cluster, string table, CancellationToken cancellation)
    {
        await using var connection = await cluster.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(
            "select array_agg(attname::text order by attnum) from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
            connection)
        {
            Parameters = { new() { Value = table } },
        };
        return (string[])(await command.ExecuteScalarAsync(cancellation))!;
    }
}
