using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Measure;
using OrleansBilling.Testing;

namespace OrleansBilling.Benchmarks.Usage;

/// <summary>How soon an event is seen while others arrive, and how long the usage of an account with millions of events takes.</summary>
internal static class UsageBenchmark
{
    private const int DefaultRate = 25_000;
    private const int DefaultSeconds = 20;
    private const int DefaultEvents = 2_000_000;
    private const int Accounts = 500;

    /// <summary>Measures and prints.</summary>
    /// <returns>Whether what was read is right.</returns>
    public static async Task<bool> RunAsync(BenchmarkCluster cluster, BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var (rate, seconds, large) = (arguments.Rate ?? DefaultRate, arguments.Seconds ?? DefaultSeconds, arguments.Events ?? DefaultEvents);
        Console.WriteLine($"usage: {rate} events/s for {seconds} s, then an account with {large} events; {Machine.Describe()}");
        await using var server = await ServerUnderTest.StartAsync(cluster, arguments.Server, cancellation);
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServerUnderTest.Key);
        var stream = new EventStream();
        await stream.PrepareAsync(server, Accounts + 2, apart: 2, cancellation);
        var (probed, full) = (stream.Accounts[^1], stream.Accounts[^2]);
        var now = Clock.Seconds();
        await IngestBenchmark.SendAsync(server, [.. Enumerable.Range(0, 60).Select(_ => stream.NextBody(now))], cancellation);
        var bodies = Enumerable.Range(0, rate * seconds / EventStream.PerBody).Select(_ => stream.NextBody(now)).ToList();
        var memory = ProcessUsage.MemoryOf(server.Pid);
        var seen = await SeenAsync(server, bodies, rate, probed, cancellation);
        Console.WriteLine(
            $"  event to visible while {seen.Sent} events arrived at {seen.Rate:0}/s: p50 {Percentile(seen.Times, 0.5):0} ms, p99 {Percentile(seen.Times, 0.99):0} ms of {seen.Times.Count}; " +
            $"memory of the server {memory:0} MB before, {ProcessUsage.MemoryOf(server.Pid):0} MB after");

        await FillAsync(cluster, full, large, cancellation);
        var times = new List<double>();
        var quantity = "";
        for (var i = 0; i < 200; i++)
        {
            var began = Stopwatch.GetTimestamp();
            quantity = await QuantityAsync(server, full, cancellation);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        var wanted = await cluster.ScalarAsync<decimal>($"select sum(value) from usage_event where account = '{full}' and at >= date_trunc('month', now() at time zone 'UTC') at time zone 'UTC'", cancellation);
        var isRight = decimal.Parse(quantity, CultureInfo.InvariantCulture) == wanted;
        Console.WriteLine($"  current usage of an account with {large} events: p50 {Percentile(times, 0.5):0.0} ms, p99 {Percentile(times, 0.99):0.0} ms");
        Console.WriteLine(isRight ? "  checks: the quantity is the sum of the events" : $"  FAULT: {quantity} instead of {wanted}");
        await ServerUnderTest.StopAsync(server);
        Console.WriteLine($"{seen.Rate:0} events/s");
        Console.WriteLine($"p99 {Percentile(seen.Times, 0.99):0} ms");
        return isRight;
    }

    /// <summary>Sends bodies at a pace, and events of one account beside them, each of which is then looked for.</summary>
    private static async Task<(IReadOnlyList<double> Times, long Sent, double Rate)> SeenAsync(
        ServerProcess server, List<byte[]> bodies, int rate, string account, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var next = -1;
        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < bodies.Count; i = Interlocked.Increment(ref next))
            {
                var wait = (i * (double)EventStream.PerBody / rate) - watch.Elapsed.TotalSeconds;
                if (wait > 0)
                {
                    await Task.Delay(TimeSpan.FromSeconds(wait), cancellation);
                }

                await IngestBenchmark.SendAsync(server, bodies[i], cancellation);
            }

            return watch.Elapsed.TotalSeconds;
        }));
        var times = new List<double>();
        for (var i = 1; !load.IsCompleted; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await EventStream.PostAsync(server, "/v1/usage/events", $$"""{"events":[{"id":"probe-{{i}}","account":"{{account}}","meter":"tokens","value":"1"}]}""", cancellation);
            while (await QuantityAsync(server, account, cancellation) != $"{i}")
            {
                await Task.Delay(5, cancellation);
            }

            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await Task.Delay(20, cancellation);
        }

        var sent = bodies.Count * (long)EventStream.PerBody;
        return (times, sent, sent / (await load).Max());
    }

    private static async Task<string> QuantityAsync(ServerProcess server, string account, CancellationToken cancellation)
    {
        using var usage = JsonDocument.Parse(await server.Client.GetStringAsync(new Uri($"/v1/accounts/{account}/usage?meter=tokens", UriKind.Relative), cancellation));
        return usage.RootElement.GetProperty("data")[0].GetProperty("quantity").GetString()!;
    }

    /// <summary>Writes events as the server's writer does, and waits until they are rolled up.</summary>
    private static async Task FillAsync(BenchmarkCluster cluster, string account, int events, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        const int perBatch = 20_000;
        for (var first = 0; first < events; first += perBatch)
        {
            await cluster.ExecuteAsync(
                $$"""
                with opened as (select * from usage_open_batch()),
                written as (
                    insert into usage_event (batch, at, received_at, day, n, account, meter, id, value, properties)
                    select o.batch, o.received_at - interval '1 second' * ({{first}} + i) * 0.1, o.received_at, o.day, i, '{{account}}', 'tokens', 'fill-' || ({{first}} + i), (i % 100) + 0.5,
                        jsonb_build_object('model', 'm' || (i % 3))
                    from opened o, generate_series(1, {{Math.Min(perBatch, events - first)}}) as i)
                insert into usage_pending (batch, day, events) select o.batch, o.day, {{Math.Min(perBatch, events - first)}} from opened o
                """,
                cancellation);
        }

        while (await cluster.ScalarAsync<long>("select count(*) from usage_pending", cancellation) > 0)
        {
            await Task.Delay(100, cancellation);
        }

        await cluster.SettleAsync(cancellation);
        Console.WriteLine($"  filled and rolled up in {watch.Elapsed.TotalSeconds:0.0} s");
    }

    private static double Percentile(IReadOnlyList<double> times, double part) =>
        times.Count == 0 ? double.NaN : times.Order().ElementAt(Math.Min(times.Count - 1, (int)(times.Count * part)));
}
