using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Billed usage that is corrected downwards, over HTTP on a test clock: a credit note of the invoice that billed it.</summary>
[Collection(ApiCollection.Name)]
public sealed class LateCreditNoteTests(ApiServer server)
{
    private int _event;

    [Fact]
    public async Task On_a_paid_invoice_it_is_one_credit_note_with_number_tax_and_pdf_and_the_balance_is_given()
    {
        var (clock, account, meter, first) = await BilledAsync("tok_visa");
        var invoice = await InvoiceAsync(account);
        await CorrectAsync(account, first, 50);
        await AdvanceAsync(clock, "2026-07-03T00:00:00Z");
        await AdvanceAsync(clock, "2026-07-04T00:00:00Z");

        var note = Assert.Single(await NotesAsync(invoice));
        Assert.Equal(
            ("usage_corrected", 1190, 190, 0, 1190),
            (note.GetProperty("reason").GetString(), Int(note, "total"), Int(note, "tax_total"), Int(note.GetProperty("settled"), "offset"), Int(note.GetProperty("settled"), "credit")));
        Assert.False(string.IsNullOrEmpty(note.GetProperty("number").GetString()));
        var line = note.GetProperty("lines")[0];
        Assert.Equal(1000, Int(line, "amount"));
        var steps = line.GetProperty("explain").GetProperty("steps");
        Assert.Equal(("multiply", "50"), (steps[0].GetProperty("operation").GetString(), steps[0].GetProperty("inputs").GetProperty("quantity").GetString()));
        Assert.Equal(1190, await BalanceAsync(account));
        Assert.Contains((await server.Admin.GetAsync($"/v1/invoices/{invoice}")).Json.GetProperty("credit_notes").EnumerateArray(), id => id.GetString() == note.GetProperty("id").GetString());
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", ApiServer.AdminKey);
        var paper = PdfText.All(await client.GetByteArrayAsync(new Uri($"/v1/credit_notes/{note.GetProperty("id").GetString()}/pdf", UriKind.Relative)));
        Assert.Contains("11.90", paper, StringComparison.Ordinal);
        Assert.Contains("Usage corrected", paper, StringComparison.Ordinal);
        await BooksAsync();

        // Up after down: a line that waits, and names what it corrects.
        await CorrectAsync(account, first, 80);
        await AdvanceAsync(clock, "2026-07-05T00:00:00Z");
        var up = (await server.Admin.GetAsync($"/v1/accounts/{account}/pending_lines")).Json.GetProperty("data").EnumerateArray().Single();
        Assert.Equal(600, Int(up, "amount"));
        var facts = up.GetProperty("explain").GetProperty("facts");
        Assert.Equal((invoice, line.GetProperty("line").GetString()), (facts.GetProperty("corrects_invoice").GetString(), facts.GetProperty("corrects_line").GetString()));
        await AdvanceAsync(clock, "2026-08-01T00:00:00Z");
        Assert.Single(await NotesAsync(invoice));
        var check = (await server.Admin.GetAsync($"/v1/accounts/{account}/usage/check?meter={meter}")).Json;
        Assert.True(check.GetProperty("holds").GetBoolean(), check.GetRawText());
        await BooksAsync();
    }

