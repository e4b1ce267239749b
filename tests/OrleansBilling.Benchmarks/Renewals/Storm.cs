using NodaTime;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Fill;
using OrleansBilling.Benchmarks.Measure;

namespace OrleansBilling.Benchmarks.Renewals;

/// <summary>Makes subscriptions due on a server that runs, and watches until the last of them is paid.</summary>
internal sealed class Storm(BenchmarkCluster cluster, int server)
{
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(60);

    /// <summary>Runs one storm.</summary>
    /// <param name="writer">Writes what is due.</param>
    /// <param name="customers">Whose subscriptions renew.</param>
    /// <param name="dueAt">When; it is run later where that is too near, or null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="BenchmarkException">Nothing more was paid for a minute.</exception>
    public async Task<StormResult> RunAsync(CustomerWriter writer, IReadOnlyList<Customer> customers, Instant? dueAt, CancellationToken cancellation)
    {
        var paidBefore = await PaidAsync(cancellation);
        var soonest = Clock.Seconds() + Duration.FromSeconds(3 + (customers.Count / 10_000));
        var runAt = dueAt > soonest ? dueAt.Value : soonest;
        await writer.WriteDueAsync(customers, runAt, cancellation);
        await cluster.SettleAsync(cancellation);
        while (Clock.Now() < runAt)
        {
            await Task.Delay(20, cancellation);
        }

        Console.WriteLine($"  {customers.Count} subscriptions are due");
        var (serverCpu, databaseCpu) = Cpu();
        var progress = new List<(double Seconds, long Paid)> { (0, 0) };
        while (progress[^1].Paid < customers.Count)
        {
            await Task.Delay(Pause(progress, customers.Count), cancellation);
            var paid = await PaidAsync(cancellation) - paidBefore;
            var now = (Clock.Now() - runAt).TotalSeconds;
            if (paid > progress[^1].Paid)
            {
                progress.Add((now, paid));
            }
            else if (now - progress[^1].Seconds > Stalled.TotalSeconds)
            {
                throw new BenchmarkException($"Only {paid} of {customers.Count} renewals are paid, and nothing has moved for {Stalled.TotalSeconds:0} s.");
            }
        }

        var (serverAfter, databaseAfter) = Cpu();
        return new StormResult(progress, serverAfter - serverCpu, databaseAfter - databaseCpu, ProcessUsage.PeakMemoryOf(server));
    }

    private (double Server, double Database) Cpu() => (ProcessUsage.CpuOf(server), ProcessUsage.CpuOfTree(cluster.PostmasterPid));

    // Each look costs the database some milliseconds: seldom in the middle, often near the end.
    private static TimeSpan Pause(List<(double Seconds, long Paid)> progress, int wanted)
    {
        var (seconds, paid) = progress[^1];
        var left = paid == 0 ? 2 : seconds / paid * (wanted - paid);
        return TimeSpan.FromSeconds(Math.Clamp(left / 2, 0.03, 2));
    }

    private Task<long> PaidAsync(CancellationToken cancellation) =>
        cluster.ScalarAsync<long>("select count(*) from invoice where status = 'paid' and cause = 'renewal' and number is not null", cancellation);
}

/// <summary>What a storm took.</summary>
/// <param name="Progress">Renewals paid after so many seconds since they were due.</param>
/// <param name="ServerCpu">CPU seconds of the server.</param>
/// <param name="DatabaseCpu">CPU seconds of PostgreSQL.</param>
/// <param name="PeakMemory">The server's largest resident memory, in MB.</param>
internal sealed record StormResult(IReadOnlyList<(double Seconds, long Paid)> Progress, double ServerCpu, double DatabaseCpu, double PeakMemory)
{
    /// <summary>From the first due to the last paid.</summary>
    public double RenewalsPerSecond => Progress[^1].Paid / Progress[^1].Seconds;

    /// <summary>Prints it.</summary>
    public void Print()
    {
        var (seconds, paid) = Progress[^1];
        Console.WriteLine($"  {paid} renewals in {seconds:0.00} s, from first due to last paid");
        Console.WriteLine($"  due to paid: 50 % after {After(0.50):0.00} s, 95 % after {After(0.95):0.00} s, all after {seconds:0.00} s");
        Console.WriteLine($"  CPU: server {ServerCpu:0.0} s ({ServerCpu / paid * 1e6:0} us a renewal), database {DatabaseCpu:0.0} s ({DatabaseCpu / paid * 1e6:0} us a renewal)");
        Console.WriteLine($"  memory: server {PeakMemory:0} MB at its peak");
    }

    // All are due at one instant, so the time at which half are paid is the median of their waits.
    private double After(double share)
    {
        var wanted = Progress[^1].Paid * share;
        for (var i = 1; i < Progress.Count; i++)
        {
            var (seconds, paid) = Progress[i];
            var (earlier, fewer) = Progress[i - 1];
            if (paid >= wanted)
            {
                return earlier + ((seconds - earlier) * (wanted - fewer) / (paid - fewer));
            }
        }

        return Progress[^1].Seconds;
    }
}
