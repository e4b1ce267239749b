using OrleansBilling.Benchmarks;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Grouped;
using OrleansBilling.Benchmarks.Holds;
using OrleansBilling.Benchmarks.Idle;
using OrleansBilling.Benchmarks.Rating;
using OrleansBilling.Benchmarks.Renewals;
using OrleansBilling.Benchmarks.Usage;
using System.Runtime.InteropServices;

if (!BenchmarkArguments.TryRead(args, out var arguments, out var fault))
{
    Console.Error.WriteLine(fault);
    return 2;
}

if (ReleaseRun.IsDebug)
{
    return await ReleaseRun.RunAsync(args);
}

if (arguments.Kinds is [BenchmarkKind.Rating])
{
    return RatingBenchmark.Run(arguments.Seconds ?? 5) ? 0 : 1;
}

// Ctrl-C and SIGTERM end the run in order: the server and the database of the run are stopped on every way out.
using var stopping = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
try
{
    foreach (var kind in arguments.Kinds)
    {
        await using var cluster = await BenchmarkCluster.StartAsync(arguments.Profile, stopping.Token);
        var held = kind switch
        {
            BenchmarkKind.Renewals => await RenewalBenchmark.RunAsync(cluster, arguments, stopping.Token),
            BenchmarkKind.Grouped => await GroupedBenchmark.RunAsync(cluster, arguments, stopping.Token),
            BenchmarkKind.Ingest => await IngestBenchmark.RunAsync(cluster, arguments, stopping.Token),
            BenchmarkKind.Usage => await UsageBenchmark.RunAsync(cluster, arguments, stopping.Token),
            BenchmarkKind.Soak => await SoakBenchmark.RunAsync(cluster, arguments, stopping.Token),
            BenchmarkKind.Close => await CloseBenchmark.RunAsync(cluster, arguments, stopping.Token),
            BenchmarkKind.Holds => await HoldBenchmark.RunAsync(cluster, arguments, stopping.Token),
            _ => await IdleBenchmark.RunAsync(cluster, arguments, stopping.Token),
        };
        if (!held)
        {
            return 1;
        }
    }

    return 0;
}
catch (Exception) when (stopping.IsCancellationRequested)
{
    Console.Error.WriteLine("stopped");
    return 130;
}
catch (Exception e) when (e is BenchmarkException or Npgsql.NpgsqlException or OrleansBilling.Infrastructure.Postgres.Embedded.EmbeddedPostgresException)
{
    Console.Error.WriteLine($"error: {e}");
    return 1;
}
