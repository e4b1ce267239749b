using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Sandbox;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>The commands of an invoice: answers, repeats, refusals.</summary>
public sealed class InvoiceCommandTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Instant Now = InvoiceHouse.Now;
    private InvoiceHouse _house = null!;

    public async ValueTask InitializeAsync() => _house = await InvoiceHouse.StartAsync(postgres, CommitterKind.Grouped);

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task Pay_answers_with_the_invoice_after_the_outcome_and_a_repeat_with_the_same()
    {
        var invoice = await _house.IssueAsync("tok_insufficient_funds");
        await _house.CollectAsync(invoice);
        await _house.ReplaceMethodAsync(invoice, "tok_visa");
        var answer = await _house.Invoice(invoice).Pay(InvoiceHouse.Key("pay-1"), Now, null);
        var json = InvoiceHouse.Json(answer);
        Assert.Equal(("paid", 0, 1000), (json.GetProperty("status").GetString(), json.GetProperty("amount_remaining").GetInt64(), json.GetProperty("amount_paid").GetInt64()));
        Assert.Equal(2, json.GetProperty("attempts").GetArrayLength());
        Assert.Single(json.GetProperty("lines").EnumerateArray());
        Assert.Equal(DueKind.CollectionChanged, Assert.Single(answer.HandedOver).Kind);
        var repeat = await _house.Invoice(invoice).Pay(InvoiceHouse.Key("pay-1"), Now + Duration.FromHours(1), null);
        Assert.Equal((answer.Body, true), (repeat.Body, repeat.Replayed));
        Assert.Equal(2, (await _house.Books.OfInvoiceAsync(invoice, default)).Count);
        Assert.Equal("invoice_not_open", (await _house.Invoice(invoice).Pay(InvoiceHouse.Key(), Now, null)).Refusal!.Code);
    }

    [Fact]
    public async Task A_pay_request_that_was_cut_off_is_finished_by_its_repeat_under_the_same_attempt()
    {
        var invoice = await _house.IssueAsync(token: "tok_card_declined");
        await _house.CollectAsync(invoice);
        await _house.ReplaceMethodAsync(invoice, "tok_visa");
        await _house.Books.SetControlAsync(new SandboxControl(1, "lost_answer", "processing_error", 0), default);
        await _house.Invoice(invoice).Pay(InvoiceHouse.Key("cut"), Now, null);
        // As if the process had died before the answer was stored.
        await _house.Cluster.ExecuteAsync("delete from command_log where key = 'cut'");
        var repeat = InvoiceHouse.Json(await _house.Invoice(invoice).Pay(InvoiceHouse.Key("cut"), Now + Duration.FromMinutes(2), null));
        Assert.Equal("paid", repeat.GetProperty("status").GetString());
        Assert.Equal(1000, await _house.Cluster.ScalarAsync<long>($"select amount from sandbox_taken where invoice = '{invoice}'"));
        Assert.Equal(2, (await _house.StateAsync(invoice)).Attempts.Length);
    }

    [Fact]
    public async Task Pay_with_a_named_method_uses_it_and_refuses_an_unknown_one()
    {
        var invoice = await _house.IssueAsync(mode: CollectionMode.SendInvoice, terms: 14);
        Assert.Empty((await _house.StateAsync(invoice)).Attempts);
        Assert.Equal("payment_method_not_found", (await _house.Invoice(invoice).Pay(InvoiceHouse.Key(), Now, "pm_none")).Refusal!.Code);
        var method = invoice.Replace("inv", "pm", StringComparison.Ordinal);
        var json = InvoiceHouse.Json(await _house.Invoice(invoice).Pay(InvoiceHouse.Key(), Now, method));
        Assert.Equal("paid", json.GetProperty("status").GetString());
        var none = await _house.IssueAsync(token: null);
        Assert.Equal("no_payment_method", (await _house.Invoice(none).Pay(InvoiceHouse.Key(), Now, null)).Refusal!.Code);
    }

    [Fact]
    public async Task Void_reverses_the_ledger_frees_the_lines_and_is_done_once()
    {
        var invoice = await _house.IssueAsync();
        var answer = await _house.Invoice(invoice).Void(InvoiceHouse.Key("v"), Now);
        Assert.Equal("void", InvoiceHouse.Json(answer).GetProperty("status").GetString());
        foreach (var account in new[] { "accounts_receivable", "billed_revenue", "tax_payable" })
        {
            Assert.Equal(0, await _house.LedgerAsync(invoice, account));
        }

        Assert.Equal(1, await _house.Cluster.CountAsync($"invoice_line where invoice = '{invoice}' and voided"));
        Assert.Null(await _house.DueAsync(invoice, DueKind.Collect));
        await _house.CollectAsync(invoice);
        Assert.Empty(await _house.Books.OfInvoiceAsync(invoice, default));
        Assert.True((await _house.Invoice(invoice).Void(InvoiceHouse.Key("v"), Now)).Replayed);
        Assert.Equal("invoice_not_open", (await _house.Invoice(invoice).Void(InvoiceHouse.Key(), Now)).Refusal!.Code);
    }

    [Fact]
    public async Task Uncollectible_is_written_off()
    {
        var invoice = await _house.IssueAsync("tok_card_declined");
        await _house.CollectAsync(invoice);
        var answer = await _house.Invoice(invoice).MarkUncollectible(InvoiceHouse.Key(), Now);
        Assert.Equal("uncollectible", InvoiceHouse.Json(answer).GetProperty("status").GetString());
        Assert.Equal((1000, 0), (await _house.LedgerAsync(invoice, "bad_debt"), await _house.LedgerAsync(invoice, "accounts_receivable")));
    }

    [Fact]
    public async Task Recorded_money_pays_and_above_what_remains_is_refused()
    {
        var invoice = await _house.IssueAsync(token: null, mode: CollectionMode.SendInvoice);
        Assert.Equal("amount_above_remaining", (await _house.Invoice(invoice).RecordPayment(InvoiceHouse.Key(), Now, 1001, "w", "wire")).Refusal!.Code);
        var json = InvoiceHouse.Json(await _house.Invoice(invoice).RecordPayment(InvoiceHouse.Key("r"), Now, 1000, "w 17", "wire"));
        Assert.Equal("paid", json.GetProperty("status").GetString());
        Assert.Equal(1000, await _house.LedgerAsync(invoice, "off_gateway_receipts"));
        Assert.True((await _house.Invoice(invoice).RecordPayment(InvoiceHouse.Key("r"), Now, 1000, "w 17", "wire")).Replayed);
    }

    [Fact]
    public async Task Refunds_reach_the_gateway_once_and_never_exceed_what_was_received()
    {
        var invoice = await _house.IssueAsync();
        await _house.CollectAsync(invoice);
        var payment = (await _house.StateAsync(invoice)).Payments[0].Id;
        var answer = await _house.Invoice(invoice).Refund(InvoiceHouse.Key("re"), Now, payment, 400, "asked");
        var json = InvoiceHouse.Json(answer);
        Assert.Equal((201, "succeeded", 400), (answer.Status, json.GetProperty("status").GetString(), json.GetProperty("amount").GetInt64()));
        Assert.True((await _house.Invoice(invoice).Refund(InvoiceHouse.Key("re"), Now, payment, 400, "asked")).Replayed);
        Assert.Equal("refund_above_received", (await _house.Invoice(invoice).Refund(InvoiceHouse.Key(), Now, payment, 601, "asked")).Refusal!.Code);
        Assert.Equal("payment_not_found", (await _house.Invoice(invoice).Refund(InvoiceHouse.Key(), Now, "pay_none", 1, "asked")).Refusal!.Code);
        InvoiceHouse.Json(await _house.Invoice(invoice).Refund(InvoiceHouse.Key(), Now, payment, null, "rest"));
        Assert.Equal(1000, Assert.Single(await _house.Books.OfInvoiceAsync(invoice, default)).Refunded);
        Assert.Equal((1000, 0), (await _house.LedgerAsync(invoice, "refunds"), await _house.LedgerAsync(invoice, "gateway_clearing")));
        Assert.Equal(InvoiceStatus.Paid, (await _house.StateAsync(invoice)).Status);
        Assert.Null(await _house.DueAsync(invoice, DueKind.Refund));
    }

    [Fact]
    public async Task A_refund_that_a_crash_left_pending_is_finished_by_its_row_of_due_work()
    {
        var invoice = await _house.IssueAsync();
        await _house.CollectAsync(invoice);
        var state = await _house.StateAsync(invoice);
        await _house.Cluster.ExecuteAsync(
            $"""
            insert into refund (id, payment, invoice, account, currency, amount, status, reason, created_at)
            values ('re_left', '{state.Payments[0].Id}', '{invoice}', '{state.Account}', 'usd', 250, 'pending', 'asked', '2024-03-01T00:00:00Z')
            """);
        await _house.CollectAsync(invoice, kind: DueKind.Refund);
        Assert.Equal(RefundStatus.Succeeded, (await _house.StateAsync(invoice)).Refunds[0].Status);
        Assert.Equal(250, await _house.LedgerAsync(invoice, "refunds"));
        await _house.CollectAsync(invoice, kind: DueKind.Refund);
        Assert.Equal(250, await _house.LedgerAsync(invoice, "refunds"));
    }

    [Fact]
    public async Task Rows_are_loaded_for_showing_in_the_order_asked_for_with_the_lines_wanted()
    {
        var first = await _house.IssueAsync();
        var second = await _house.IssueAsync(amount: 2500);
        var records = await _house.Rows.LoadAsync([second, "inv_none", first], 100, default);
        Assert.Equal([second, first], records.Select(record => record.State.Id));
        Assert.Equal(2500, Assert.Single(records[0].Document.Lines).Draft.Amount);
        Assert.Equal(1, records[0].Document.LineCount);
        Assert.NotNull(records[0].Document.Number);
        Assert.Equal(Now, records[0].CollectAt);
        Assert.Empty((await _house.Rows.LoadAsync([first], 0, default))[0].Document.Lines);
    }
}
