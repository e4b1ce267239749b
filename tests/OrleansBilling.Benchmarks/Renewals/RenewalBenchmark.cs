using System.Diagnostics;
using NodaTime;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Fill;
using OrleansBilling.Benchmarks.Measure;
using OrleansBilling.Benchmarks.Pgbench;

namespace OrleansBilling.Benchmarks.Renewals;

/// <summary>Active subscriptions that are all due at one instant, renewed, charged and booked by the real server through its schedule.</summary>
internal static class RenewalBenchmark
{
    private const int DefaultSubscriptions = 20_000;
    private const int DefaultSeconds = 15;

    /// <summary>Measures and prints.</summary>
    /// <returns>Whether every check of the result held.</returns>
    public static async Task<bool> RunAsync(BenchmarkCluster cluster, BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var count = arguments.Subscriptions ?? DefaultSubscriptions;
        var seconds = arguments.Seconds ?? DefaultSeconds;
        Console.WriteLine($"renewals: {count} subscriptions due at one instant, {arguments.WarmUp} others before them, numbered by {(arguments.BySeller ? "seller" : "account")}; {Machine.Describe()}");
        var pgbench = await PgbenchRun.PrepareAsync(cluster, count, cancellation);
        var before = await pgbench.RunAsync(seconds, "prepared", cancellation);
        Console.WriteLine($"  pgbench before: {before:0} transactions/s ({PgbenchRun.Clients} clients, {seconds} s)");
        var (storm, faults) = await StormAsync(cluster, arguments, count, cancellation);
        var after = await pgbench.RunAsync(seconds, "prepared", cancellation);
        var simple = await pgbench.RunAsync(seconds, "simple", cancellation);
        Console.WriteLine($"  pgbench after:  {after:0} transactions/s; without prepared statements, which is pgbench's own way, {simple:0}");
        storm.Print();
        foreach (var fault in faults)
        {
            Console.WriteLine($"  FAULT: {fault}");
        }

        Console.WriteLine(faults.Count == 0 ? "  checks: every subscription renewed, charged and booked exactly once" : "  checks failed");
        Console.WriteLine($"{storm.RenewalsPerSecond:0} renewals/s");
        Console.WriteLine(FormattableString.Invariant($"ratio {storm.RenewalsPerSecond / ((before + after) / 2):0.00}"));
        return faults.Count == 0;
    }

    private static async Task<(StormResult Result, IReadOnlyList<string> Faults)> StormAsync(
        BenchmarkCluster cluster, BenchmarkArguments arguments, int count, CancellationToken cancellation)
    {
        var all = count + arguments.WarmUp;
        // Generous for loading and the server's start; a slower machine runs them late, as after an outage.
        var dueAt = Clock.Seconds() + Duration.FromSeconds(20 + (all / 1000));
        var population = new Population(dueAt);
        var customers = Enumerable.Range(0, all).Select(population.Make).ToList();
        await using var writer = new CustomerWriter(cluster);
        await writer.WritePlanAsync(population.StartAt);
        if (arguments.BySeller)
        {
            await writer.NumberBySellerAsync(population.StartAt);
        }

        var watch = Stopwatch.StartNew();
        var loading = arguments.Profile ? await DatabaseProfile.BeginAsync(cluster, cancellation) : null;
        var (took, own, database) = await writer.WriteAsync(customers, cancellation);
        Console.WriteLine(
            $"  loaded in {watch.Elapsed.TotalSeconds:0.0} s; committer and database alone: {all / took:0} renewals/s, " +
            $"CPU {own / all * 1e6:0} us + {database / all * 1e6:0} us each");
        await (loading?.PrintAsync(cancellation) ?? Task.CompletedTask);
        await cluster.SettleAsync(cancellation);
        var expected = await RenewalChecks.BeginAsync(cluster, count, cancellation);

        await using var server = await ServerUnderTest.StartAsync(cluster, arguments.Server, cancellation);
        try
        {
            var storm = new Storm(cluster, server.Pid);
            if (arguments.WarmUp > 0)
            {
                await storm.RunAsync(writer, customers[count..], dueAt: null, cancellation);
                await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
                expected = await RenewalChecks.BeginAsync(cluster, count, cancellation);
            }

            var profile = arguments.Profile ? await DatabaseProfile.BeginAsync(cluster, cancellation) : null;
            var runtime = arguments.Profile ? await RuntimeProfile.BeginAsync(server, cancellation) : null;
            var result = await storm.RunAsync(writer, customers[..count], dueAt, cancellation);
            if (profile is not null)
            {
                await profile.PrintAsync(cancellation);
                await runtime!.PrintAsync(cancellation);
            }

            var faults = await expected.CompareAsync(cancellation);
            await ServerUnderTest.StopAsync(server);
            return (result, faults);
        }
        catch (BenchmarkException)
        {
            Console.Error.WriteLine(server.Log);
            throw;
        }
    }
}
