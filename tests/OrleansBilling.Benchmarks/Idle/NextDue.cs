using System.Diagnostics;
using Npgsql;
using OrleansBilling.Benchmarks.Cluster;

namespace OrleansBilling.Benchmarks.Idle;

/// <summary>How long the next 1,000 rows of due work take to find.</summary>
internal static class NextDue
{
    private const int Times = 21;

    private const string Sql =
        """
        select d.grain_type, d.grain_key, d.kind, d.account, d.due_at, d.run_at
        from generate_series(0, 63) as s (shard)
        cross join lateral (
            select * from due_work w
            where w.clock = 'live' and w.shard = s.shard and w.run_at <= $1 and w.quarantined_at is null
            order by w.run_at limit 1000) d
        order by d.run_at limit 1000
        """;

    /// <summary>The median in milliseconds, rows read.</summary>
    public static async Task<double> MeasureAsync(BenchmarkCluster cluster, CancellationToken cancellation)
    {
        // The instant at which the first thousand will be due.
        var at = await cluster.ScalarAsync<DateTime>(
            "select max(run_at) from (select run_at from due_work where clock = 'live' order by run_at limit 1000) d", cancellation);
        await using var connection = await cluster.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = at } } };
        await command.PrepareAsync(cancellation);
        var taken = new List<double>();
        for (var i = 0; i < Times; i++)
        {
            var watch = Stopwatch.StartNew();
            var rows = 0;
            await using (var reader = await command.ExecuteReaderAsync(cancellation))
            {
                while (await reader.ReadAsync(cancellation))
                {
                    rows++;
                }
            }

            taken.Add(watch.Elapsed.TotalMilliseconds);
            if (rows != 1000)
            {
                throw new BenchmarkException($"{rows} rows were found due instead of 1,000.");
            }
        }

        taken.Sort();
        return taken[Times / 2];
    }
}