    /// <summary>What is left of a line, of its discount and of what prepaid credit paid of it, is then known by one state of its invoice.</summary>
    [Fact]
    public async Task A_look_tells_that_a_note_has_come_between_its_reads()
    {
        var (_, account, _, first) = await BilledAsync("tok_visa");
        var invoice = await InvoiceAsync(account);
        var subscription = (await server.Admin.GetAsync($"/v1/subscriptions?account={account}")).Json.GetProperty("data")[0].GetProperty("id").GetString()!;
        await CorrectAsync(account, first, 50);
        var (late, invoices) = (server.Services.GetRequiredService<ILateUsage>(), server.Services.GetRequiredService<ICreditableInvoices>());
        var before = await late.ReadAsync(subscription, 20);
        Assert.Equal([invoice], before.Versions.Keys);
        Assert.True(before.IsAsOf(await invoices.ReadAsync([invoice])));

        await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice}}", "amount": 100, "reason": "goodwill", "settle": "credit"}""");

        Assert.False(before.IsAsOf(await invoices.ReadAsync([invoice])));
        Assert.True((await late.ReadAsync(subscription, 20)).IsAsOf(await invoices.ReadAsync([invoice])));
    }

    [Fact]
    public async Task On_an_open_invoice_it_lowers_what_is_due()
    {
        var (clock, account, _, first) = await BilledAsync(token: null);
        var invoice = await InvoiceAsync(account);
        var before = (await server.Admin.GetAsync($"/v1/invoices/{invoice}")).Json;
        Assert.Equal("open", before.GetProperty("status").GetString());

        await CorrectAsync(account, first, 50);
        await AdvanceAsync(clock, "2026-07-03T00:00:00Z");

        var after = (await server.Admin.GetAsync($"/v1/invoices/{invoice}")).Json;
        Assert.Equal((1190, 0), (Int(before, "amount_due") - Int(after, "amount_due"), await BalanceAsync(account)));
        Assert.Equal((1190, 0), (Int(Assert.Single(await NotesAsync(invoice)).GetProperty("settled"), "offset"), Int(Assert.Single(await NotesAsync(invoice)).GetProperty("settled"), "credit")));
        Assert.Equal(2, (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").GetArrayLength());
        await BooksAsync();
    }

    [Theory]
    [InlineData(1700, 300)]
    [InlineData(2000, 0)]
    public async Task Where_a_person_has_credited_the_line_only_the_rest_is_given(int credited, int rest)
    {
        var (clock, account, _, first) = await BilledAsync("tok_visa");
        var invoice = await InvoiceAsync(account);
        var line = (await server.Admin.GetAsync($"/v1/invoices/{invoice}")).Json.GetProperty("lines").EnumerateArray().Single(line => line.GetProperty("kind").GetString() == "usage");
        await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice}}", "lines": [{"line": "{{line.GetProperty("id").GetString()}}", "amount": {{credited}}}], "reason": "asked", "settle": "credit"}""");

        await CorrectAsync(account, first, 50);
        await AdvanceAsync(clock, "2026-07-03T00:00:00Z");

        var made = (await NotesAsync(invoice)).Where(note => note.GetProperty("reason").GetString() == "usage_corrected").ToList();
        Assert.Equal(rest, made.Sum(note => Int(note, "subtotal")));
        Assert.Equal((credited + rest) * 119 / 100, await BalanceAsync(account));
        await BooksAsync();
    }

    [Fact]
    public async Task Of_a_void_invoice_nothing_is_given()
    {
        var (clock, account, _, first) = await BilledAsync(token: null);
        var invoice = await InvoiceAsync(account);
        await server.Admin.PostAsync($"/v1/invoices/{invoice}/void", "{}");

        await CorrectAsync(account, first, 50);
        await AdvanceAsync(clock, "2026-07-03T00:00:00Z");

        Assert.Empty(await NotesAsync(invoice));
        Assert.Equal(0, await BalanceAsync(account));
        await BooksAsync();
    }

    [Fact]
    public async Task While_the_invoice_is_a_draft_it_is_a_credit_line()
    {
        var (clock, account, _, first) = await BilledAsync("tok_visa", ", \"invoice_grace_hours\": 240");
        var invoice = await InvoiceAsync(account);
        await CorrectAsync(account, first, 50);
        await AdvanceAsync(clock, "2026-07-03T00:00:00Z");

        Assert.Empty(await NotesAsync(invoice));
        var credit = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data")[0];
        Assert.Equal((-1000, invoice), (Int(credit, "subtotal"), credit.GetProperty("lines")[0].GetProperty("credited_invoice").GetString()));

        await AdvanceAsync(clock, "2026-07-25T00:00:00Z");
        Assert.Equal(3570 + 1190, Int((await server.Admin.GetAsync($"/v1/invoices/{invoice}")).Json, "amount_paid") - await BalanceAsync(account));
        await BooksAsync();
    }

    [Fact]
    public async Task An_end_after_it_credits_no_more_than_was_billed()
    {
        var (clock, account, _, first) = await BilledAsync("tok_visa");
        var invoice = await InvoiceAsync(account);
        await CorrectAsync(account, first, 0);
        await AdvanceAsync(clock, "2026-07-03T00:00:00Z");
        Assert.Equal(2380, await BalanceAsync(account));
        var subscription = (await server.Admin.GetAsync($"/v1/subscriptions?account={account}")).Json.GetProperty("data")[0].GetProperty("id").GetString();

        // Dated back to the beginning of the period: all of the base is given back, and nothing of the usage once more.
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel", """{"when": "2026-07-01T00:00:00Z", "proration": "day"}""");

        Assert.Equal(3570 + 2380, await BalanceAsync(account));
        var left = await server.Admin.SendAsync("POST", "/v1/credit_notes/preview", $$"""{"invoice": "{{invoice}}", "amount": 1, "reason": "asked", "settle": "credit"}""");
        Assert.Equal("credit_above_left", left["code"]);
        await BooksAsync();
    }

    /// <summary>What must never happen: the rows order more than is left of the line. A person sees it and can void the invoice; all else goes on.</summary>
    [Fact]
    public async Task What_has_no_room_is_a_work_item_and_gives_nothing()
    {
        var (clock, account, _, first) = await BilledAsync("tok_sepa");
        var invoice = await InvoiceAsync(account);
        await CorrectAsync(account, first, 50);
        await AdvanceAsync(clock, "2026-07-03T00:00:00Z");
        Assert.Equal("1", await ScratchCluster.ScalarAsync<string>(server.ConnectionString, $"""
            begin; set local session_replication_role = replica;
            update pending_line set amount = -100000 where account = '{account}' and source = 'credit_note'; commit;
            select count(*)::text from pending_line where account = '{account}' and amount = -100000
            """));
        await AdvanceAsync(clock, "2026-07-20T00:00:00Z");

        var item = Assert.Single((await server.Admin.GetAsync($"/v1/work_items?account={account}")).Json.GetProperty("data").EnumerateArray());
        Assert.Equal(("invoice", invoice, "credit_arrived"), (item.GetProperty("type").GetString(), item.GetProperty("subject").GetString(), item.GetProperty("kind").GetString()));
        Assert.Contains("ordered_note_without_room", item.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Empty(await NotesAsync(invoice));
        Assert.Equal(0, await BalanceAsync(account));

        var payment = (await server.Admin.GetAsync($"/v1/payments?invoice={invoice}")).Json.GetProperty("data")[0];
        await server.Admin.PostAsync($"/v1/payments/{payment.GetProperty("id").GetString()}/refunds", $$"""{"amount": {{Int(payment, "amount")}}, "reason": "r"}""");
        Assert.Equal("void", (await server.Admin.PostAsync($"/v1/invoices/{invoice}/void"))["status"]);
        await server.Admin.PostAsync($"/v1/work_items/{item.GetProperty("id").GetString()}/retry");
        await AdvanceAsync(clock, "2026-08-02T00:00:00Z");
        Assert.Empty((await server.Admin.GetAsync($"/v1/work_items?account={account}")).Json.GetProperty("data").EnumerateArray());
        Assert.Empty((await server.Admin.GetAsync($"/v1/accounts/{account}/pending_lines")).Json.GetProperty("data").EnumerateArray());
        Assert.Empty(await NotesAsync(invoice));
        await BooksAsync();
    }

    /// <summary>100 calls of June at 20 each, with 19 % on top, and the base of July; gives the id of their event.</summary>
    private async Task<(string Clock, string Account, string Meter, string First)> BilledAsync(string? token, string more = "")
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var collection = token is null ? ", \"collection\": \"send_invoice\", \"net_terms_days\": 30" : "";
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""
            {"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}", "tax": {"rates": [{"code": "vat", "percentage": "19"}]}{{collection}}{{more}}}
            """)).Id;
        if (token is not null)
        {
            await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", $$"""{"gateway": "sandbox", "token": "{{token}}"}""");
        }

        var meter = "m" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{meter}}", "name": "M", "aggregation": "sum"}""");
        var plan = (await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "u{{Guid.NewGuid():N}}", "name": "Metered", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [
                {"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 3000} },
                {"code": "calls", "kind": "usage", "meter": "{{meter}}", "model": {"type": "per_unit", "unit_amount": "20"} }]}
            """)).Id;
        await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        await AdvanceAsync(clock, "2026-06-06T00:00:00Z");
        var first = $"n{++_event}-{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/usage/events", $$"""{"events": [{"id": "{{first}}", "account": "{{account}}", "meter": "{{meter}}", "at": "2026-06-05T00:00:00Z", "value": 100}]}""");
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");
        return (clock, account, meter, first);
    }

    private Task<ApiAnswer> CorrectAsync(string account, string id, int value) => server.Admin.PostAsync(
        "/v1/usage/corrections", $$"""{"ids": ["{{id}}"], "account": "{{account}}", "action": "amend", "value": "{{value}}"}""");

    private async Task<string> InvoiceAsync(string account) =>
        (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray()
            .Single(invoice => invoice.GetProperty("lines").EnumerateArray().Any(line => line.GetProperty("kind").GetString() == "usage")).GetProperty("id").GetString()!;

    private async Task<List<JsonElement>> NotesAsync(string invoice) =>
        [.. (await server.Admin.GetAsync($"/v1/credit_notes?invoice={invoice}")).Json.GetProperty("data").EnumerateArray()];

    private async Task<long> BalanceAsync(string account) => (await server.Admin.GetAsync($"/v1/accounts/{account}")).Json.GetProperty("balance").GetInt64();

    private async Task BooksAsync() => Assert.Equal(0, (await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json.GetProperty("total").GetInt64());

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private static int Int(JsonElement json, string name) => json.GetProperty(name).GetInt32();
}
