using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Catalog;
using OrleansBilling.Infrastructure.Postgres.Subscriptions;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Catalog;

/// <summary>Moves of a migration that fail for a while are tried again; what is refused is told at once.</summary>
public sealed class PlanMigrationFaultTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly AccountFacts Account = Given.Facts("acct_1") with { DefaultMethod = null, Collection = CollectionMode.SendInvoice };
    private InvoiceHouse _house = null!;

    private static Instant Now => InvoiceHouse.Now;

    private Interfering Rival => (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();

    private IGrainFactory Grains => _house.Cluster.Services.GetRequiredService<IGrainFactory>();

    private IPlanMigrationGrain Migration => Grains.GetGrain<IPlanMigrationGrain>("mig_1");

    public async ValueTask InitializeAsync()
    {
        _house = await InvoiceHouse.StartAsync(postgres, CommitterKind.Grouped, silo =>
        {
            silo.Services.AddSingleton<ITurnCommitter, Interfering>();
            silo.Services.AddSingleton<ICatalog, PostgresCatalog>();
            silo.Services.AddSingleton<ICoupons, PostgresCoupons>();
            silo.Services.AddSingleton<ICollectionStandings, PostgresCollectionStandings>();
            silo.Services.AddSingleton<IPlanSubscribers, PostgresPlanSubscribers>();
            silo.Services.AddSingleton<IClocks, StandingClocks>();
        });
        await _house.CommitAsync(Given.Write() with
        {
            Rows =
            [
                new AccountRow(Account.Account, "Ada", null, null, "live", Now, Deleted: false), new AccountFactsRow(Account),
                new PlanRow("pro", "Pro", 2, Now, null), Version(1, 3000), Version(2, 4000),
            ],
        });
        foreach (var id in new[] { "sub_1", "sub_2", "sub_3" })
        {
            Assert.Null((await Grains.GetGrain<ISubscriptionGrain>(id).Create(InvoiceHouse.Key(), Now, new CreateSubscription { Account = Account.Account, Plan = "pro", PlanVersion = 1 })).Refusal);
        }

        Assert.Null((await Migration.Start(InvoiceHouse.Key(), Now, new StartPlanMigration { Plan = "pro", Version = 2, FromVersions = [1] })).Refusal);
    }

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_move_that_fails_once_is_tried_again_after_a_while_and_the_migration_ends()
    {
        // One of them waits for a change of its own: that is a refusal, told at once.
        Assert.Null((await Grains.GetGrain<ISubscriptionGrain>("sub_3").Change(
            InvoiceHouse.Key(), Now, new ChangeSubscription { PlanVersion = 2, When = ChangeTime.PeriodEnd })).Refusal);
        FailAMove();
        await RunAsync(Now);
        Assert.Equal("moved refused change_pending", await ResultsAsync());
        Assert.Equal(1, await _house.Cluster.CountAsync("subscription where plan_version = 2"));

        await RunAsync(Now);
        var again = await DueAsync();
        Assert.True(again > Now);
        // Before its time nothing happens.
        await RunAsync(again!.Value - Duration.FromSeconds(1));
        Assert.Equal("moved refused change_pending", await ResultsAsync());
        await RunToTheEndAsync(again.Value);
        Assert.Equal("moved moved refused change_pending", await ResultsAsync());
        Assert.Equal(2, await _house.Cluster.CountAsync("subscription where plan_version = 2"));
        Assert.Equal(1, await _house.Cluster.CountAsync("event where type = 'plan.migration_finished'"));
    }

    [Fact]
    public async Task A_move_that_never_succeeds_is_refused_in_the_end_and_stops_no_other()
    {
        var at = Now;
        for (var i = 0; i < 8; i++)
        {
            Assert.DoesNotContain("failed", await ResultsAsync(), StringComparison.Ordinal);
            FailAMove(alwaysFirst: i > 0);
            await RunAsync(at);
            Rival.Before = null;
            await RunAsync(at);
            at = await DueAsync() ?? at;
        }

        await RunToTheEndAsync(at);
        Assert.Equal("moved moved refused failed", await ResultsAsync());
        Assert.Equal(0, await _house.Cluster.CountAsync("due_work where kind = 'migrate'"));
    }

    /// <summary>The commit of the next move dies; of a batch that is searched first the one after that.</summary>
    private void FailAMove(bool alwaysFirst = false)
    {
        Func<Task> dies = () => throw new InvalidOperationException("The database is away.");
        Rival.Before = alwaysFirst ? dies : () =>
        {
            Rival.After = () =>
            {
                Rival.Before = dies;
                return Task.CompletedTask;
            };
            return Task.CompletedTask;
        };
    }

    private Task<DueAnswer> RunAsync(Instant at) => Migration.RunDue(new RunDue(at, Facts: null, DueKind.Migrate));

    private async Task RunToTheEndAsync(Instant at)
    {
        for (var i = 0; i < 4; i++)
        {
            await RunAsync(at);
        }

        Assert.Null(await DueAsync());
    }

    private async Task<Instant?> DueAsync() =>
        await _house.Cluster.ScalarAsync<DateTime?>("select run_at from due_work where kind = 'migrate'") is { } found ? Instant.FromDateTimeUtc(found) : null;

    private async Task<string> ResultsAsync() => await _house.Cluster.ScalarAsync<string?>(
        "select string_agg(concat_ws(' ', status, code), ' ' order by status, subscription) from plan_migration_result") ?? "";

    private static PlanVersionRow Version(int version, decimal amount)
    {
        var price = new Price("seat", PriceKind.Recurring, BillingTiming.InAdvance, new FlatModel(amount));
        return new PlanVersionRow("pro", version, BillingJson.Write(new PlanVersion("pro", version, "Pro", Currency.Of("usd"), BillingInterval.Of(IntervalUnit.Month, 1).Value, 0, [price])), Now);
    }

    private sealed class StandingClocks : IClocks
    {
        public Instant Live => Now;

        public Task<ClockReading?> ReadAsync(string clock) => Task.FromResult<ClockReading?>(new ClockReading(Now, Advancing: false));
    }
}
