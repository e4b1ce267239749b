using System.Diagnostics;
using Npgsql;
using OrleansBilling.Benchmarks.Cluster;

namespace OrleansBilling.Benchmarks.Usage;

/// <summary>
/// What COPY alone reaches: the rows of the events table and their keys, binary, each in one statement into fresh partitions
/// with all indexes, durable, with nobody else at work.
/// </summary>
internal sealed record CopyYardstick(long Rows, double EventSeconds, double KeySeconds)
{
    private const string Events = "batch, received_at, day, n, at, account, meter, id, subscription, value, properties, hold";
    private const string Keys = "content, batch, key, day, n";

    /// <summary>Rows a second.</summary>
    public double PerSecond => Rows / (EventSeconds + KeySeconds);

    /// <summary>Measures.</summary>
    public static async Task<CopyYardstick> RunAsync(BenchmarkCluster cluster, CancellationToken cancellation)
    {
        await cluster.ExecuteAsync("select usage_make_day('2000-01-01')", cancellation);
        await using var connection = await cluster.OpenAsync(cancellation);
        var events = await ReadAsync(connection, $"copy (select {Events.Replace("day", "date '2000-01-01'", StringComparison.Ordinal)} from usage_event order by batch, n) to stdout (format binary)", cancellation);
        var keys = await ReadAsync(connection, $"copy (select {Keys.Replace("day", "date '2000-01-01'", StringComparison.Ordinal)} from usage_key where batch > 0 order by batch, n) to stdout (format binary)", cancellation);
        var rows = await cluster.ScalarAsync<long>("select count(*) from usage_event", cancellation);
        await cluster.ExecuteAsync("checkpoint", cancellation);
        return new CopyYardstick(
            rows,
            await WriteAsync(connection, $"copy usage_event_20000101 ({Events}) from stdin (format binary)", events, cancellation),
            await WriteAsync(connection, $"copy usage_key_20000101 ({Keys}) from stdin (format binary)", keys, cancellation));
    }

    private static async Task<List<byte[]>> ReadAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        var chunks = new List<byte[]>();
        await using var copy = await connection.BeginRawBinaryCopyAsync(sql, cancellation);
        var buffer = new byte[1 << 20];
        int read;
        while ((read = await copy.ReadAsync(buffer, cancellation)) > 0)
        {
            chunks.Add(buffer[..read]);
        }

        return chunks;
    }

    private static async Task<double> WriteAsync(NpgsqlConnection connection, string sql, List<byte[]> chunks, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        await using (var copy = await connection.BeginRawBinaryCopyAsync(sql, cancellation))
        {
            foreach (var chunk in chunks)
            {
                await copy.WriteAsync(chunk, cancellation);
            }
        }

        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
