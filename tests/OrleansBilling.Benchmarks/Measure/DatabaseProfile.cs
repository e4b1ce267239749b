using Npgsql;
using OrleansBilling.Benchmarks.Cluster;

namespace OrleansBilling.Benchmarks.Measure;

/// <summary>Where the database spends its time: its own times of statements, and what was written.</summary>
internal sealed class DatabaseProfile
{
    private const string Statements =
        """
        select round(total_exec_time)::bigint, calls, rows, round(wal_bytes / 1048576, 1), wal_fpi, left(regexp_replace(query, '\s+', ' ', 'g'), 110)
        from pg_stat_statements order by total_exec_time desc limit 32
        """;

    private const string Tables =
        """
        select relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, pg_size_pretty(pg_total_relation_size(relid))
        from pg_stat_user_tables where n_tup_ins + n_tup_upd > 100 order by n_tup_ins + n_tup_upd desc limit 20
        """;

    private readonly BenchmarkCluster _cluster;

    private DatabaseProfile(BenchmarkCluster cluster) => _cluster = cluster;

    /// <summary>Begins to count.</summary>
    public static async Task<DatabaseProfile> BeginAsync(BenchmarkCluster cluster, CancellationToken cancellation)
    {
        await cluster.ExecuteAsync("create extension if not exists pg_stat_statements", cancellation);
        await cluster.ExecuteAsync("select pg_stat_statements_reset()", cancellation);
        await cluster.ExecuteAsync("select pg_stat_reset()", cancellation);
        return new DatabaseProfile(cluster);
    }

    /// <summary>Prints.</summary>
    public async Task PrintAsync(CancellationToken cancellation)
    {
        await using var connection = await _cluster.OpenAsync(cancellation);
        await using (var command = new NpgsqlCommand(Statements, connection))
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            Console.WriteLine("    ms | calls | rows | wal MB | full pages | statement");
            while (await reader.ReadAsync(cancellation))
            {
                Console.WriteLine($"    {reader.GetInt64(0),6} {reader.GetInt64(1),6} {reader.GetInt64(2),7} {reader.GetDecimal(3),6} {reader.GetInt64(4),6}  {reader.GetString(5)}");
            }
        }

        await using var tables = new NpgsqlCommand(Tables, connection);
        await using var rows = await tables.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            Console.WriteLine($"    {rows.GetString(0),-20} inserted {rows.GetInt64(1),8} updated {rows.GetInt64(2),8} (in place {rows.GetInt64(3),8}) deleted {rows.GetInt64(4),8} size {rows.GetString(5)}");
        }
    }
}
