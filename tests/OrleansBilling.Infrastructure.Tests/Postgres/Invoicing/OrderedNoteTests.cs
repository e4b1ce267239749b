using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>Credit notes that late usage has ordered, on real rows: made once, whoever dies or commits in between.</summary>
public sealed class OrderedNoteTests(PostgresFixture postgres) : IAsyncLifetime
{
    private InvoiceHouse _house = null!;

    private Interfering Rival => (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();

    public async ValueTask InitializeAsync() => _house = await InvoiceHouse.StartAsync(
        postgres, CommitterKind.Grouped, silo => silo.Services.AddSingleton<ITurnCommitter, Interfering>());

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task It_is_made_once_however_often_its_work_runs_and_whoever_dies_after_the_commit()
    {
        var invoice = await OpenAsync();
        await OrderAsync(invoice, "line_o1", 300);
        Rival.After = () => throw new InvalidOperationException("The silo dies here.");
        await Record.ExceptionAsync(() => RunAsync(invoice));
        await RunAsync(invoice);
        await RunAsync(invoice);

        Assert.Equal(1, await _house.Cluster.CountAsync("credit_note where reason = 'usage_corrected' and total = 300 and offset_amount = 300 and number is not null"));
        Assert.Equal(0, await _house.Cluster.CountAsync("pending_line"));
        Assert.Null(await _house.DueAsync(invoice, DueKind.CreditArrived));
        Assert.Equal(700, (await _house.StateAsync(invoice)).AmountRemaining);
        Assert.Equal((-700, 700), (await _house.LedgerAsync(invoice, "billed_revenue"), await _house.LedgerAsync(invoice, "accounts_receivable")));
    }

    [Fact]
    public async Task Two_activations_make_one_and_what_is_ordered_meanwhile_has_its_own()
    {
        var invoice = await OpenAsync();
        await OrderAsync(invoice, "line_o1", 300);
        Rival.Before = () => RivalAsync(invoice);
        await RunAsync(invoice);
        Assert.Equal(1, await _house.Cluster.CountAsync("credit_note"));

        await OrderAsync(invoice, "line_o2", 200);
        Rival.Before = () => OrderAsync(invoice, "line_o3", 100);
        await RunAsync(invoice);

        Assert.Equal(3, await _house.Cluster.CountAsync("credit_note where reason = 'usage_corrected'"));
        Assert.Equal((400, 600), ((await _house.StateAsync(invoice)).AmountRemaining, await _house.Cluster.ScalarAsync<long>("select sum(amount)::bigint from credit_note_line")));
        Assert.Null(await _house.DueAsync(invoice, DueKind.CreditArrived));
    }

    [Fact]
    public async Task A_note_of_a_person_takes_what_the_ordered_one_leaves_also_where_that_is_ordered_in_between()
    {
        var invoice = await OpenAsync();
        await OrderAsync(invoice, "line_o1", 300);
        Assert.Equal("credit_above_left", (await NoteAsync(invoice, 701)).Refusal!.Code);
        Rival.Before = () => OrderAsync(invoice, "line_o2", 600);

        Assert.Equal("credit_above_left", (await NoteAsync(invoice, 200)).Refusal!.Code);

        Assert.Null((await NoteAsync(invoice, 100)).Refusal);
        Assert.Equal((0, 0), (await _house.LedgerAsync(invoice, "billed_revenue"), await _house.LedgerAsync(invoice, "accounts_receivable")));
    }

    [Fact]
    public async Task What_is_ordered_keeps_its_room_and_its_invoice_must_stand_as_it_was_seen()
    {
        var invoice = await OpenAsync();
        var seen = (await _house.StateAsync(invoice)).Version;
        Assert.Null((await NoteAsync(invoice, 100)).Refusal);
        await Assert.ThrowsAsync<TurnConflictException>(() => OrderAsync(invoice, "line_o1", 300, seen));

        await OrderAsync(invoice, "line_o1", 300);
        await Assert.ThrowsAsync<TurnConflictException>(() => OrderAsync(invoice, "line_o2", 601));
        Assert.Equal(1, await _house.Cluster.CountAsync("pending_line"));
    }

    [Fact]
    public async Task A_void_decided_before_it_was_ordered_takes_back_only_the_rest()
    {
        var invoice = await OpenAsync();
        Rival.Before = () => OrderAsync(invoice, "line_o1", 300);

        Assert.Null((await _house.Invoice(invoice).Void(InvoiceHouse.Key(), InvoiceHouse.Now)).Refusal);

        Assert.Equal(1, await _house.Cluster.CountAsync("credit_note"));
        Assert.Equal((0, 0), (await _house.LedgerAsync(invoice, "billed_revenue"), await _house.LedgerAsync(invoice, "accounts_receivable")));
        Assert.Equal(0, await _house.Cluster.CountAsync("account_balance where credit > 0"));
    }

    [Fact]
    public async Task Where_the_invoice_was_voided_under_it_nothing_is_given_and_nothing_waits()
    {
        var invoice = await OpenAsync();
        await OrderAsync(invoice, "line_o1", 300);
        await _house.CommitTwinAsync(invoice, state => state with { Status = InvoiceStatus.Void, VoidedAt = InvoiceHouse.Now });

        await RunAsync(invoice);

        Assert.Equal((0, 0), (await _house.Cluster.CountAsync("credit_note"), await _house.Cluster.CountAsync("pending_line")));
        Assert.Null(await _house.DueAsync(invoice, DueKind.CreditArrived));
    }

    [Fact]
    public async Task A_queued_attempt_is_not_sent_before_the_note_has_lowered_it()
    {
        var invoice = await _house.IssueAsync();
        await OrderAsync(invoice, "line_o1", 300);
        var queued = (await _house.StateAsync(invoice)).Attempts.Single();
        Assert.False(await _house.Cluster.Services.GetRequiredService<IAttemptGate>().MarkSentAsync(queued.Id, InvoiceHouse.Now));

        await _house.CollectAsync(invoice);

        Assert.Equal(700, await _house.Cluster.ScalarAsync<long>("select amount from payment_attempt where status = 'succeeded'"));
        Assert.Equal(700, await _house.LedgerAsync(invoice, "gateway_clearing"));
        Assert.Equal(1, await _house.Cluster.CountAsync("credit_note where offset_amount = 300"));
    }

    [Fact]
    public async Task While_a_payment_is_away_it_waits_and_is_credit_once_that_has_come()
    {
        var invoice = await _house.IssueAsync("tok_sepa");
        await _house.CollectAsync(invoice);
        await OrderAsync(invoice, "line_o1", 300);
        await RunAsync(invoice);
        Assert.Equal(0, await _house.Cluster.CountAsync("credit_note"));
        var again = await _house.DueAsync(invoice, DueKind.CreditArrived);
        Assert.True(again > InvoiceHouse.Now);

        await _house.CollectAsync(invoice, InvoiceHouse.Now + NodaTime.Duration.FromDays(10));

        Assert.Equal(1, await _house.Cluster.CountAsync("credit_note where credit_amount = 300"));
        Assert.Equal(300, await _house.Cluster.ScalarAsync<long>("select credit from account_balance"));
    }

    [Theory]
    [InlineData("insert into pending_line select 'line_x', account, currency, 'credit_note', at, subscription, item, kind, plan, price, description, period_start, period_end, quantity, unit_amount, 5, 0, discounts, tax_code, usage_group, credited_line, credited_invoice, 9, 'x', tax_rates, tax_inclusive, proration, explain, created_at from pending_line")]
    [InlineData("insert into pending_line select 'line_x', account, currency, 'credit_note', at, subscription, item, kind, plan, price, description, period_start, period_end, quantity, unit_amount, -5, 0, discounts, tax_code, usage_group, credited_line, null, 9, 'x', tax_rates, tax_inclusive, proration, explain, created_at from pending_line")]
    public async Task The_schema_takes_orders_of_credits_of_invoices_only(string sql)
    {
        var invoice = await OpenAsync();
        await OrderAsync(invoice, "line_o1", 300);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => _house.Cluster.ExecuteAsync(sql));
    }

