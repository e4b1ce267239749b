using System.Diagnostics;
using System.Net.Http.Headers;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Measure;

namespace OrleansBilling.Benchmarks.Usage;

/// <summary>Whether the server's memory stays flat while events arrive for many minutes at half of the rate that is asked of it.</summary>
internal static class SoakBenchmark
{
    private const int DefaultMinutes = 10;
    private const int DefaultRate = 25_000;
    private const int Accounts = 1000;
    private const int Senders = 8;

    // Of what is left after the first two minutes, in which code is compiled and pools fill.
    private const double MostGrowth = 0.10;

    /// <summary>Measures and prints.</summary>
    /// <returns>Whether memory stays flat and every event is there once.</returns>
    public static async Task<bool> RunAsync(BenchmarkCluster cluster, BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var (minutes, rate) = (arguments.Minutes ?? DefaultMinutes, arguments.Rate ?? DefaultRate);
        Console.WriteLine($"soak: {rate} events/s for {minutes} min from {Senders} senders; {Machine.Describe()}");
        await using var server = await ServerUnderTest.StartAsync(cluster, arguments.Server, cancellation);
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServerUnderTest.Key);
        var stream = new EventStream();
        await stream.PrepareAsync(server, Accounts, apart: 0, cancellation);

        var memory = new List<double>();
        var (accepted, duplicates, sent) = (0L, 0L, 0L);
        for (var minute = 1; minute <= minutes; minute++)
        {
            var (cpu, database) = (ProcessUsage.CpuOf(server.Pid), ProcessUsage.CpuOfTree(cluster.PostmasterPid));
            var watch = Stopwatch.StartNew();
            var (taken, repeated) = await SendMinuteAsync(server, stream, rate, cancellation);
            (accepted, duplicates, sent) = (accepted + taken, duplicates + repeated, sent + taken + repeated);
            memory.Add(ProcessUsage.MemoryOf(server.Pid));
            Console.WriteLine(
                $"  minute {minute}: {memory[^1]:0} MB, {(taken + repeated) / watch.Elapsed.TotalSeconds:0} events/s, " +
                $"server {(ProcessUsage.CpuOf(server.Pid) - cpu) / watch.Elapsed.TotalSeconds:0.00} and database {(ProcessUsage.CpuOfTree(cluster.PostmasterPid) - database) / watch.Elapsed.TotalSeconds:0.00} of a core");
        }

        var rows = await cluster.ScalarAsync<long>("select count(*) from usage_event", cancellation);
        await ServerUnderTest.StopAsync(server);
        var first = memory[Math.Min(1, memory.Count - 1)];
        var growth = (memory.Skip(memory.Count / 2).Average() - first) / first;
        Console.WriteLine(rows == accepted ? $"  checks: {sent} events, each is there once" : $"  FAULT: {rows} rows of {accepted} accepted events, {duplicates} duplicates");
        Console.WriteLine($"memory {first:0} MB after two minutes, {memory[^1]:0} MB at the end, {memory.Max():0} MB at most; the second half is {growth:P0} above");
        return rows == accepted && growth <= MostGrowth;
    }

    // Bodies are made as they are sent: made before, they would be gigabytes.
    private static async Task<(long Accepted, long Duplicates)> SendMinuteAsync(Testing.ServerProcess server, EventStream stream, int rate, CancellationToken cancellation)
    {
        var bodies = rate * 60 / EventStream.PerBody;
        var watch = Stopwatch.StartNew();
        var gate = new Lock();
        var (next, accepted, duplicates) = (0, 0L, 0L);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(async _ =>
        {
            while (true)
            {
                byte[] body;
                int number;
                lock (gate)
                {
                    if (next == bodies)
                    {
                        return;
                    }

                    number = next++;
                    body = stream.NextBody(Clock.Seconds());
                }

                var wait = (number * (double)EventStream.PerBody / rate) - watch.Elapsed.TotalSeconds;
                if (wait > 0)
                {
                    await Task.Delay(TimeSpan.FromSeconds(wait), cancellation);
                }

                var taken = await IngestBenchmark.SendAsync(server, body, cancellation);
                Interlocked.Add(ref accepted, taken.GetProperty("accepted").GetInt64());
                Interlocked.Add(ref duplicates, taken.GetProperty("duplicates").GetInt64());
            }
        }));
        return (accepted, duplicates);
    }
}
