using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Catalog;
using OrleansBilling.Infrastructure.Postgres.Subscriptions;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>An account gathers on real rows: nothing is billed too early, nothing is forgotten, whoever dies or comes late. The test is the schedule.</summary>
public sealed class GatheringTests(PostgresFixture postgres)
{
    private static readonly AccountFacts Account = Given.Facts("acct_1") with { Grouping = InvoiceGrouping.Account };

    private static Instant Now => InvoiceHouse.Now;

    private static Instant April => Instant.FromUtc(2024, 3, 31, 23, 0);

    [Fact]
    public async Task The_invoice_waits_for_renewals_that_are_due_also_where_the_process_died_between_them()
    {
        await using var house = await StartAsync();
        await CreateAsync(house, 4);
        Assert.Equal(4, await house.Cluster.CountAsync("invoice_line"));
        await RenewAsync(house, 1, 2);
        Assert.Empty((await CloseAsync(house)).HandedOver);
        Assert.Equal((1, 1), (await house.Cluster.CountAsync("invoice"), await house.Cluster.CountAsync($"due_work where kind = 'gather' and due_at = '{April}' and run_at > due_at")));

        await RenewAsync(house, 3, 4);
        Assert.Equal(DueKind.Collect, Assert.Single((await CloseAsync(house)).HandedOver).Kind);
        Assert.Equal((2, 12_000), (await house.Cluster.CountAsync("invoice"), await house.Cluster.ScalarAsync<long>("select total from invoice order by seq desc limit 1")));
        await NothingIsLeftAsync(house);
        Assert.Empty((await CloseAsync(house)).HandedOver);
        Assert.Equal(2, await house.Cluster.CountAsync("invoice"));
    }

    [Fact]
    public async Task A_subscription_that_keeps_failing_is_not_waited_for_and_is_billed_when_it_recovers()
    {
        await using var house = await StartAsync();
        await CreateAsync(house, 3);
        await RenewAsync(house, 1, 2);
        await house.Cluster.ExecuteAsync("update due_work set attempts = 4, run_at = run_at + interval '50 seconds' where grain_key = 'sub_3'");
        await CloseAsync(house);
        Assert.Equal(1, await house.Cluster.CountAsync("invoice"));
        await house.Cluster.ExecuteAsync("update due_work set attempts = 5 where grain_key = 'sub_3'");
        await CloseAsync(house);
        Assert.Equal((2, 0), (await house.Cluster.CountAsync("invoice"), await house.Cluster.CountAsync("due_work where kind = 'gather'")));

        await RenewAsync(house, 3);
        await CloseAsync(house);
        Assert.Equal(["6000", "3000"], (await house.Cluster.ScalarAsync<string>("select string_agg(total::text, ' ' order by seq) from (select * from invoice order by seq offset 1) i"))!.Split(' '));
        Assert.Equal(2, await house.Cluster.ScalarAsync<long>("select count(distinct period_start) from invoice_line"));
        await NothingIsLeftAsync(house);
    }

    [Fact]
    public async Task Lines_gathered_before_the_account_is_billed_by_subscription_again_share_their_invoice_and_periods_keep_theirs()
    {
        await using var house = await StartAsync();
        await CreateAsync(house, 2);
        // Late by two periods: each subscription catches up in one call.
        var late = Instant.FromUtc(2024, 5, 1, 0, 0);
        foreach (var subscription in (string[])["sub_1", "sub_2"])
        {
            await house.Cluster.Grains.GetGrain<ISubscriptionGrain>(subscription).RunDue(new RunDue(late, null, DueKind.Renewal));
        }

        await house.CommitAsync(Given.Write() with { Rows = [new AccountFactsRow(Account with { Version = 2, Grouping = InvoiceGrouping.Subscription })] });
        await CloseAsync(house, late);
        Assert.Equal(3, await house.Cluster.CountAsync("invoice where cause = 'grouped' and total = 6000"));
        Assert.Equal(3, await house.Cluster.ScalarAsync<long>("select count(distinct (invoice, period_start)) from invoice_line"));
        await NothingIsLeftAsync(house);
    }

