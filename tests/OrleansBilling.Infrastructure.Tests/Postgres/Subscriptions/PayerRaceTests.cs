using System.Collections.Immutable;
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

namespace OrleansBilling.Infrastructure.Tests.Postgres.Subscriptions;

/// <summary>Payers on real rows, where one changes between the reading and the commit of a child's turn.</summary>
public sealed class PayerRaceTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly AccountFacts Parent = Given.Facts("acct_parent");
    private static readonly AccountFacts Child = Given.Facts("acct_child") with { BilledTo = Parent.Account };
    private static readonly Instant Renewal = Instant.FromUtc(2024, 3, 31, 23, 0);
    private InvoiceHouse _house = null!;

    private Interfering Rival => (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();

    private ISubscriptionGrain Grain => _house.Cluster.Services.GetRequiredService<IGrainFactory>().GetGrain<ISubscriptionGrain>("sub_1");

    public async ValueTask InitializeAsync()
    {
        _house = await InvoiceHouse.StartAsync(postgres, CommitterKind.Grouped, silo =>
        {
            silo.Services.AddSingleton<ITurnCommitter, Interfering>();
            silo.Services.AddSingleton<ICatalog, PostgresCatalog>();
            silo.Services.AddSingleton<ICoupons, PostgresCoupons>();
            silo.Services.AddSingleton<ICollectionStandings, PostgresCollectionStandings>();
        });
        var price = new Price("seat", PriceKind.Recurring, BillingTiming.InAdvance, new FlatModel(3000));
        var plan = new PlanVersion("pro", 1, "Pro", Currency.Of("usd"), BillingInterval.Of(IntervalUnit.Month, 1).Value, 0, [price]);
        await _house.CommitAsync(Given.Write() with
        {
            Rows = [new PlanRow("pro", "Pro", 1, InvoiceHouse.Now, null), new PlanVersionRow("pro", 1, BillingJson.Write(plan), InvoiceHouse.Now)],
        });
        await FactsAsync(Parent);
        await FactsAsync(Child);
        Assert.Null((await Grain.Create(InvoiceHouse.Key(), InvoiceHouse.Now, new CreateSubscription { Account = Child.Account, Plan = "pro" })).Refusal);
    }

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_renewal_is_issued_to_the_payer_that_stands_when_it_commits()
    {
        Rival.Before = () => FactsAsync(Child with { BilledTo = null, Version = 2 });
        await Grain.RunDue(new RunDue(Renewal, null, DueKind.Renewal));
        Assert.Equal("acct_parent acct_child", await AccountsAsync());
    }

    [Fact]
    public async Task A_renewal_takes_the_parents_tax_and_balance_as_they_are_when_it_commits()
    {
        Rival.Before = async () =>
        {
            await FactsAsync(Parent with { Tax = TaxSettings.None with { Rates = [new AccountTaxRate("vat", 20, [])] }, Version = 2 });
            await _house.CommitAsync(Given.Write(Given.Moved(Parent.Account, 500, null)));
        };
        await Grain.RunDue(new RunDue(Renewal, null, DueKind.Renewal));
        Assert.Equal((3600, 500), (
            await _house.Cluster.ScalarAsync<long>("select total from invoice where cause = 'renewal'"),
            await _house.Cluster.ScalarAsync<long>("select credit_applied from invoice where cause = 'renewal'")));
        Assert.Equal(0, await _house.Cluster.ScalarAsync<long>("select credit from account_balance where account = 'acct_parent'"));
    }

    /// <summary>The balance of the parent paid the month; the child pays itself from then on, and ends at once.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_old_payer_gets_back_is_his_once_whichever_of_void_and_end_comes_first(bool voidFirst)
    {
        await _house.CommitAsync(Given.Write(Given.Moved(Parent.Account, 3000, null)));
        await Grain.RunDue(new RunDue(Renewal, null, DueKind.Renewal));
        var paid = await _house.Cluster.ScalarAsync<string>("select id from invoice where cause = 'renewal'");
        await FactsAsync(Child with { BilledTo = null, Version = 2 });
        Task EndAsync() => Grain.Cancel(InvoiceHouse.Key(), Renewal, new CancelSubscription(ChangeTime.Now, null));
        Task VoidAsync() => _house.Invoice(paid!).Void(InvoiceHouse.Key(), Renewal);
        Rival.Before = voidFirst ? VoidAsync : EndAsync;
        await (voidFirst ? EndAsync() : VoidAsync());
        Assert.Equal(3000, await _house.Cluster.ScalarAsync<long>("select credit from account_balance where account = 'acct_parent'"));
        Assert.Equal(0, await _house.Cluster.ScalarAsync<long>("select coalesce(sum(credit), 0)::bigint from account_balance where account = 'acct_child'"));
    }

    private Task FactsAsync(AccountFacts facts) => _house.CommitAsync(Given.Write() with { Rows = [new AccountFactsRow(facts)] });

    private async Task<string?> AccountsAsync() => await _house.Cluster.ScalarAsync<string>("select string_agg(account, ' ' order by created_at, id) from invoice");
}
