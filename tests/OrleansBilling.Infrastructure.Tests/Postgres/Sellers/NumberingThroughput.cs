using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.DueWork;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.DueWork;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Sellers;

/// <summary>
/// Measures how fast invoices are issued by either scope of numbers; run by name (<c>-explicit only -class
/// "*NumberingThroughput"</c>), never asserted.
/// </summary>
public sealed class NumberingThroughput(PostgresFixture postgres, ITestOutputHelper output)
{
    [Fact(Explicit = true)]
    public async Task Invoices_a_second_by_account_and_by_seller()
    {
        const int invoices = 6000, atOnce = 256;
        await using var durable = new ScratchCluster("numbering", durable: true);
        await using var cluster = await TurnCluster.StartAsync(
            postgres,
            CommitterKind.Grouped,
            silo =>
            {
                silo.Services.AddSingleton<IDueTargets, ProbeTargets>();
                silo.AddBillingSchedule(new ScheduleOptions());
            },
            () => durable.CreateDatabaseAsync());
        var committer = cluster.Services.GetRequiredService<ITurnCommitter>();
        var seller = new LegalEntity("acme", 1, "Acme", Given.Now) { Numbering = new Numbering(NumberingScope.Entity, "A") };
        await committer.CommitAsync(new TurnWrite { At = Given.Now, Rows = [new LegalEntityRow(seller, Given.Now)] }, static () => Task.CompletedTask);

        // Turn and turn about, so that whatever else the machine does meets both.
        for (var round = 0; round < 6; round++)
        {
            var facts = round % 2 == 0 ? SellerFacts.Default : seller.Facts();
            var next = -1;
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
            {
                for (var i = Interlocked.Increment(ref next); i < invoices; i = Interlocked.Increment(ref next))
                {
                    var write = Given.Renewal($"sub_{round}_{i}", $"acct_{i}", 0, $"inv_{round}_{i}") with { Due = [] };
                    write = write with { Documents = write.Documents with { Invoices = [write.Documents.Invoices[0] with { Seller = facts }] } };
                    await committer.CommitAsync(write, static () => Task.CompletedTask);
                }
            })));
            var issued = watch.Elapsed.TotalSeconds;
            await ProbeRows.UntilAsync(async () => await cluster.CountAsync("invoice where number is null") == 0, "every invoice has its number");
            output.WriteLine(
                $"round {round}, numbered by {facts.Numbering.Scope}: {invoices / issued:0} invoices/s issued; all numbered {watch.Elapsed.TotalSeconds - issued:0.00} s after the last");
        }
    }
}
