using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Hosting;
using Orleans.TestingHost;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Turn;

/// <summary>A silo on a database of its own, with one of the two committers.</summary>
public sealed class TurnCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private TurnCluster(InProcessTestCluster cluster, string connectionString)
    {
        _cluster = cluster;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    public IServiceProvider Services => _cluster.Silos[0].ServiceProvider;

    public IGrainFactory Grains => _cluster.Client;

    public ITallyGrain Tally(string key) => _cluster.Client.GetGrain<ITallyGrain>("tally_" + key);

    public static async Task<TurnCluster> StartAsync(PostgresFixture postgres, CommitterKind committer, Action<ISiloBuilder>? more = null, Func<Task<string>>? database = null)
    {
        var connectionString = await (database is null ? postgres.CreateDatabaseAsync() : database());
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton(new BillingDatabase(connectionString));
            silo.AddBillingTurns(connectionString, new TurnOptions { Committer = committer });
            silo.UseInMemoryReminderService();
            silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
            more?.Invoke(silo);
        });
        builder.ConfigureClient(client => OrleansBilling.Grains.Kernel.BillingSerialization.AddBillingSerialization(client));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new TurnCluster(cluster, connectionString);
    }

    public Task<CommandAnswer> RunAsync(string tally, Func<TallyState?, TurnDecision<TallyState>> script, string? key = null, string hash = "h") =>
        Tally(tally).Run(KeyOf(key, hash), Scripts.Add(script));

    public static CommandKey KeyOf(string? key, string hash = "h") =>
        new("key_test", key ?? Guid.NewGuid().ToString("N"), hash, new Actor("key_test", "admin", "POST /tally"));

    public Task ExecuteAsync(string sql) => ScratchCluster.ExecuteAsync(ConnectionString, sql);

    public async Task<long> CountAsync(string from) => await ScratchCluster.ScalarAsync<long>(ConnectionString, "select count(*) from " + from);

    public Task<T?> ScalarAsync<T>(string sql) => ScratchCluster.ScalarAsync<T>(ConnectionString, sql);

    /// <summary>Ends all of the product's connections, as a restart of the database would.</summary>
    public Task KillConnectionsAsync() => ExecuteAsync(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
    }
}
