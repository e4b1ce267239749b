using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Server.Hosting;

namespace OrleansBilling.Server.Demo;

/// <summary><c>demo</c>: plays a scene on a test clock, over HTTP, and checks that it came out as told.</summary>
internal static class DemoCommand
{
    private static readonly string[] Everywhere = ["//*", "//+", "//0.0.0.0", "//[::]"];

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var url = new Option<string?>("--url") { Description = "The server to play on; by default the one of ASPNETCORE_URLS, or the one that runs on the data directory; one is started where none answers." };
        var keyFile = new Option<string?>("--key-file") { Description = "A file with an admin key; by default admin.key of the data directory." };
        var command = new Command("demo", "Plays a scene on a test clock: nine customers, six months, every invoice and payment checked.") { url, keyFile };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(url), parsed.GetValue(keyFile), cancel));
        return command;
    }

    /// <returns>0 where everything came out as told, 1 where it did not or could not be played, 130 after Ctrl-C.</returns>
    private static async Task<int> RunAsync(string? url, string? keyFile, CancellationToken cancellation)
    {
        // The command line leaves signals to the host of a server; here there is none, and a server of our own must not be left behind.
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var ctrlC = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        try
        {
            return await PlayAsync(url, keyFile, DemoScreen.OfProcess(), interrupted.Token) ? 0 : 1;
        }
        catch (Exception e) when (e is DemoException or StartException or EmbeddedPostgresException)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("The demo was interrupted. What it made so far stays on its test clock.");
            return 130;
        }

        void Interrupt(PosixSignalContext context)
        {
            context.Cancel = true;
            interrupted.Cancel();
        }
    }

    private static async Task<bool> PlayAsync(string? url, string? keyFile, DemoScreen screen, CancellationToken cancellation)
    {
        var builder = BillingServer.CreateBuilder();
        var options = BillingOptionsReader.Read(builder.Configuration, builder.Environment.IsDevelopment());
        var address = Address(url, builder.Configuration, options);
        await using var server = await FindOrStartAsync(url, address, options, screen, cancellation);
        var run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        using var api = new DemoClient(server.Address, DemoServer.ReadKey(keyFile, options), run);
        var watch = Stopwatch.StartNew();
        var scene = new DemoScene(api, screen, run);
        try
        {
            await scene.PlayAsync(cancellation);
        }
        catch (DemoException e) when (server.IsOwn)
        {
            throw new DemoException($"{e.Message}\nThe end of the server's log:\n{server.LogTail()}", e);
        }

        var kept = await ReportAsync(scene, screen, cancellation);
        screen.Line();
        screen.Line(string.Create(CultureInfo.InvariantCulture, $"Played in {watch.Elapsed.TotalSeconds:0.0} s on {server.Address} as run {run}."));
        screen.Line(server.IsOwn
            ? "The server that was started for it is being stopped; deploy/run starts it again with all of this, deploy/run stop ends the database too."
            : $"Look around: curl -s -H \"Authorization: Bearer $(cat '{keyFile ?? Path.Combine(options.DataDirectory, "admin.key")}')\" '{server.Address}v1/invoices?account=demo-{run}-ada'");
        return kept;
    }

    /// <summary>The server to play on: the one that is named, else the one that runs on the data directory, else where one would be started.</summary>
    internal static Uri Address(string? url, IConfiguration configuration, BillingOptions options)
    {
        var runs = configuration["urls"] is { Length: > 0 } ? null : ProcessSlot.AddressOf(options.DataDirectory, 1);
        // A server that listens on every address is reached by loopback.
        var text = url ?? Everywhere.Aggregate(runs ?? ServerUrls.For(configuration, 1)[0], (left, any) => left.Replace(any, "//127.0.0.1", StringComparison.Ordinal));
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new DemoException($"'{text}' is no address of a server. Use the form {ServerUrls.Default}.");
    }

    private static async Task<DemoServer> FindOrStartAsync(
        string? given, Uri address, BillingOptions options, DemoScreen screen, CancellationToken cancellation)
    {
        if (await DemoServer.FindAsync(address, cancellation) is { } found)
        {
            screen.Line($"Playing on the server at {address}");
            return found;
        }

        if (given is not null)
        {
            throw new DemoException($"No server answers at {address}. Start one with deploy/run, or leave --url out and the demo starts its own.");
        }

        if (!options.SandboxEnabled)
        {
            throw new DemoException("No server runs, and one started now would be a production start without test clocks. Unset ASPNETCORE_ENVIRONMENT for a development start.");
        }

        screen.Line($"No server answers at {address}; starting one on {options.DataDirectory} ...");
        return await screen.BusyAsync("starting the server", () => DemoServer.StartAsync(address, options, cancellation));
    }

    private static async Task<bool> ReportAsync(DemoScene scene, DemoScreen screen, CancellationToken cancellation)
    {
        var outcomes = await scene.CollectAsync(cancellation);
        var trialBalances = await scene.TrialBalancesAsync(cancellation);
        screen.Show(DemoTables.Customers(outcomes, scene.PlanOf));
        screen.Show(DemoTables.Invoices(outcomes));
        screen.Show(DemoTables.Payments(outcomes));
        screen.Show(DemoTables.Ledger(DemoBooks.Of(outcomes.SelectMany(outcome => outcome.Postings))));
        screen.Line();
        var checks = DemoChecks.Of(outcomes, trialBalances);
        foreach (var check in checks)
        {
            screen.Show(check);
        }

        return checks.All(check => check.Kept);
    }
}
