using System.Globalization;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Measure;
using OrleansBilling.Testing;

namespace OrleansBilling.Benchmarks.Holds;

/// <summary>
/// Holds over HTTP against the real server, at a fixed rate whatever the answers take: on distinct accounts, and all on one
/// wallet that is too small for all of them.
/// </summary>
internal static class HoldBenchmark
{
    private const int DefaultSeconds = 20;
    private const int WarmUpSeconds = 20;
    private const int Wallets = 500;
    private const int DistinctRate = 500;
    private const int SharedRate = 200;

    /// <summary>Measures and prints.</summary>
    /// <returns>Whether nothing failed and nothing was overspent.</returns>
    public static async Task<bool> RunAsync(BenchmarkCluster cluster, BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var seconds = arguments.Seconds ?? DefaultSeconds;
        Console.WriteLine($"holds: {DistinctRate}/s on {Wallets} accounts, then {SharedRate}/s on one wallet, {seconds} s each; {Machine.Describe()}");
        var settings = new Dictionary<string, string>(arguments.Server, StringComparer.Ordinal) { ["Billing__RequestsPerSecond"] = "100000", ["Billing__RequestBurst"] = "100000" };
        await using var server = await ServerUnderTest.StartAsync(cluster, settings, cancellation);
        try
        {
            using var api = new HoldCaller(server.Address);
            var wallets = new List<string>();
            for (var i = 0; i < Wallets; i++)
            {
                wallets.Add(await api.WalletAsync(1_000_000_000, cancellation));
            }

            await HoldStorm.RunAsync(api, wallets, DistinctRate, WarmUpSeconds, cancellation);
            var runtime = arguments.Profile ? await RuntimeProfile.BeginAsync(server, cancellation) : null;
            var database = arguments.Profile ? await DatabaseProfile.BeginAsync(cluster, cancellation) : null;
            var cpu = Cpu();
            var distinct = await HoldStorm.RunAsync(api, wallets, DistinctRate, seconds, cancellation);
            var used = Cpu().Zip(cpu, (after, before) => (after - before) * 1e6 / (DistinctRate * seconds)).ToArray();
            Print($"{DistinctRate}/s on distinct accounts", distinct);
            Console.WriteLine(FormattableString.Invariant($"  CPU of one hold: {used[0]:0} us of the server, {used[1]:0} us of the database, {used[2]:0} us of the sender"));
            await (runtime?.PrintAsync(cancellation) ?? Task.CompletedTask);
            await (database?.PrintAsync(cancellation) ?? Task.CompletedTask);

            // Room for nine in ten: the rest must be refused, and not one unit more be held.
            var room = SharedRate * seconds * 9 / 10;
            var shared = await api.WalletAsync(room, cancellation);
            var one = await HoldStorm.RunAsync(api, [shared], SharedRate, seconds, cancellation);
            Print($"{SharedRate}/s on one wallet", one);
            var held = await cluster.ScalarAsync<decimal>($"select held from wallet_grant where wallet = '{shared}'", cancellation);
            var standing = await cluster.ScalarAsync<decimal>($"select coalesce(sum(amount), 0) from wallet_hold where wallet = '{shared}' and status = 'held'", cancellation);
            Console.WriteLine($"  one wallet of {room}: {one.Held} held, {one.Refused} refused, {held} pinned, {standing} in standing holds");
            Console.WriteLine(FormattableString.Invariant($"p99 {distinct.Percentile(99):0.0} ms"));
            return distinct.Failed == 0 && one.Failed == 0 && held == room && standing == room && one.Held == room;

            double[] Cpu() => [ProcessUsage.CpuOf(server.Pid), ProcessUsage.CpuOfTree(cluster.PostmasterPid), ProcessUsage.CpuOf(Environment.ProcessId)];
        }
        finally
        {
            await ServerUnderTest.StopAsync(server);
        }
    }

    private static void Print(string what, StormResult result) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"  {what}: {result.PerSecond:0} answered/s, p50 {result.Percentile(50):0.0} ms, p99 {result.Percentile(99):0.0} ms, max {result.Percentile(100):0.0} ms, {result.Failed} failed"));
}
