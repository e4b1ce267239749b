using System.Diagnostics;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Crash;

/// <summary>
/// Kills real server processes in the middle of a storm of renewals, with charges on their way to the gateway, and counts
/// every cent afterwards.
/// </summary>
public sealed class RenewalStormTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const int Batch = 30;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orleansbilling-storm-{Guid.NewGuid().ToString("N")[..8]}");
    private readonly int _port = ServerProcess.FreePort();

    [Fact]
    public async Task A_server_killed_ten_times_in_a_storm_renews_and_charges_everything_exactly_once()
    {
        var database = await PrepareAsync();
        var fill = new StormFill(database);
        var books = new StormBooks(database);
        for (var kill = 1; kill <= 10; kill++)
        {
            var before = await books.InvoicesAsync();
            await using var server = ServerProcess.Start(_folder, _port, connectionString: database);
            // Each life begins with fresh renewals at hand, whatever the last one left, and ends in the midst of them.
            await fill.AddAsync(Batch);
            await UntilAsync(server, async () => await books.InvoicesAsync() > before + (kill * 7));
            await server.KillAsync();
            Assert.True(await books.DueAsync() > 0, $"The storm was over before kill {kill}: it proves nothing.");
        }

        await using var last = ServerProcess.Start(_folder, _port, connectionString: database);
        await UntilAsync(last, async () => await books.LeftAsync() == 0);
        Assert.Empty(await books.FaultsAsync(fill.Count));
        await last.StopAsync();
    }

    [Fact]
    public async Task A_killed_silo_leaves_the_other_to_finish_the_storm_exactly_once()
    {
        var database = await PrepareAsync();
        var fill = new StormFill(database);
        var books = new StormBooks(database);
        await using var first = ServerProcess.Start(_folder, _port, connectionString: database);
        await first.WaitUntilReadyAsync();
        await using var second = ServerProcess.Start(_folder, _port, silo: 2, connectionString: database);
        await second.WaitUntilReadyAsync();

        await fill.AddAsync(8 * Batch);
        await UntilAsync(first, async () => await books.InvoicesAsync() > 4 * Batch);
        await second.KillAsync();
        Assert.True(await books.DueAsync() > 0, "The storm was over before the kill: it proves nothing.");

        await UntilAsync(first, async () => await books.LeftAsync() == 0);
        Assert.Empty(await books.FaultsAsync(fill.Count));
        await first.StopAsync();
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A gateway that takes its time, so that kills meet attempts that were sent and not answered.</summary>
    private async Task<string> PrepareAsync()
    {
        var database = await postgres.CreateDatabaseAsync();
        await ScratchCluster.ExecuteAsync(database, "update sandbox_control set delay_ms = 40");
        return database;
    }

    private static async Task UntilAsync(ServerProcess server, Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.False(server.HasExited, $"The server has ended by itself.\n{server.Log}");
            Assert.True(watch.Elapsed < Patience, $"Nothing came of it in {Patience.TotalMinutes} minutes.\n{server.Log}");
            await Task.Delay(15);
        }
    }
}
