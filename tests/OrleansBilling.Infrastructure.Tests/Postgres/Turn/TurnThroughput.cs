using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.DueWork;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Turn;

/// <summary>Measures turns of the shape of a renewal; run by name (<c>-explicit only -class "*TurnThroughput"</c>), never asserted.</summary>
public sealed class TurnThroughput(PostgresFixture postgres, ITestOutputHelper output)
{
    [Theory(Explicit = true)]
    [InlineData(CommitterKind.Grouped, 64)]
    [InlineData(CommitterKind.Grouped, 256)]
    [InlineData(CommitterKind.Grouped, 1024)]
    [InlineData(CommitterKind.Scoped, 64)]
    public async Task Renewals_a_second(CommitterKind committer, int atOnce)
    {
        const int grains = 6000;
        await using var durable = new ScratchCluster("throughput", durable: true);
        await using var cluster = await TurnCluster.StartAsync(postgres, committer, database: () => durable.CreateDatabaseAsync());
        var factory = cluster.Services.GetRequiredService<IGrainFactory>();
        for (var i = 0; i < grains; i++)
        {
            var sub = $"sub_{i}";
            var account = $"acct_{i}";
            var period = 0;
            Probes.Set($"probe_t{i}", async (_, commit) =>
            {
                await commit(Given.Renewal(sub, account, period++));
                return new DueAnswer([]);
            });
        }

        for (var round = 0; round < 3; round++)
        {
            var next = -1;
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
            {
                for (var i = Interlocked.Increment(ref next); i < grains; i = Interlocked.Increment(ref next))
                {
                    await factory.GetGrain<IProbeGrain>($"probe_t{i}").RunDue(new RunDue(Given.Now, null, DueKind.Renewal));
                }
            })));
            output.WriteLine($"{committer} {atOnce} at once, round {round}: {grains / watch.Elapsed.TotalSeconds:0} turns/s");
        }
    }
}
