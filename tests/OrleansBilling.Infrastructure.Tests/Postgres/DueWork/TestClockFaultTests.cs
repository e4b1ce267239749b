using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.DueWork;
using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.DueWork;

/// <summary>A test clock whose last commit is slow.</summary>
public sealed class TestClockFaultTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Instant Start = Instant.FromUtc(2024, 1, 1, 0, 0);
    private TurnCluster _cluster = null!;

    private Interfering Rival => (Interfering)_cluster.Services.GetRequiredService<ITurnCommitter>();

    public async ValueTask InitializeAsync() => _cluster = await TurnCluster.StartAsync(postgres, CommitterKind.Grouped, silo =>
    {
        silo.Services.AddSingleton<ITurnCommitter, Interfering>();
        silo.Services.AddSingleton<IDueTargets, ProbeTargets>();
        silo.AddBillingSchedule(new ScheduleOptions());
        silo.Services.AddBillingUsage(new UsageOptions(), takesEvents: false, rollsUp: false);
    });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task An_arrival_is_told_only_once_it_is_durable()
    {
        var clock = await CreateAsync("clk_h");
        var early = new TaskCompletionSource<bool>();
        AtArrival(async () =>
        {
            var answer = clock.Get();
            await Task.WhenAny(answer, Task.Delay(300));
            early.SetResult(answer.IsCompletedSuccessfully);
        });
        await clock.Advance(TurnCluster.KeyOf(null), Start + Duration.FromDays(1));
        Assert.False(await early.Task);
        await ReadyAsync(clock);
    }

    /// <summary>Something happens just before the commit that follows the next one: the arrival of an advance with nothing due.</summary>
    private void AtArrival(Func<Task> happening) => Rival.Before = () =>
    {
        Rival.Before = happening;
        return Task.CompletedTask;
    };

    private async Task<ITestClockGrain> CreateAsync(string id)
    {
        var clock = _cluster.Grains.GetGrain<ITestClockGrain>(id);
        Assert.Equal(201, (await clock.Create(TurnCluster.KeyOf(null), Start, "test")).Status);
        return clock;
    }

    private static string Status(CommandAnswer answer) => JsonDocument.Parse(answer.Body).RootElement.GetProperty("status").GetString()!;

    private static Task ReadyAsync(ITestClockGrain clock) =>
        ProbeRows.UntilAsync(async () => Status(await clock.Get()) == "ready", "the clock arrives");
}
