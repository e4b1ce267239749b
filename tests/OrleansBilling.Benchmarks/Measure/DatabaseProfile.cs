using Npgsql;
using OrleansBilling.Benchmarks.Cluster;

namespace OrleansBilling.Benchmarks.Measure;

/// <summary>Where the database spends its time: samples of what its sessions run and wait for, and what was written.</summary>
internal sealed class DatabaseProfile : IAsyncDisposable
{
    private const string Sample =
        """
        select coalesce(application_name, ''), coalesce(wait_event_type || ':' || wait_event, 'runs'), left(regexp_replace(query, '\s+', ' ', 'g'), 110)
        from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and backend_type = 'client backend'
        """;

    private readonly BenchmarkCluster _cluster;
    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<(string, string, string), int> _seen = [];
    private readonly string _walBefore;
    private int _samples;
    private Task _sampling = Task.CompletedTask;

    private DatabaseProfile(BenchmarkCluster cluster, string wal)
    {
        _cluster = cluster;
        _walBefore = wal;
    }

    /// <summary>Begins to sample, thirty times a second.</summary>
    public static async Task<DatabaseProfile> BeginAsync(BenchmarkCluster cluster, CancellationToken cancellation)
    {
        var profile = new DatabaseProfile(cluster, await cluster.ScalarAsync<string>("select pg_current_wal_lsn()::text", cancellation));
        profile._sampling = profile.SampleAsync();
        return profile;
    }

    /// <summary>Ends and prints.</summary>
    public async Task PrintAsync(CancellationToken cancellation)
    {
        await _ended.CancelAsync();
        await _sampling;
        Console.WriteLine($"  profile: {_samples} samples of the database's sessions; a line is (samples, who, waits for, statement)");
        foreach (var (key, count) in _seen.OrderByDescending(pair => pair.Value).Take(30))
        {
            Console.WriteLine($"    {count,5}  {key.Item1}  {key.Item2}  {key.Item3}");
        }

        var wal = await _cluster.ScalarAsync<decimal>($"select pg_wal_lsn_diff(pg_current_wal_lsn(), '{_walBefore}')", cancellation);
        Console.WriteLine($"    wal {wal / 1048576:0.0} MB");
        await using var connection = await _cluster.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(
            """
            select relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, pg_size_pretty(pg_total_relation_size(relid))
            from pg_stat_user_tables where n_tup_ins + n_tup_upd > 100 order by n_tup_ins + n_tup_upd desc limit 20
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            Console.WriteLine($"    {reader.GetString(0),-20} inserted {reader.GetInt64(1),8} updated {reader.GetInt64(2),8} (in place {reader.GetInt64(3),8}) deleted {reader.GetInt64(4),8} size {reader.GetString(5)}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _sampling;
        _ended.Dispose();
    }

    private async Task SampleAsync()
    {
        await using var connection = await _cluster.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(Sample, connection);
        while (!_ended.IsCancellationRequested)
        {
            await using (var reader = await command.ExecuteReaderAsync())
            {
                while (await reader.ReadAsync())
                {
                    var key = (reader.GetString(0), reader.GetString(1), reader.GetString(2));
                    _seen[key] = _seen.GetValueOrDefault(key) + 1;
                }
            }

            _samples++;
            await Task.Delay(33);
        }
    }
}