    [Fact]
    public async Task A_credit_made_before_the_invoice_of_its_line_stands_on_that_invoice()
    {
        await using var house = await StartAsync();
        await CreateAsync(house, 2);
        await RenewAsync(house, 1, 2);
        var later = April + Duration.FromHours(1);
        var canceled = await house.Cluster.Grains.GetGrain<ISubscriptionGrain>("sub_1").Cancel(InvoiceHouse.Key(), later, new CancelSubscription(ChangeTime.Now, Domain.Invoicing.Proration.ProrationPolicy.Day));
        Assert.Null(canceled.Refusal);
        await CloseAsync(house, later);
        Assert.Equal(["2", "3000"], (await house.Cluster.ScalarAsync<string>("select count(*) || ' ' || max(total) filter (where id <> (select id from invoice order by seq limit 1)) from invoice"))!.Split(' '));
        Assert.Equal(1, await house.Cluster.CountAsync("invoice_line c join invoice_line l on l.invoice = c.invoice and l.id = c.credited_line and l.amount = -c.amount where c.credited_invoice is null"));
        await NothingIsLeftAsync(house);
    }

    [Fact]
    public async Task A_balance_that_moves_while_the_invoice_is_decided_pays_it()
    {
        await using var house = await StartAsync();
        await CreateAsync(house, 2);
        await RenewAsync(house, 1, 2);
        ((Interfering)house.Cluster.Services.GetRequiredService<ITurnCommitter>()).Before = () => house.CommitAsync(Given.Write(Given.Moved("acct_1", 700, null)));
        await CloseAsync(house);
        Assert.Equal(700, await house.Cluster.ScalarAsync<long>("select credit_applied from invoice order by seq desc limit 1"));
        await NothingIsLeftAsync(house);
    }

    [Theory]
    [InlineData(CommitterKind.Grouped)]
    [InlineData(CommitterKind.Scoped)]
    public async Task Whatever_is_gathered_while_invoices_are_made_has_its_row_until_it_is_billed_once(CommitterKind kind)
    {
        const int Lines = 300;
        await using var house = await StartAsync(kind);
        var gathering = Parallel.ForEachAsync(Enumerable.Range(0, Lines), new ParallelOptions { MaxDegreeOfParallelism = 24 }, async (n, _) => await house.CommitAsync(Gathered(n)));
        do
        {
            await CloseAsync(house);
            Assert.Equal(0, await house.Cluster.CountAsync("pending_line p where not exists (select from due_work d where d.kind = 'gather' and d.due_at <= p.at)"));
        }
        while (!gathering.IsCompleted);
        await gathering;
        await CloseAsync(house);
        Assert.Equal(Lines, await house.Cluster.CountAsync("invoice_line"));
        Assert.Equal(Lines * 100L, await house.Cluster.ScalarAsync<long>("select sum(total)::bigint from invoice"));
        await NothingIsLeftAsync(house);
    }

    [Fact]
    public async Task A_turn_that_gathers_and_is_not_committed_yet_keeps_the_row_for_its_line()
    {
        await using var house = await StartAsync(CommitterKind.Scoped);
        await house.CommitAsync(Given.Write(Given.Moved("acct_slow", 1, null)));
        await house.CommitAsync(Gathered(0));
        await using var connection = new NpgsqlConnection(house.Cluster.ConnectionString);
        await connection.OpenAsync();
        await using var holding = await connection.BeginTransactionAsync();
        await new NpgsqlCommand("select from account_balance where account = 'acct_slow' for update", connection).ExecuteNonQueryAsync();
        // The second turn has written its line and stands before the balance that is held.
        var late = Gathered(7);
        var gathering = house.CommitAsync(late with { Documents = late.Documents.And(Given.Moved("acct_slow", 1, null)) });
        await UntilAsync(house, "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'", 1);
        var closing = CloseAsync(house);
        await UntilAsync(house, "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'", 2);
        await holding.RollbackAsync();
        await gathering;
        await closing;
        Assert.Equal(2, await house.Cluster.CountAsync("invoice_line"));
        await NothingIsLeftAsync(house);
    }

    [Fact]
    public async Task A_row_left_to_a_person_is_run_again_when_more_is_gathered()
    {
        await using var house = await StartAsync();
        await house.CommitAsync(Gathered(1));
        await house.Cluster.ExecuteAsync("update due_work set quarantined_at = now(), attempts = 8, run_at = now() + interval '1 day'");
        await house.CommitAsync(Gathered(2));
        Assert.Equal(1, await house.Cluster.CountAsync($"due_work where quarantined_at is null and attempts = 0 and due_at = '{Now + Duration.FromSeconds(1)}' and run_at = '{Now + Duration.FromSeconds(2)}'"));
    }

