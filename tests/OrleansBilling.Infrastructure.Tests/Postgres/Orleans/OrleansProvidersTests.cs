using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Storage;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Infrastructure.Postgres.Orleans;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Orleans;

/// <summary>Orleans' own providers on migration 0001: a real silo, its state and its reminders.</summary>
public sealed class OrleansProvidersTests(PostgresFixture postgres)
{
    [Fact]
    public async Task State_and_reminders_live_in_the_database_and_outlast_the_silo()
    {
        var database = await postgres.CreateDatabaseAsync();
        using (var host = await StartAsync(database, silo: 14_801))
        {
            var storage = host.Services.GetRequiredKeyedService<IGrainStorage>(OrleansPostgres.StockStorage);
            var state = new GrainState<Counter>(new Counter { Value = 41 });
            await storage.WriteStateAsync("counter", Grain, state);
            Assert.Equal("1", state.ETag);
            state.State = new Counter { Value = 42 };
            await storage.WriteStateAsync("counter", Grain, state);
            var late = new GrainState<Counter>(new Counter(), "1");
            await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("counter", Grain, late));
            var twice = new GrainState<Counter>(new Counter());
            await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("counter", Grain, twice));

            var reminders = host.Services.GetRequiredService<IReminderTable>();
            await reminders.UpsertRow(new ReminderEntry { GrainId = Grain, ReminderName = "tick", StartAt = DateTime.UtcNow.AddDays(1), Period = TimeSpan.FromDays(60) });
            Assert.Single((await reminders.ReadRows(0, 0)).Reminders);
            await host.StopAsync();
        }

        using (var host = await StartAsync(database, silo: 14_803))
        {
            var storage = host.Services.GetRequiredKeyedService<IGrainStorage>(OrleansPostgres.StockStorage);
            var state = new GrainState<Counter>(new Counter());
            await storage.ReadStateAsync("counter", Grain, state);
            Assert.Equal((42, "2", true), (state.State!.Value, state.ETag, state.RecordExists));
            var row = Assert.Single((await host.Services.GetRequiredService<IReminderTable>().ReadRows(Grain)).Reminders);
            Assert.Equal(TimeSpan.FromDays(60), row.Period);

            await storage.ClearStateAsync("counter", Grain, state);
            var cleared = new GrainState<Counter>(new Counter());
            await storage.ReadStateAsync("counter", Grain, cleared);
            Assert.False(cleared.RecordExists);
            Assert.True(await host.Services.GetRequiredService<IReminderTable>().RemoveRow(Grain, "tick", row.ETag!));
            await host.StopAsync();
        }

        Assert.Equal(0, await ScratchCluster.ScalarAsync<long>(database, "select count(*) from cluster_member where status = 3"));
    }

    [Fact]
    public async Task A_silo_known_to_be_gone_is_marked_dead_and_no_other()
    {
        var database = await postgres.CreateDatabaseAsync();
        using var host = await StartAsync(database, silo: 14_805);
        await ScratchCluster.ExecuteAsync(
            database,
            """
            insert into cluster_member select cluster_id, address, 14899, generation, silo_name, host_name, status, proxy_port, suspect_times, start_time, i_am_alive_time from cluster_member
            """);
        var version = await ScratchCluster.ScalarAsync<int>(database, "select version from cluster_version");

        var billing = new Infrastructure.Postgres.BillingDatabase(database);
        Assert.Equal(1, await GhostMembers.BuryAsync(billing, "test", "127.0.0.1", 14_899, CancellationToken.None));
        Assert.Equal(0, await GhostMembers.BuryAsync(billing, "test", "127.0.0.1", 14_899, CancellationToken.None));
        Assert.Equal(0, await GhostMembers.BuryAsync(billing, "other", "127.0.0.1", 14_805, CancellationToken.None));

        Assert.Equal(version + 1, await ScratchCluster.ScalarAsync<int>(database, "select version from cluster_version"));
        Assert.Equal(14_805, await ScratchCluster.ScalarAsync<int>(database, "select port from cluster_member where status = 3"));
        await host.StopAsync();
    }

    private static GrainId Grain { get; } = GrainId.Create("counter", "cnt_1");

    private static async Task<IHost> StartAsync(string database, int silo)
    {
        Assert.True(PortsFile.IsFree(System.Net.IPAddress.Loopback, silo), $"Port {silo} is in use.");
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(orleans => orleans
            .UseBillingPostgres(database)
            .AddBillingSerialization()
            .ConfigureEndpoints(System.Net.IPAddress.Loopback, silo, silo + 1)
            .Configure<ClusterOptions>(o =>
            {
                o.ClusterId = "test";
                o.ServiceId = "test";
            }));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    [GenerateSerializer]
    internal sealed record Counter
    {
        [Id(0)]
        public int Value { get; init; }
    }
}
