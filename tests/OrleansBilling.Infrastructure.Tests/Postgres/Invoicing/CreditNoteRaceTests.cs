using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>Credit notes on real rows, where others commit between the reading and the commit of a turn.</summary>
public sealed class CreditNoteRaceTests(PostgresFixture postgres) : IAsyncLifetime
{
    private InvoiceHouse _house = null!;

    private Interfering Rival => (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();

    public async ValueTask InitializeAsync() => _house = await InvoiceHouse.StartAsync(
        postgres, CommitterKind.Grouped, silo => silo.Services.AddSingleton<ITurnCommitter, Interfering>());

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task Of_two_notes_at_once_the_second_sees_what_the_first_took()
    {
        var invoice = await OpenAsync();
        Rival.Before = () => RivalNoteAsync(invoice, 600);
        Assert.Equal("credit_above_left", (await NoteAsync(invoice, 500)).Refusal!.Code);
        Assert.Equal(1, await _house.Cluster.CountAsync("credit_note"));

        Rival.Before = () => RivalNoteAsync(invoice, 300);
        Assert.Null((await NoteAsync(invoice, 100)).Refusal);
        Assert.Equal(3, await _house.Cluster.CountAsync("credit_note"));
        var state = await _house.StateAsync(invoice);
        Assert.Equal((InvoiceStatus.Paid, 1000, 0), (state.Status, state.CreditApplied, state.AmountRemaining));
        Assert.Equal((0, 0), (await _house.LedgerAsync(invoice, "billed_revenue"), await _house.LedgerAsync(invoice, "accounts_receivable")));
        Assert.Equal(3, await _house.Cluster.ScalarAsync<long>("select count(distinct number) from credit_note"));
    }

    [Fact]
    public async Task A_note_decided_before_the_invoice_was_voided_is_refused()
    {
        var invoice = await OpenAsync();
        Rival.Before = () => _house.CommitTwinAsync(invoice, state => state with { Status = InvoiceStatus.Void, VoidedAt = InvoiceHouse.Now });
        Assert.Equal("invoice_not_creditable", (await NoteAsync(invoice, 500)).Refusal!.Code);
        Assert.Equal(0, await _house.Cluster.CountAsync("credit_note"));
    }

    [Fact]
    public async Task A_void_decided_before_a_note_takes_back_only_what_the_note_left()
    {
        var invoice = await OpenAsync();
        Rival.Before = () => RivalNoteAsync(invoice, 400);
        Assert.Null((await _house.Invoice(invoice).Void(InvoiceHouse.Key(), InvoiceHouse.Now)).Refusal);
        Assert.Equal((0, 0), (await _house.LedgerAsync(invoice, "billed_revenue"), await _house.LedgerAsync(invoice, "accounts_receivable")));
    }

    [Fact]
    public async Task A_note_decided_before_the_invoice_was_paid_gives_credit_and_not_an_offset()
    {
        var invoice = await OpenAsync();
        Rival.Before = async () =>
        {
            var state = await _house.StateAsync(invoice);
            var paid = InvoiceDecider.RecordPayment(state, Facts, 1000, "wire", "bank", new IdSource("rival", InvoiceHouse.Now), InvoiceHouse.Now);
            await _house.CommitAsync(new TurnWrite { At = InvoiceHouse.Now, Account = state.Account, Documents = paid.Value.Documents });
        };
        Assert.Null((await NoteAsync(invoice, 400)).Refusal);
        Assert.Equal(400, await _house.Cluster.ScalarAsync<long>("select credit_amount from credit_note"));
        Assert.Equal(400, await _house.Cluster.ScalarAsync<long>("select credit from account_balance"));
        Assert.Equal(-400, await _house.LedgerAsync(invoice, "customer_credit"));
    }

    [Fact]
    public async Task A_payment_decided_before_a_note_takes_no_more_than_the_note_left()
    {
        var invoice = await OpenAsync();
        Rival.Before = () => RivalNoteAsync(invoice, 400);
        var answer = await _house.Invoice(invoice).RecordPayment(InvoiceHouse.Key(), InvoiceHouse.Now, 1000, "wire", "bank");
        Assert.Equal("amount_above_remaining", answer.Refusal!.Code);
    }

    [Fact]
    public async Task A_request_that_was_cut_off_finds_its_note_and_sends_its_refund_once()
    {
        var invoice = await _house.IssueAsync();
        await _house.CollectAsync(invoice);
        var key = InvoiceHouse.Key("once");
        Rival.After = () => throw new InvalidOperationException("The silo dies here.");
        await Record.ExceptionAsync(() => NoteAsync(invoice, 700, CreditNoteSettlement.Refund, key));
        Assert.Equal(1, await _house.Cluster.CountAsync("refund where status = 'pending'"));
        var answer = InvoiceHouse.Json(await NoteAsync(invoice, 700, CreditNoteSettlement.Refund, key));
        Assert.Equal(700, answer.GetProperty("settled").GetProperty("refund").GetInt64());
        Assert.True((await NoteAsync(invoice, 700, CreditNoteSettlement.Refund, key)).Replayed);
        Assert.Equal(1, await _house.Cluster.CountAsync("refund where status = 'succeeded' and amount = 700"));
        Assert.Equal((300, 0), (await _house.LedgerAsync(invoice, "gateway_clearing"), await _house.LedgerAsync(invoice, "refunds_payable")));
    }

    [Theory]
    [InlineData("insert into credit_note_line select 'cn_x', line, 9, invoice, account, 500, 0, 0, 0, false, '[]' from credit_note_line")]
    [InlineData("update credit_note set total = 1")]
    [InlineData("delete from credit_note_line")]
    public async Task The_schema_refuses_more_than_was_billed_and_every_edit(string sql)
    {
        var invoice = await OpenAsync();
        Assert.Null((await NoteAsync(invoice, 600)).Refusal);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => _house.Cluster.ExecuteAsync(sql));
    }

    private static CollectionFacts Facts => CollectionFacts.Of(null, DunningPolicy.Default);

    private Task<string> OpenAsync() => _house.IssueAsync(token: null, mode: CollectionMode.SendInvoice);

    private Task<CommandAnswer> NoteAsync(string invoice, long amount, CreditNoteSettlement settle = CreditNoteSettlement.Credit, CommandKey? key = null) =>
        _house.Invoice(invoice).IssueCreditNote(
            key ?? InvoiceHouse.Key(), InvoiceHouse.Now, new IssueCreditNote { Amount = amount, Reason = "asked", Settle = settle });

    /// <summary>A note as another activation of the invoice would commit it.</summary>
    private async Task RivalNoteAsync(string invoice, long amount)
    {
        var state = await _house.StateAsync(invoice);
        var lines = await _house.Cluster.Services.GetRequiredService<ICreditNoteRows>().LinesAsync(invoice);
        var turn = InvoiceDecider.IssueCreditNote(
            state, Facts, lines, new CreditNoteOrder([], amount, "rival", CreditNoteSettlement.Credit), new IdSource($"rival{amount}", InvoiceHouse.Now), InvoiceHouse.Now);
        await _house.CommitAsync(new TurnWrite { At = InvoiceHouse.Now, Account = state.Account, Documents = turn.Value.Documents });
    }
}
