using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Accounts;
using OrleansBilling.Infrastructure.Postgres.Catalog;
using OrleansBilling.Infrastructure.Postgres.Invoicing;
using OrleansBilling.Infrastructure.Postgres.Subscriptions;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Subscriptions;

/// <summary>What happens where others commit between the reading and the commit of a subscription's turn.</summary>
public sealed class SubscriptionRaceTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Subscription = "sub_1";
    private static readonly AccountFacts Account = Given.Facts("acct_1");
    private InvoiceHouse _house = null!;

    private static Instant Now => InvoiceHouse.Now;

    private Interfering Rival => (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();

    private ISubscriptionGrain Grain => _house.Cluster.Services.GetRequiredService<IGrainFactory>().GetGrain<ISubscriptionGrain>(Subscription);

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
            Rows = [new PlanRow("pro", "Pro", 1, Now, null), new PlanVersionRow("pro", 1, BillingJson.Write(plan), Now), new AccountFactsRow(Account)],
        });
    }

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_trial_end_decided_on_facts_that_have_changed_is_decided_again()
    {
        var without = Account with { DefaultMethod = null };
        await FactsAsync(without with { Version = 2 });
        await CreateAsync(order => order with { TrialDays = 10, TrialMissingMethod = TrialMissingMethod.Cancel });
        await FactsAsync(Account with { Version = 3 });
        var end = Now + Duration.FromDays(10);
        await Grain.RunDue(new RunDue(end, new BillingFacts(without with { Version = 2 }, 0, DunningPolicy.Default), DueKind.TrialEnd));
        Assert.Equal(1, await _house.Cluster.CountAsync("subscription where status = 'active'"));
        Assert.Equal(1, await _house.Cluster.CountAsync("invoice where cause = 'trial_end'"));
    }

    [Fact]
    public async Task A_renewal_decided_on_a_balance_of_nought_takes_the_credit_that_came_meanwhile()
    {
        await CreateAsync();
        await BalanceAsync(500);
        var end = Instant.FromUtc(2024, 3, 31, 22, 0);
        await Grain.RunDue(new RunDue(end + Duration.FromDays(2), new BillingFacts(Account, 0, DunningPolicy.Default), DueKind.Renewal));
        Assert.Equal(500, await _house.Cluster.ScalarAsync<long>("select credit_applied from invoice where cause = 'renewal'"));
        Assert.Equal(0, await CreditAsync());
    }

    [Fact]
    public async Task An_outcome_between_the_reading_and_the_commit_is_heard_by_the_next_turn()
    {
        await CreateAsync();
        await StageAsync("past_due");
        Rival.Before = () => StageAsync("current");
        await Grain.RunDue(new RunDue(Now, null, DueKind.CollectionChanged));
        Assert.Equal(1, await _house.Cluster.CountAsync("subscription where status = 'past_due'"));
        Assert.Equal(1, await _house.Cluster.CountAsync("due_work where kind = 'collection_changed'"));

        await Grain.RunDue(new RunDue(Now, null, DueKind.CollectionChanged));
        Assert.Equal(1, await _house.Cluster.CountAsync("subscription where status = 'active'"));
        Assert.Equal(0, await _house.Cluster.CountAsync("due_work where kind = 'collection_changed'"));
    }

    [Fact]
    public async Task What_a_cancellation_has_brought_back_a_void_does_not_give_again()
    {
        await BalanceAsync(5000);
        var invoice = await CreateAsync();
        Assert.Equal(2000, await CreditAsync());
        await CancelAsync();
        Assert.Equal(5000, await CreditAsync());
        Assert.Null((await _house.Invoice(invoice).Void(InvoiceHouse.Key(), Now)).Refusal);
        Assert.Equal(5000, await CreditAsync());
        Assert.Equal(0, await NetAsync("billed_revenue"));
    }

    [Fact]
    public async Task A_cancellation_credits_nothing_of_an_invoice_that_is_voided_while_it_is_decided()
    {
        await BalanceAsync(5000);
        var invoice = await CreateAsync();
        Rival.Before = async () => Assert.Null((await _house.Invoice(invoice).Void(InvoiceHouse.Key(), Now)).Refusal);
        await CancelAsync();
        Assert.Equal(5000, await CreditAsync());
        Assert.Equal(0, await _house.Cluster.CountAsync("invoice where cause = 'cancel'"));
        Assert.Equal(0, await NetAsync("billed_revenue"));
    }

    [Fact]
    public async Task A_void_sees_the_credit_of_a_cancellation_that_came_while_it_was_decided()
    {
        await BalanceAsync(5000);
        var invoice = await CreateAsync();
        Rival.Before = CancelAsync;
        Assert.Null((await _house.Invoice(invoice).Void(InvoiceHouse.Key(), Now)).Refusal);
        Assert.Equal(5000, await CreditAsync());
        Assert.Equal(0, await NetAsync("billed_revenue"));
    }

    [Fact]
    public async Task A_cancellation_of_an_open_invoice_that_is_voided_meanwhile_leaves_nothing_owed_either_way()
    {
        await BalanceAsync(500);
        var invoice = await CreateAsync();
        Rival.Before = CancelAsync;
        Assert.Null((await _house.Invoice(invoice).Void(InvoiceHouse.Key(), Now)).Refusal);
        await _house.CollectAsync(invoice, kind: DueKind.CreditArrived);
        Assert.Equal(500, await CreditAsync());
        foreach (var account in (string[])["billed_revenue", "accounts_receivable", "credit_in_transit"])
        {
            Assert.Equal(0, await NetAsync(account));
        }

        Assert.Equal(0, await _house.Cluster.CountAsync("credit_in_transit"));
        Assert.Null(await _house.DueAsync(invoice, DueKind.CreditArrived));
    }

    [Fact]
    public async Task A_cancellation_credits_what_a_credit_note_that_came_meanwhile_has_left()
    {
        await BalanceAsync(5000);
        var invoice = await CreateAsync();
        Rival.Before = async () => Assert.Null((await NoteAsync(invoice, 2000)).Refusal);
        await CancelAsync();
        Assert.Equal(5000, await CreditAsync());
        Assert.Equal(-1000, await _house.Cluster.ScalarAsync<long>("select total from invoice where cause = 'cancel'"));
        Assert.Equal(0, await NetAsync("billed_revenue"));
    }

    [Fact]
    public async Task A_credit_note_is_refused_what_a_cancellation_that_came_meanwhile_has_credited()
    {
        await BalanceAsync(5000);
        var invoice = await CreateAsync();
        Rival.Before = CancelAsync;
        Assert.Equal("credit_above_left", (await NoteAsync(invoice, 1)).Refusal!.Code);
        Assert.Equal(5000, await CreditAsync());
        Assert.Equal(0, await NetAsync("billed_revenue"));
    }

    [Fact]
    public async Task An_invoice_whose_lines_a_note_credits_while_it_is_issued_anew_stays()
    {
        await BalanceAsync(5000);
        var invoice = await CreateAsync();
        Rival.Before = async () => Assert.Null((await NoteAsync(invoice, 1000)).Refusal);
        Assert.Equal("lines_credited", (await ReissueAsync(invoice)).Refusal!.Code);
        Assert.Equal(1, await _house.Cluster.CountAsync("invoice"));
        Assert.Equal((3000, -2000), (await CreditAsync(), await NetAsync("billed_revenue")));
    }

    [Fact]
    public async Task Of_a_reissue_and_a_cancellation_at_once_every_cent_is_there_once()
    {
        await BalanceAsync(5000);
        var invoice = await CreateAsync();
        var reissue = ReissueAsync(invoice);
        await CancelAsync();
        Assert.True((await reissue).Refusal is null or { Code: "lines_credited" });
        Assert.Equal((5000, 0), (await CreditAsync(), await NetAsync("billed_revenue")));
        Assert.Equal(0, await _house.Cluster.CountAsync("credit_in_transit"));
    }

    [Fact]
    public async Task An_invoice_that_is_paid_while_it_is_issued_anew_stays()
    {
        var invoice = await CreateAsync();
        Rival.Before = async () => Assert.Null((await _house.Invoice(invoice).RecordPayment(InvoiceHouse.Key(), Now, 3000, "wire", "bank")).Refusal);
        Assert.Equal("money_received", (await ReissueAsync(invoice)).Refusal!.Code);
        Assert.Equal(1, await _house.Cluster.CountAsync("invoice"));
        Assert.Equal((3000, 0, -3000), (await NetAsync("off_gateway_receipts"), await NetAsync("accounts_receivable"), await NetAsync("billed_revenue")));
    }

    [Fact]
    public async Task An_invoice_that_is_issued_anew_while_it_is_paid_takes_no_money()
    {
        var invoice = await CreateAsync();
        Rival.Before = async () => Assert.Null((await ReissueAsync(invoice)).Refusal);
        Assert.Equal("invoice_not_open", (await _house.Invoice(invoice).RecordPayment(InvoiceHouse.Key(), Now, 3000, "wire", "bank")).Refusal!.Code);
        Assert.Equal((0, 3000, -3000), (await NetAsync("off_gateway_receipts"), await NetAsync("accounts_receivable"), await NetAsync("billed_revenue")));
    }

    [Fact]
    public async Task A_line_removed_while_its_invoice_is_decided_is_not_on_it_and_one_added_goes_on_the_next()
    {
        await CreateAsync();
        await WaitingAsync("line_1", 700);
        await WaitingAsync("line_2", 50);
        Rival.Before = async () =>
        {
            await _house.CommitAsync(Given.Write(new Documents { PendingDropped = ["line_1"] }, Account.Account));
            await WaitingAsync("line_3", 30);
        };
        await Grain.RunDue(new RunDue(Instant.FromUtc(2024, 3, 31, 23, 0), null, DueKind.Renewal));
        Assert.Equal(3080, await _house.Cluster.ScalarAsync<long>("select total from invoice where cause = 'renewal'"));
        Assert.Equal(0, await _house.Cluster.CountAsync("pending_line"));
        Assert.Equal(1, await _house.Cluster.CountAsync("invoice where cause = 'renewal'"));
    }

    [Fact]
    public async Task A_credit_balance_fixes_the_currency_of_its_account()
    {
        var use = new PostgresAccountUse(new BillingDatabase(_house.Cluster.ConnectionString));
        Assert.False(await use.IsInUseAsync(Account.Account));
        await BalanceAsync(1);
        Assert.True(await use.IsInUseAsync(Account.Account));
    }

    private async Task<string> CreateAsync(Func<CreateSubscription, CreateSubscription>? change = null)
    {
        var order = new CreateSubscription { Account = Account.Account, Plan = "pro" };
        var answer = await Grain.Create(InvoiceHouse.Key(), Now, change is null ? order : change(order));
        Assert.Null(answer.Refusal);
        return await _house.Cluster.ScalarAsync<string>("select max(id) from invoice") ?? "";
    }

    private async Task CancelAsync()
    {
        var answer = await Grain.Cancel(InvoiceHouse.Key(), Now, new CancelSubscription(ChangeTime.Now, null));
        Assert.Null(answer.Refusal);
    }

    private Task<CommandAnswer> NoteAsync(string invoice, long amount) => _house.Invoice(invoice).IssueCreditNote(
        InvoiceHouse.Key(), Now, new Grains.Invoicing.IssueCreditNote { Amount = amount, Reason = "asked", Settle = Domain.Invoicing.CreditNotes.CreditNoteSettlement.Credit });

    private Task<CommandAnswer> ReissueAsync(string invoice) => Grain.ReissueInvoice(InvoiceHouse.Key(), Now, invoice);

    private Task WaitingAsync(string id, long amount) => _house.CommitAsync(Given.Write(
        new Documents { PendingLines = [PendingLines.ByHand(new PendingLineOrder("Hand") { Amount = amount }, Account, 0, id, Now).Value] }, Account.Account));

    private Task FactsAsync(AccountFacts facts) => _house.CommitAsync(Given.Write() with { Rows = [new AccountFactsRow(facts)] });

    private Task BalanceAsync(long amount) => _house.CommitAsync(Given.Write(Given.Moved(Account.Account, amount, null)));

    private async Task<long> CreditAsync() => await _house.Cluster.ScalarAsync<long>("select credit from account_balance");

    private async Task<long> NetAsync(string account) => await _house.Cluster.ScalarAsync<long>(
        $"""
        select (coalesce(sum(amount) filter (where debit = '{account}'), 0) - coalesce(sum(amount) filter (where credit = '{account}'), 0))::bigint
        from journal_entry
        """);

    /// <summary>An outcome as an invoice's turn writes it: the stage of its header, and the row that tells the subscription.</summary>
    private async Task StageAsync(string stage)
    {
        await _house.Cluster.ExecuteAsync($"update invoice set stage = '{stage}'");
        var row = new DueWrite(new DueKey(DueTargets.Subscription, Subscription, DueKind.CollectionChanged), Account.Account, Account.Clock, Now);
        await _house.CommitAsync(Given.Write() with { Due = [row] });
    }
}
