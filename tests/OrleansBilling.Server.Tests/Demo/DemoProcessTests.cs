using System.Net;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Demo;

/// <summary>The command as people type it: the whole path from the calendar to the ledger, over HTTP, on real processes.</summary>
public sealed class DemoProcessTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const int Promises = 7;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orleansbilling-demo-{Guid.NewGuid().ToString("N")[..8]}");
    private readonly int _port = ServerProcess.FreePort();

    [Fact]
    public async Task Without_a_server_it_starts_one_keeps_every_promise_and_stops_it()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();

        await using var demo = Demo(database);
        await demo.WaitForExitAsync(Limit);

        Kept(demo);
        Assert.Contains("starting one on", demo.Log, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', demo.Log);
        Assert.True(PortsFile.IsFree(IPAddress.Loopback, _port), "The server that was started for the demo was left behind.");
    }

    [Fact]
    public async Task Runs_stand_side_by_side_and_survive_the_death_of_a_silo()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await using var first = ServerProcess.Start(_folder, _port, connectionString: database);
        await first.WaitUntilReadyAsync();
        await using var second = ServerProcess.Start(_folder, _port, silo: 2, connectionString: database);
        await second.WaitUntilReadyAsync();

        await using var one = Demo(database);
        await using var other = Demo(database);
        await UntilToldAsync(one, "(3/15)");
        await second.KillAsync();
        await one.WaitForExitAsync(Limit);
        await other.WaitForExitAsync(Limit);

        Kept(one);
        Kept(other);
        Assert.False(first.HasExited, "A server that was found is left running.");
    }

    [Fact]
    public async Task A_production_server_is_refused_in_a_sentence()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await using var server = ServerProcess.Start(
            _folder, _port, connectionString: database, environment: new Dictionary<string, string> { ["Billing__Sandbox"] = "false" });
        await server.WaitUntilReadyAsync();

        await using var demo = Demo(database);
        await demo.WaitForExitAsync(Limit);

        Assert.Equal(1, demo.ExitCode);
        Assert.Contains("has no test clocks: it is a production start", demo.Log, StringComparison.Ordinal);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    private ServerProcess Demo(string database) => ServerProcess.Start(_folder, _port, connectionString: database, arguments: ["demo"]);

    private static async Task UntilToldAsync(ServerProcess demo, string text)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!demo.Log.Contains(text, StringComparison.Ordinal) && !demo.HasExited)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static void Kept(ServerProcess demo)
    {
        Assert.True(demo.ExitCode == 0, demo.Log);
        Assert.Equal(Promises, demo.Log.Split('\n').Count(line => line.StartsWith("kept ", StringComparison.Ordinal)));
    }
}
