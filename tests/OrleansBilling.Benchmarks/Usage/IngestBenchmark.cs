using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Measure;
using OrleansBilling.Testing;

namespace OrleansBilling.Benchmarks.Usage;

/// <summary>Usage events over HTTP into the real server, durable and deduplicated, beside COPY of the same rows.</summary>
internal static class IngestBenchmark
{
    private const int DefaultEvents = 1_000_000;
    private const int Accounts = 1000;
    private const int Senders = 12;

    /// <summary>Measures and prints.</summary>
    /// <returns>Whether every event counts once.</returns>
    public static async Task<bool> RunAsync(BenchmarkCluster cluster, BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var count = arguments.Events ?? DefaultEvents;
        Console.WriteLine($"ingest: {count} events of {Accounts} accounts in bodies of {EventStream.PerBody}, {EventStream.Repeated} % of them repeated, {Senders} senders; {Machine.Describe()}");
        await using var server = await ServerUnderTest.StartAsync(cluster, arguments.Server, cancellation);
        try
        {
            server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServerUnderTest.Key);
            var stream = new EventStream();
            await stream.PrepareAsync(server, Accounts, apart: 0, cancellation);
            if (arguments.Days > 0)
            {
                await EarlierDays.FillAsync(cluster, arguments.Days, cancellation);
            }

            var now = Clock.Seconds();
            var warmUp = Enumerable.Range(0, 60).Select(_ => stream.NextBody(now)).ToList();
            var bodies = Enumerable.Range(0, count / EventStream.PerBody).Select(_ => stream.NextBody(now)).ToList();
            await SendAsync(server, warmUp, cancellation);
            if (arguments.Days > 0)
            {
                // The first events make the server read the keys of these days, beside them.
                await Task.Delay(TimeSpan.FromSeconds(20), cancellation);
            }

            await cluster.ExecuteAsync("checkpoint", cancellation);

            var profile = arguments.Profile ? await DatabaseProfile.BeginAsync(cluster, cancellation) : null;
            var (memory, cpu, database) = (ProcessUsage.MemoryOf(server.Pid), ProcessUsage.CpuOf(server.Pid), ProcessUsage.CpuOfTree(cluster.PostmasterPid));
            var own = Process.GetCurrentProcess().TotalProcessorTime;
            var result = await SendAsync(server, bodies, cancellation);
            var memoryAfter = ProcessUsage.MemoryOf(server.Pid);
            await (profile?.PrintAsync(cancellation) ?? Task.CompletedTask);
            var sent = bodies.Count * EventStream.PerBody;
            var perSecond = sent / result.Seconds;
            Console.WriteLine($"  {sent} events in {result.Seconds:0.0} s: {result.Accepted} accepted, {result.Duplicates} duplicates");
            Console.WriteLine(
                $"  CPU of an event: server {(ProcessUsage.CpuOf(server.Pid) - cpu) / sent * 1e6:0.0} us, database {(ProcessUsage.CpuOfTree(cluster.PostmasterPid) - database) / sent * 1e6:0.0} us, " +
                $"sender {(Process.GetCurrentProcess().TotalProcessorTime - own).TotalSeconds / sent * 1e6:0.0} us; memory of the server {memory:0} MB before, {memoryAfter:0} MB after, {ProcessUsage.PeakMemoryOf(server.Pid):0} MB at most");

            var rows = await cluster.ScalarAsync<long>("select count(*) from usage_event", cancellation);
            var keys = await cluster.ScalarAsync<long>("select count(distinct key) from usage_key where batch > 0", cancellation);
            var isRight = rows == result.Accepted + await AcceptedBefore(cluster, result, cancellation) && keys == rows && result.Accepted + result.Duplicates == sent;
            await ServerUnderTest.StopAsync(server);
            var copied = await CopyYardstick.RunAsync(cluster, cancellation);
            Console.WriteLine($"  COPY of the {copied.Rows} rows into the events table and of their keys, with all indexes: {copied.PerSecond:0} rows/s ({copied.EventSeconds:0.0} s and {copied.KeySeconds:0.0} s)");
            Console.WriteLine($"  new rows alone: {result.Accepted / result.Seconds:0}/s, {result.Accepted / result.Seconds / copied.PerSecond:0.00} of COPY");
            Console.WriteLine(isRight ? "  checks: every event is there once" : $"  FAULT: {rows} rows, {keys} keys");
            Console.WriteLine($"{perSecond:0} events/s");
            Console.WriteLine(FormattableString.Invariant($"ratio {perSecond / copied.PerSecond:0.00}"));
            Console.WriteLine($"p99 {result.Percentile(0.99):0} ms");
            return isRight;
        }
        catch (Exception e) when (e is BenchmarkException or HttpRequestException)
        {
            Console.Error.WriteLine(server.Log);
            throw;
        }
    }

    /// <summary>Sends bodies from several senders, each waiting for its answer; a busy server is asked again.</summary>
    public static async Task<SendResult> SendAsync(ServerProcess server, IReadOnlyList<byte[]> bodies, CancellationToken cancellation)
    {
        var next = -1;
        var times = new double[bodies.Count];
        var (accepted, duplicates) = (0L, 0L);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < bodies.Count; i = Interlocked.Increment(ref next))
            {
                var began = Stopwatch.GetTimestamp();
                var taken = await SendAsync(server, bodies[i], cancellation);
                times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                Interlocked.Add(ref accepted, taken.GetProperty("accepted").GetInt64());
                Interlocked.Add(ref duplicates, taken.GetProperty("duplicates").GetInt64());
            }
        }));
        return new SendResult(watch.Elapsed.TotalSeconds, accepted, duplicates, times);
    }

    /// <summary>Sends one body.</summary>
    public static async Task<JsonElement> SendAsync(ServerProcess server, byte[] body, CancellationToken cancellation)
    {
        while (true)
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await server.Client.PostAsync(new Uri("/v1/usage/events", UriKind.Relative), content, cancellation);
            if (response.IsSuccessStatusCode)
            {
                using var taken = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
                return taken.RootElement.Clone();
            }

            if ((int)response.StatusCode != 503)
            {
                throw new BenchmarkException($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellation)}");
            }

            await Task.Delay(50, cancellation);
        }
    }

    // Events of the warming up, which are there too.
    private static async Task<long> AcceptedBefore(BenchmarkCluster cluster, SendResult result, CancellationToken cancellation) =>
        await cluster.ScalarAsync<long>("select count(*) from usage_key where batch > 0", cancellation) - result.Accepted;
}

/// <summary>What came of sending.</summary>
internal sealed record SendResult(double Seconds, long Accepted, long Duplicates, double[] Times)
{
    /// <summary>A percentile of the times of single requests, in milliseconds.</summary>
    public double Percentile(double part) => Times.Order().ElementAt(Math.Min(Times.Length - 1, (int)(Times.Length * part)));
}
