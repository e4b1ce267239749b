using System.Diagnostics;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Hosting;

/// <summary>The real program, started, joined, killed and stopped as an operator would.</summary>
public sealed class ClusterProcessTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const int Active = 3;

    // A start that waits for a ghost takes about 8 seconds longer than one that does not.
    private static readonly TimeSpan Ghost = TimeSpan.FromSeconds(6);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orleansbilling-server-{Guid.NewGuid().ToString("N")[..8]}");
    private readonly int _port = ServerProcess.FreePort();

    [Fact]
    public async Task A_second_process_joins_is_killed_is_declared_dead_and_comes_back()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await using var first = ServerProcess.Start(_folder, _port, connectionString: database);
        await first.WaitUntilReadyAsync();
        Assert.Equal(1, await MembersAsync(database));
        await using var second = ServerProcess.Start(_folder, _port, silo: 2, connectionString: database);
        await second.WaitUntilReadyAsync();
        Assert.Equal(2, await MembersAsync(database));
        var ports = await File.ReadAllTextAsync(Path.Combine(_folder, "ports.json"));

        await second.KillAsync();
        await UntilAsync(TimeSpan.FromSeconds(15), async () => await MembersAsync(database) == 1);
        await first.WaitUntilReadyAsync(TimeSpan.FromSeconds(5));

        await using var again = ServerProcess.Start(_folder, _port, silo: 2, connectionString: database);
        await again.WaitUntilReadyAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(2, await MembersAsync(database));
        Assert.Equal(ports, await File.ReadAllTextAsync(Path.Combine(_folder, "ports.json")));
        await again.StopAsync();
        Assert.Equal(0, again.ExitCode);
        await UntilAsync(TimeSpan.FromSeconds(5), async () => await MembersAsync(database) == 1);
        Assert.Equal(0, await HealthAsync(silo: 1, database));
        Assert.Equal(1, await HealthAsync(silo: 2, database));
    }

    [Fact]
    public async Task A_process_without_a_silo_answers_through_the_others()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await using var api = ServerProcess.Start(_folder, _port, silo: 2, connectionString: database, environment: Roles("api"));
        await using var silo = ServerProcess.Start(_folder, _port, connectionString: database, environment: Roles("silo"));
        await silo.WaitUntilReadyAsync();
        await api.WaitUntilReadyAsync();

        Assert.Equal(1, await MembersAsync(database));
    }

    [Fact]
    public async Task After_a_crash_of_both_one_starts_without_waiting_for_the_other()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await using var first = ServerProcess.Start(_folder, _port, connectionString: database);
        var starting = Stopwatch.StartNew();
        await first.WaitUntilReadyAsync();
        var cold = starting.Elapsed;
        await using var second = ServerProcess.Start(_folder, _port, silo: 2, connectionString: database);
        await second.WaitUntilReadyAsync();
        await second.KillAsync();
        await first.KillAsync();

        var watch = Stopwatch.StartNew();
        await using var again = ServerProcess.Start(_folder, _port, connectionString: database);
        await again.WaitUntilReadyAsync();

        Assert.Equal(1, await MembersAsync(database));
        Assert.Contains("Process 2 has ended without leaving", again.Log, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < cold + Ghost, $"The restart took {watch.Elapsed.TotalSeconds:0.0} s.");
    }

    [Fact]
    public async Task The_embedded_database_outlives_a_killed_server_and_stop_ends_both()
    {
        var first = ServerProcess.Start(_folder, _port);
        var starting = Stopwatch.StartNew();
        await first.WaitUntilReadyAsync();
        var cold = starting.Elapsed;
        Assert.Contains("PostgreSQL started", first.Log, StringComparison.Ordinal);
        Assert.Contains("Migration 0001_orleans applied", first.Log, StringComparison.Ordinal);
        await first.KillAsync();
        await first.DisposeAsync();

        var watch = Stopwatch.StartNew();
        await using var second = ServerProcess.Start(_folder, _port);
        await second.WaitUntilReadyAsync(TimeSpan.FromSeconds(20));
        Assert.DoesNotContain("PostgreSQL started", second.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Migration 0001", second.Log, StringComparison.Ordinal);
        // On its own address the new process does not wait for its ghost.
        Assert.True(watch.Elapsed < cold + Ghost, $"The restart took {watch.Elapsed.TotalSeconds:0.0} s.");

        await using var stop = ServerProcess.Start(_folder, _port, arguments: ["stop"]);
        await stop.WaitForExitAsync();
        Assert.Contains("Stopped 1 servers and the database", stop.Log, StringComparison.Ordinal);
        Assert.True(second.HasExited);
        Assert.Equal(0, second.ExitCode);
        await using var nothing = ServerProcess.Start(_folder, _port, arguments: ["stop"]);
        await nothing.WaitForExitAsync();
        Assert.Contains("Nothing runs", nothing.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_start_says_why_and_ends()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await using var first = ServerProcess.Start(_folder, _port, connectionString: database);
        await first.WaitUntilReadyAsync();

        Assert.Contains("Process 1 of", await RefusalAsync(_port + 5, database), StringComparison.Ordinal);
        Assert.Contains($"Port {_port} on 127.0.0.1 is in use", await RefusalAsync(_port - 1, database, silo: 2), StringComparison.Ordinal);
        Assert.Contains("cannot be understood", await RefusalAsync(_port + 5, "nonsense", silo: 3), StringComparison.Ordinal);
        Assert.Contains(
            "cannot be used",
            await RefusalAsync(_port + 5, "Host=127.0.0.1;Port=1;Database=x;Username=x;Password=x", silo: 3),
            StringComparison.Ordinal);
        await ScratchCluster.ExecuteAsync(database, "insert into schema_migration (number, name, checksum, duration_ms) select max(number) + 1, '9999_future', 'x', 0 from schema_migration");
        Assert.Contains("newer than this program", await RefusalAsync(_port + 5, database, silo: 3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readiness_fails_while_the_database_is_away_and_the_server_starts_it_again()
    {
        await using var server = ServerProcess.Start(_folder, _port);
        await server.WaitUntilReadyAsync();
        await EmbeddedPostgres.StopAsync(new EmbeddedPostgresOptions { DataDirectory = _folder }, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        using var away = await server.Client.GetAsync(new Uri("/health/ready", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, away.StatusCode);
        Assert.Contains("the database does not answer", await away.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var live = await server.Client.GetAsync(new Uri("/health/live", UriKind.Relative));
        Assert.True(live.IsSuccessStatusCode);

        await server.WaitUntilReadyAsync(TimeSpan.FromSeconds(40));
        await UntilAsync(TimeSpan.FromSeconds(20), () => Task.FromResult(server.Log.Contains("it was started again", StringComparison.Ordinal)));
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await EmbeddedPostgres.StopAsync(new EmbeddedPostgresOptions { DataDirectory = _folder }, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static Dictionary<string, string> Roles(string roles) => new(StringComparer.Ordinal) { ["Billing__Roles"] = roles };

    private static Task<long> MembersAsync(string database) =>
        ScratchCluster.ScalarAsync<long>(database, $"select count(*) from cluster_member where status = {Active}");

    private static async Task UntilAsync(TimeSpan limit, Func<Task<bool>> reached)
    {
        var watch = Stopwatch.StartNew();
        while (!await reached())
        {
            Assert.True(watch.Elapsed < limit, $"Not reached after {limit.TotalSeconds:0} s.");
            await Task.Delay(100);
        }
    }

    private async Task<int> HealthAsync(int silo, string database)
    {
        await using var health = ServerProcess.Start(_folder, _port, connectionString: database, arguments: ["health", "--silo", $"{silo}"]);
        await health.WaitForExitAsync();
        return health.ExitCode;
    }

    private async Task<string> RefusalAsync(int port, string database, int silo = 1)
    {
        await using var refused = ServerProcess.Start(_folder, port, silo, database);
        await refused.WaitForExitAsync();
        Assert.Equal(1, refused.ExitCode);
        Assert.DoesNotContain("   at ", refused.Log, StringComparison.Ordinal);
        return refused.Log;
    }
}
