using NodaTime;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Fill;
using OrleansBilling.Benchmarks.Measure;

namespace OrleansBilling.Benchmarks.Grouped;

/// <summary>One account with many subscriptions, all due at one instant: renewed by the real server, and billed on one invoice.</summary>
internal static class GroupedBenchmark
{
    private const int DefaultSubscriptions = 30_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Measures and prints.</summary>
    /// <returns>Whether every check of the result held.</returns>
    public static async Task<bool> RunAsync(BenchmarkCluster cluster, BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var count = arguments.Subscriptions ?? DefaultSubscriptions;
        Console.WriteLine($"grouped: {count} subscriptions of one account due at one instant, {arguments.WarmUp} of another one before them; {Machine.Describe()}");
        var dueAt = Clock.Seconds() + Duration.FromSeconds(20 + ((count + arguments.WarmUp) / 1000));
        var population = new Population(dueAt);
        var measured = population.MakeGrouped(0, count);
        await using var writer = new CustomerWriter(cluster);
        await writer.WritePlanAsync(population.StartAt);
        await writer.WriteAsync(measured, cancellation);
        var warm = arguments.WarmUp > 0 ? population.MakeGrouped(count, arguments.WarmUp) : null;
        if (warm is not null)
        {
            await writer.WriteAsync(warm, cancellation);
        }

        await cluster.SettleAsync(cancellation);
        await using var server = await ServerUnderTest.StartAsync(cluster, arguments.Server, cancellation);
        try
        {
            // The first invoices, of what was gathered at the creation.
            await WaitAsync(cluster, measured, 1, cancellation);
            if (warm is not null)
            {
                await WaitAsync(cluster, warm, 1, cancellation);
                await StormAsync(cluster, writer, warm, dueAt: null, cancellation);
            }

            var profile = arguments.Profile ? await DatabaseProfile.BeginAsync(cluster, cancellation) : null;
            var runtime = arguments.Profile ? await RuntimeProfile.BeginAsync(server, cancellation) : null;
            var (serverCpu, databaseCpu) = (ProcessUsage.CpuOf(server.Pid), ProcessUsage.CpuOfTree(cluster.PostmasterPid));
            var (renewed, issued, paid) = await StormAsync(cluster, writer, measured, dueAt, cancellation);
            Console.WriteLine(FormattableString.Invariant($"  renewed after {renewed:0.00} s, issued after {issued:0.00} s, paid after {paid:0.00} s"));
            Console.WriteLine(FormattableString.Invariant(
                $"  CPU: server {ProcessUsage.CpuOf(server.Pid) - serverCpu:0.0} s, database {ProcessUsage.CpuOfTree(cluster.PostmasterPid) - databaseCpu:0.0} s; memory: server {ProcessUsage.PeakMemoryOf(server.Pid):0} MB at its peak"));
            if (profile is not null)
            {
                await profile.PrintAsync(cancellation);
                await runtime!.PrintAsync(cancellation);
            }

            var faults = await FaultsAsync(cluster, measured, cancellation);
            var invoice = await cluster.ScalarAsync<string>($"select id from invoice where account = '{measured.State.Id}' order by seq desc limit 1", cancellation);
            if (await InvoiceReader.RunAsync(server.Address, invoice!, cancellation) is var read && read != count)
            {
                faults.Add($"lines on its pages: {read} instead of {count}");
            }

            faults.ForEach(fault => Console.WriteLine($"  FAULT: {fault}"));
            Console.WriteLine(faults.Count == 0 ? "  checks: every subscription stands once on the one invoice, which is booked and paid" : "  checks failed");
            Console.WriteLine(FormattableString.Invariant($"seconds {issued:0.00}"));
            await ServerUnderTest.StopAsync(server);
            return faults.Count == 0;
        }
        catch (BenchmarkException)
        {
            Console.Error.WriteLine(server.Log);
            throw;
        }
    }

    private static async Task<(double Renewed, double Issued, double Paid)> StormAsync(
        BenchmarkCluster cluster, CustomerWriter writer, GroupedAccount account, Instant? dueAt, CancellationToken cancellation)
    {
        var soonest = Clock.Seconds() + Duration.FromSeconds(3 + (account.Subscriptions.Count / 10_000));
        var runAt = dueAt > soonest ? dueAt.Value : soonest;
        await writer.WriteDueAsync(account.Subscriptions.Select(step => step.State), runAt, cancellation);
        await cluster.SettleAsync(cancellation);
        while (Clock.Now() < runAt)
        {
            await Task.Delay(20, cancellation);
        }

        Console.WriteLine($"  {account.Subscriptions.Count} subscriptions are due");
        await UntilAsync(cluster, $"select count(*) = 0 from due_work where account = '{account.State.Id}' and kind = 'renewal' and due_at <= now()", cancellation);
        var renewed = (Clock.Now() - runAt).TotalSeconds;
        await UntilAsync(cluster, Invoices(account, "status in ('open', 'paid')", 2), cancellation);
        var issued = (Clock.Now() - runAt).TotalSeconds;
        await WaitAsync(cluster, account, 2, cancellation);
        return (renewed, issued, (Clock.Now() - runAt).TotalSeconds);
    }

    private static Task WaitAsync(BenchmarkCluster cluster, GroupedAccount account, int invoices, CancellationToken cancellation) =>
        UntilAsync(cluster, Invoices(account, "status = 'paid'", invoices), cancellation);

    private static string Invoices(GroupedAccount account, string condition, int count) =>
        $"select count(*) >= {count} from invoice where account = '{account.State.Id}' and cause = 'grouped' and {condition}";

    private static async Task UntilAsync(BenchmarkCluster cluster, string sql, CancellationToken cancellation)
    {
        for (var started = Clock.Now(); !await cluster.ScalarAsync<bool>(sql, cancellation);)
        {
            if (Clock.Now() - started > Duration.FromTimeSpan(Patience))
            {
                throw new BenchmarkException($"After {Patience} this is still false: {sql}");
            }

            await Task.Delay(100, cancellation);
        }
    }

    private static async Task<List<string>> FaultsAsync(BenchmarkCluster cluster, GroupedAccount account, CancellationToken cancellation)
    {
        var (id, count) = (account.State.Id, account.Subscriptions.Count);
        List<string> faults = [];
        foreach (var (name, sql, wanted) in new (string, string, long)[]
        {
            ("invoices", $"select count(*) from invoice where account = '{id}'", 2),
            ("lines", $"select count(*) from invoice_line where account = '{id}'", 2L * count),
            ("subscriptions on the last invoice", $"select count(distinct subscription) from invoice_line where invoice = (select id from invoice where account = '{id}' order by seq desc limit 1)", count),
            ("its total", $"select total from invoice where account = '{id}' order by seq desc limit 1", 1200L * count),
            ("lines that wait", "select count(*) from pending_line", 0),
            ("rows that wait for their next renewal", $"select count(*) from due_work where account = '{id}' and kind = 'renewal' and due_at > now()", count),
            ("quarantined rows", "select count(*) from due_work where quarantined_at is not null", 0),
            ("postings of the issue", $"select count(*) from journal_entry where cause = 'invoice:' || (select id from invoice where account = '{id}' order by seq desc limit 1) || ':issued'", 2),
            ("money taken", $"select coalesce(sum(amount), 0)::bigint from journal_entry where debit = 'gateway_clearing' and account = '{id}'", 2400L * count),
        })
        {
            var found = await cluster.ScalarAsync<long>(sql, cancellation);
            if (found != wanted)
            {
                faults.Add($"{name}: {found} instead of {wanted}");
            }
        }

        return faults;
    }
}
