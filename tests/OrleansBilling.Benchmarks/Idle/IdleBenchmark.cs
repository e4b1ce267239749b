using System.Diagnostics;
using System.Globalization;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Fill;
using OrleansBilling.Benchmarks.Measure;
using OrleansBilling.Testing;

namespace OrleansBilling.Benchmarks.Idle;

/// <summary>A server with very many subscriptions that are all dormant: what they cost while nothing is due.</summary>
internal static class IdleBenchmark
{
    private const int DefaultSubscriptions = 1_000_000;
    private const int DefaultSeconds = 60;

    // The runtime compiles what it has seen often enough once more, for minutes after a start: not a cost of being idle.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(120);

    /// <summary>Measures and prints.</summary>
    /// <returns>Whether everything was still dormant at the end.</returns>
    public static async Task<bool> RunAsync(BenchmarkCluster cluster, BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var count = arguments.Subscriptions ?? DefaultSubscriptions;
        var seconds = arguments.Seconds ?? DefaultSeconds;
        Console.WriteLine($"idle: {count} dormant subscriptions; {Machine.Describe()}");
        var empty = await SampleAsync(cluster, arguments, seconds, cancellation);
        Console.WriteLine(FormattableString.Invariant($"  empty database: server {empty.Server:0.00} %, database {empty.Database:0.00} % of a core"));
        var watch = Stopwatch.StartNew();
        await DormantFill.WriteAsync(cluster, Clock.Now(), count, cancellation);
        Console.WriteLine($"  loaded in {watch.Elapsed.TotalSeconds:0} s");
        var loaded = await SampleAsync(cluster, arguments, seconds, cancellation);
        Console.WriteLine($"  managed heap {loaded.Heap:0} MB (empty {empty.Heap:0} MB)");
        var next = await NextDue.MeasureAsync(cluster, cancellation);
        var renewed = await cluster.ScalarAsync<long>("select count(*) from invoice where cause = 'renewal'", cancellation);
        Console.WriteLine(FormattableString.Invariant($"idle server {loaded.Server:0.00} % of a core"));
        Console.WriteLine(FormattableString.Invariant($"idle database {loaded.Database:0.00} % of a core"));
        Console.WriteLine($"memory {loaded.Memory:0} MB (empty {empty.Memory:0} MB)");
        Console.WriteLine(FormattableString.Invariant($"next 1000 due in {next:0.0} ms"));
        return renewed == 0;
    }

    private static async Task<Sample> SampleAsync(
        BenchmarkCluster cluster, BenchmarkArguments arguments, int seconds, CancellationToken cancellation)
    {
        await using var server = await ServerUnderTest.StartAsync(cluster, arguments.Server, cancellation);
        await Task.Delay(Settling, cancellation);
        var (serverBefore, databaseBefore) = (ProcessUsage.CpuOf(server.Pid), ProcessUsage.CpuOfTree(cluster.PostmasterPid));
        var watch = Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromSeconds(seconds), cancellation);
        var elapsed = watch.Elapsed.TotalSeconds;
        var sample = new Sample(
            (ProcessUsage.CpuOf(server.Pid) - serverBefore) / elapsed * 100,
            (ProcessUsage.CpuOfTree(cluster.PostmasterPid) - databaseBefore) / elapsed * 100,
            ProcessUsage.MemoryOf(server.Pid),
            await HeapAsync(server, cancellation));
        await ServerUnderTest.StopAsync(server);
        return sample;
    }

    private static async Task<double> HeapAsync(ServerProcess server, CancellationToken cancellation)
    {
        var metrics = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellation);
        return metrics.Split('\n').Where(line => line.StartsWith("dotnet_gc_last_collection_heap_size_bytes{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture)) / 1048576;
    }

    private sealed record Sample(double Server, double Database, double Memory, double Heap);
}