    private Task<string> OpenAsync() => _house.IssueAsync(token: null, mode: CollectionMode.SendInvoice);

    private Task<Grains.Schedule.DueAnswer> RunAsync(string invoice) => _house.CollectAsync(invoice, kind: DueKind.CreditArrived);

    private Task<CommandAnswer> NoteAsync(string invoice, long amount) => _house.Invoice(invoice).IssueCreditNote(
        InvoiceHouse.Key(), InvoiceHouse.Now, new IssueCreditNote { Amount = amount, Reason = "asked", Settle = CreditNoteSettlement.Credit });

    /// <summary>What a subscription's look commits.</summary>
    private async Task OrderAsync(string invoice, string id, long amount, long? version = null)
    {
        var state = await _house.StateAsync(invoice);
        var billed = (await _house.Cluster.Services.GetRequiredService<ICreditNoteRows>().LinesAsync(invoice))[0].Line;
        var draft = new LineDraft(LineKind.Usage, "Less used", billed.Draft.Period, -amount, Explain.Empty)
        {
            Id = id,
            HasWaited = true,
            Subscription = billed.Draft.Subscription,
            Item = billed.Draft.Item,
            CreditedLine = billed.Id,
            CreditedInvoice = invoice,
            CarriedTaxRates = [.. billed.Taxes.Select(tax => tax.Rate)],
            CarriedInclusive = billed.TaxInclusive,
            Revision = id[^1] - '0',
            Cause = "usagelate:" + id,
        };
        var documents = new Documents
        {
            PendingLines = [new PendingLine(state.Account, "usd", draft, PendingSource.CreditNote, InvoiceHouse.Now)],
            InvoicesCredited = [new InvoiceSeen(invoice, version ?? state.Version)],
        };
        await _house.CommitAsync(new TurnWrite
        {
            At = InvoiceHouse.Now,
            Account = state.Account,
            Documents = documents,
            Due = InvoiceDue.Of(documents, Given.Facts(state.Account), InvoiceHouse.Now),
        });
    }

    /// <summary>The note as another activation of the invoice would commit it.</summary>
    private async Task RivalAsync(string invoice)
    {
        var load = (await _house.Rows.FindAsync(invoice))!;
        var lines = await _house.Cluster.Services.GetRequiredService<ICreditNoteRows>().LinesAsync(invoice);
        var turn = InvoiceDecider.IssueOrderedNote(
            load.State, Domain.Dunning.CollectionFacts.Of(null, Domain.Dunning.DunningPolicy.Default), lines, load.Ordered, new IdSource("rival", InvoiceHouse.Now), InvoiceHouse.Now);
        await _house.CommitAsync(new TurnWrite { At = InvoiceHouse.Now, Account = load.State.Account, Documents = turn.Value.Documents });
    }
}
