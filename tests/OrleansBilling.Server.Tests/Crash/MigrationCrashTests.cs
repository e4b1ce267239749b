using System.Diagnostics;
using System.Text.Json;
using OrleansBilling.Server.Tests.Http;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Crash;

/// <summary>Kills a real server process in the middle of a migration to another plan version.</summary>
public sealed class MigrationCrashTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const int Subscribers = 120;
    private const string Key = "an-admin-key-for-tests-0123456789";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orleansbilling-migration-{Guid.NewGuid().ToString("N")[..8]}");
    private readonly int _port = ServerProcess.FreePort();

    [Fact]
    public async Task A_server_killed_in_a_migration_moves_everybody_once_after_its_restart()
    {
        var database = await postgres.CreateDatabaseAsync();
        string migration;
        await using (var server = Start(database))
        {
            await server.WaitUntilReadyAsync();
            using var caller = new ApiCaller(server.Address, Key);
            await PrepareAsync(caller);
            // Each turn waits a little, so that the kill meets the batch half done.
            await ScratchCluster.ExecuteAsync(database, SlowDown);
            migration = (await caller.PostAsync("/v1/plans/moved/versions/2/migrations", """{"proration": "day"}""")).Id;
            await UntilAsync(server, async () => await MovedAsync(database) >= Subscribers / 4);
            await server.KillAsync();
        }

        var moved = await MovedAsync(database);
        Assert.InRange(moved, Subscribers / 4, Subscribers - 1);
        await using var last = Start(database);
        await last.WaitUntilReadyAsync();
        using var again = new ApiCaller(last.Address, Key);
        JsonElement shown = default;
        await UntilAsync(last, async () => (shown = (await again.GetAsync($"/v1/plans/moved/migrations/{migration}")).Json).GetProperty("status").GetString() == "finished");
        Assert.Equal((Subscribers, 0), (shown.GetProperty("moved").GetInt32(), shown.GetProperty("refused").GetInt32()));
        Assert.Equal(Subscribers, await MovedAsync(database));
        Assert.Equal(Subscribers, await ScratchCluster.ScalarAsync<long>(database, "select count(*) from invoice where cause = 'change'"));
        Assert.Equal(Subscribers, await ScratchCluster.ScalarAsync<long>(database, "select count(*) from plan_migration_result where status = 'moved'"));
        await last.StopAsync();
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

    private const string SlowDown =
        """
        create function slow_down() returns trigger language plpgsql as $$ begin perform pg_sleep(0.1); return new; end $$;
        create trigger slow_down before update of plan_version on subscription for each row when (old.plan_version <> new.plan_version) execute function slow_down();
        """;

    private ServerProcess Start(string database) => ServerProcess.Start(
        _folder, _port, connectionString: database, environment: new Dictionary<string, string> { ["Billing__BootstrapApiKey"] = Key });

    private static async Task PrepareAsync(ApiCaller caller)
    {
        await caller.PostAsync("/v1/plans", "{\"code\": \"moved\", " + Terms(3000));
        for (var i = 0; i < Subscribers; i++)
        {
            var account = (await caller.PostAsync("/v1/accounts", """{"name": "Ada", "currency": "usd", "time_zone": "UTC", "collection": "send_invoice"}""")).Id;
            await caller.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "moved"}""");
        }

        await caller.PostAsync("/v1/plans/moved/versions", "{" + Terms(4000));
    }

    private static string Terms(int amount) => $$$"""
        "name": "Moved", "currency": "usd", "interval": {"unit": "month", "count": 1},
        "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": {{{amount}}} }}]}
        """;

    private static Task<long> MovedAsync(string database) =>
        ScratchCluster.ScalarAsync<long>(database, "select count(*) from subscription where plan = 'moved' and plan_version = 2");

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