    private static TurnWrite Gathered(int n)
    {
        var at = Now + Duration.FromSeconds(n % 7);
        var draft = new LineDraft(LineKind.Recurring, "Pro", new Period(Now, Now + Duration.FromDays(30)), 100, Explain.Empty.With(ExplainSteps.Given("Given", 100)))
        {
            Id = $"line_{n}", HasWaited = true, Subscription = $"sub_{n}", Item = "item_1", Price = "base",
        };
        return Given.Write(new Documents { PendingLines = [new PendingLine("acct_1", "usd", draft, PendingSource.Gathered, at)] }, "acct_1") with
        {
            Gathers = [new GatherWrite("acct_1", AccountFacts.LiveClock, at)],
        };
    }

    private async Task<InvoiceHouse> StartAsync(CommitterKind kind = CommitterKind.Grouped)
    {
        var house = await InvoiceHouse.StartAsync(postgres, kind, silo =>
        {
            if (kind is CommitterKind.Grouped)
            {
                silo.Services.AddSingleton<ITurnCommitter, Interfering>();
            }

            silo.Services.AddSingleton<ICatalog, PostgresCatalog>();
            silo.Services.AddSingleton<ICoupons, PostgresCoupons>();
            silo.Services.AddSingleton<ICollectionStandings, PostgresCollectionStandings>();
        });
        var price = new Price("seat", PriceKind.Recurring, BillingTiming.InAdvance, new FlatModel(3000));
        var plan = new PlanVersion("pro", 1, "Pro", Currency.Of("usd"), BillingInterval.Of(IntervalUnit.Month, 1).Value, 0, [price]);
        await house.CommitAsync(Given.Write() with
        {
            Rows = [new PlanRow("pro", "Pro", 1, Now, null), new PlanVersionRow("pro", 1, BillingJson.Write(plan), Now), new AccountFactsRow(Account)],
        });
        return house;
    }

    /// <summary>Subscriptions bought at one instant, on one invoice.</summary>
    private static async Task CreateAsync(InvoiceHouse house, int count)
    {
        for (var n = 1; n <= count; n++)
        {
            var answer = await house.Cluster.Grains.GetGrain<ISubscriptionGrain>($"sub_{n}").Create(InvoiceHouse.Key(), Now, new CreateSubscription { Account = Account.Account, Plan = "pro" });
            Assert.Contains(GatherWrite.KeyOf(Account.Account), answer.HandedOver);
        }

        await CloseAsync(house, Now);
        Assert.Equal(1, await house.Cluster.CountAsync("invoice"));
    }

    private static async Task RenewAsync(InvoiceHouse house, params int[] subscriptions)
    {
        foreach (var n in subscriptions)
        {
            // A wave of renewals leaves the invoice to its row.
            Assert.Empty((await house.Cluster.Grains.GetGrain<ISubscriptionGrain>($"sub_{n}").RunDue(new RunDue(April, null, DueKind.Renewal))).HandedOver);
        }
    }

    private static Task<DueAnswer> CloseAsync(InvoiceHouse house, Instant? now = null) =>
        house.Cluster.Grains.GetGrain<IGatheringGrain>(Account.Account).RunDue(new RunDue(now ?? April, null, DueKind.Gather));

    private static async Task UntilAsync(InvoiceHouse house, string from, long count)
    {
        for (var i = 0; i < 400 && await house.Cluster.CountAsync(from) < count; i++)
        {
            await Task.Delay(25);
        }
    }

    private static async Task NothingIsLeftAsync(InvoiceHouse house)
    {
        Assert.Equal((0, 0), (await house.Cluster.CountAsync("pending_line"), await house.Cluster.CountAsync("due_work where kind = 'gather'")));
        Assert.Equal(
            await house.Cluster.ScalarAsync<long>("select coalesce(sum(total), 0)::bigint from invoice"),
            await house.Cluster.ScalarAsync<long>("select coalesce(sum(amount), 0)::bigint from journal_entry where credit = 'billed_revenue'"));
    }
}
