using System.Diagnostics;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Server.Hosting;

namespace OrleansBilling.Server.Commands;

/// <summary>Stops the servers of a data directory, then its embedded database.</summary>
internal static class StopCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var builder = BillingServer.CreateBuilder();
        var development = builder.Environment.IsDevelopment();
        var options = BillingOptionsReader.Read(builder.Configuration, development);
        using var logging = LoggerFactory.Create(l => l.AddBillingConsole(builder.Configuration, development));
        var logger = logging.CreateLogger("OrleansBilling.Stop");
        var living = ProcessSlot.Living(options.DataDirectory);
        foreach (var (number, pid) in living)
        {
            logger.LogInformation("Stopping process {Number} (pid {Pid})", number, pid);
            using var kill = Process.Start("kill", ["-TERM", $"{pid}"]);
            await kill.WaitForExitAsync(cancellationToken);
        }

        foreach (var (number, pid) in living)
        {
            await WaitAsync(options.DataDirectory, number, pid, cancellationToken);
        }

        var stopped = await EmbeddedPostgres.StopAsync(DatabaseHosting.Embedded(options), logger, cancellationToken);
        Console.WriteLine((living.Count, stopped) switch
        {
            (0, false) => $"Nothing runs on {options.DataDirectory}.",
            (var servers, true) => $"Stopped {servers} servers and the database of {options.DataDirectory}.",
            (var servers, false) => $"Stopped {servers} servers of {options.DataDirectory}; it has no database of its own running.",
        });
    }

    private static async Task WaitAsync(string dataDirectory, int number, int pid, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (ProcessSlot.IsHeld(dataDirectory, number))
        {
            if (watch.Elapsed > Limit)
            {
                throw new StartException($"Process {number} (pid {pid}) has not ended after {Limit.TotalSeconds:0} s. End it by kill -9 {pid} and stop again: nothing committed is lost.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }
}
