using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Invoices are taken back by credit notes over HTTP, and the books agree.</summary>
[Collection(ApiCollection.Name)]
public sealed class CreditNoteTests(ApiServer server)
{
    private const string Taxed = """, "tax": {"rates": [{"code": "vat", "percentage": "19"}]}""";

    [Fact]
    public async Task A_paid_invoice_is_previewed_refunded_by_line_and_credited_to_the_last_cent()
    {
        var account = await AccountAsync("tok_visa");
        var invoice = await InvoiceAsync(account);
        Assert.Equal("paid", invoice["status"]);
        var line = invoice.Json.GetProperty("lines")[0].GetProperty("id").GetString();

        var before = await server.RowCountsAsync();
        var order = $$"""{"invoice": "{{invoice.Id}}", "lines": [{"line": "{{line}}", "amount": 667}], "reason": "outage", "settle": "refund"}""";
        var preview = await server.Admin.PostAsync("/v1/credit_notes/preview", order);
        Assert.Equal(JsonValueKind.Null, preview.Json.GetProperty("number").ValueKind);
        Assert.Equal((794, 127), (Number(preview, "total"), Number(preview, "tax_total")));
        Assert.Equal(before, await server.RowCountsAsync());

        var key = Guid.NewGuid().ToString();
        var note = await server.Admin.PostAsync("/v1/credit_notes", order, key);
        Assert.Equal((794, 127, (0L, 794L, 0L)), (Number(note, "total"), Number(note, "tax_total"), Settled(note)));
        Assert.EndsWith("-CN-0001", note["number"], StringComparison.Ordinal);
        var shown = note.Json.GetProperty("lines")[0];
        Assert.Equal((667, 0, 127, 794), (Of(shown, "amount"), Of(shown, "discount_amount"), Of(shown, "tax_amount"), Of(shown, "total")));
        Assert.True((await server.Admin.PostAsync("/v1/credit_notes", order, key)).Replayed);

        // The rest, by an amount with tax, to the balance.
        var rest = await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice.Id}}", "amount": 1586, "reason": "goodwill", "settle": "credit"}""");
        Assert.Equal((0L, 0L, 1586L), Settled(rest));
        Assert.Equal((1333, 253), (Of(rest.Json.GetProperty("lines")[0], "amount"), Number(rest, "tax_total")));
        Assert.Equal(1586, Number(await server.Admin.GetAsync($"/v1/accounts/{account}"), "balance"));
        await RefusedAsync($$"""{"invoice": "{{invoice.Id}}", "amount": 1, "reason": "r", "settle": "credit"}""", 422, "credit_above_left");

        var after = await server.Admin.GetAsync($"/v1/invoices/{invoice.Id}");
        Assert.Equal(("paid", 2380), (after["status"], Number(after, "credit_notes_total")));
        Assert.Equal([note.Id, rest.Id], after.Json.GetProperty("credit_notes").EnumerateArray().Select(id => id.GetString()));
        Assert.Equal([rest.Id, note.Id], (await server.Admin.GetAsync($"/v1/credit_notes?account={account}")).Json.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("id").GetString()));
        Assert.Equal(note.Id, (await server.Admin.GetAsync($"/v1/credit_notes?invoice={invoice.Id}&number={note["number"]}")).Json.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal(note["number"], (await server.Admin.GetAsync($"/v1/credit_notes/{note.Id}"))["number"]);

        Assert.Equal(
            new Dictionary<string, long> { ["billed_revenue"] = 0, ["tax_payable"] = 0, ["accounts_receivable"] = 0, ["gateway_clearing"] = 1586, ["customer_credit"] = -1586, ["refunds_payable"] = 0 },
            await BooksAsync(invoice.Id));
        Assert.Equal(0, Number(await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd"), "total"));
    }

    [Fact]
    public async Task The_unpaid_part_of_an_open_invoice_is_settled_first()
    {
        var account = await AccountAsync(null, """, "collection": "send_invoice", "net_terms_days": 14""");
        var invoice = await InvoiceAsync(account);
        var open = await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice.Id}}", "amount": 380, "reason": "r", "settle": "refund"}""");
        Assert.Equal((380L, 0L, 0L), Settled(open));
        var left = await server.Admin.GetAsync($"/v1/invoices/{invoice.Id}");
        Assert.Equal(("open", 2000, 2000), (left["status"], Number(left, "amount_remaining"), Number(left, "amount_due")));

        await server.Admin.PostAsync($"/v1/invoices/{invoice.Id}/record_payment", """{"amount": 1500, "reference": "wire 1", "method": "bank_transfer"}""");
        var both = await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice.Id}}", "amount": 2000, "reason": "r", "settle": "refund"}""");
        Assert.Equal((500L, 1500L, 0L), Settled(both));
        Assert.Equal("paid", (await server.Admin.GetAsync($"/v1/invoices/{invoice.Id}"))["status"]);
        Assert.All((await BooksAsync(invoice.Id)).Values, sum => Assert.Equal(0, sum));
    }

    [Fact]
    public async Task Unused_time_is_credited_for_what_credit_notes_have_left_of_the_line()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}", "start_at": "2026-06-01T00:00:00Z"}""");
        await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{subscription["latest_invoice"]}}", "amount": 2500, "reason": "r", "settle": "credit"}""");

        // Unused are 3,000 of 3,000; 500 are left of the line.
        var canceled = await server.Admin.PostAsync($"/v1/subscriptions/{subscription.Id}/cancel", """{"when": "now", "proration": "second"}""");
        var credit = await server.Admin.GetAsync($"/v1/invoices/{canceled["latest_invoice"]}");
        Assert.Equal(-500, Number(credit, "total"));
        Assert.Equal(3000, Number(await server.Admin.GetAsync($"/v1/accounts/{account}"), "balance"));
        await RefusedAsync($$"""{"invoice": "{{subscription["latest_invoice"]}}", "amount": 1, "reason": "r", "settle": "credit"}""", 422, "credit_above_left");
    }

    [Fact]
    public async Task Bank_money_that_cannot_go_back_is_not_given_twice()
    {
        // Refunded without a note first: the note is its document, and gives nothing a second time.
        var account = await AccountAsync("tok_visa");
        var invoice = await InvoiceAsync(account);
        var payment = (await server.Admin.GetAsync($"/v1/payments?invoice={invoice.Id}")).Json.GetProperty("data")[0].GetProperty("id").GetString();
        await server.Admin.PostAsync($"/v1/payments/{payment}/refunds", """{"reason": "asked"}""");
        var note = await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice.Id}}", "amount": 2380, "reason": "its document", "settle": "credit"}""");
        Assert.Equal((0L, 2380L, 0L), Settled(note));
        Assert.Equal(0, Number(await server.Admin.GetAsync($"/v1/accounts/{account}"), "balance"));
        Assert.All((await BooksAsync(invoice.Id)).Values, sum => Assert.Equal(0, sum));
    }

    [Theory]
    [InlineData("""{"invoice": "inv_x", "amount": 1, "reason": "r", "settle": "credit"}""", 404, "invoice_not_found")]
    [InlineData("""{"invoice": "INVOICE", "reason": "r", "settle": "credit"}""", 422, "lines_or_amount")]
    [InlineData("""{"invoice": "INVOICE", "amount": 1, "lines": [{"line": "x", "amount": 1}], "reason": "r", "settle": "credit"}""", 422, "lines_or_amount")]
    [InlineData("""{"invoice": "INVOICE", "lines": [{"line": "line_x", "amount": 1}], "reason": "r", "settle": "credit"}""", 404, "line_not_found")]
    [InlineData("""{"invoice": "INVOICE", "amount": 2381, "reason": "r", "settle": "offset"}""", 422, "credit_above_left")]
    [InlineData("""{"invoice": "INVOICE", "amount": 0, "reason": "r", "settle": "credit"}""", 400, "out_of_range")]
    [InlineData("""{"invoice": "INVOICE", "amount": 1, "reason": "r", "settle": "cash"}""", 400, "invalid_value")]
    public async Task A_note_that_cannot_be_is_refused_and_writes_nothing(string body, int status, string code)
    {
        var invoice = await InvoiceAsync(await AccountAsync(null, """, "collection": "send_invoice" """));
        var before = await server.RowCountsAsync();
        await RefusedAsync(body.Replace("INVOICE", invoice.Id, StringComparison.Ordinal), status, code);
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Fact]
    public async Task A_void_invoice_cannot_be_credited_and_support_may_not_issue_notes()
    {
        var invoice = await InvoiceAsync(await AccountAsync(null, """, "collection": "send_invoice" """));
        using var support = await server.CallerAsync("support");
        var body = $$"""{"invoice": "{{invoice.Id}}", "amount": 1, "reason": "r", "settle": "credit"}""";
        Assert.Equal(403, (await support.SendAsync("POST", "/v1/credit_notes", body)).Status);
        await server.Admin.PostAsync($"/v1/invoices/{invoice.Id}/void");
        await RefusedAsync(body, 422, "invoice_not_creditable");
        Assert.Equal(404, (await server.Admin.GetAsync("/v1/credit_notes/cn_x")).Status);
    }

    [Fact]
    public async Task An_uncollectible_invoice_is_paid_later()
    {
        var account = await AccountAsync("tok_visa", """, "collection": "send_invoice" """);
        var invoice = await InvoiceAsync(account);
        await server.Admin.PostAsync($"/v1/invoices/{invoice.Id}/mark_uncollectible");
        Assert.Equal(2380, (await BooksAsync(invoice.Id))["bad_debt"]);
        await server.Admin.PostAsync($"/v1/invoices/{invoice.Id}/record_payment", """{"amount": 380, "reference": "wire 1", "method": "bank_transfer"}""");
        Assert.Equal("uncollectible", (await server.Admin.GetAsync($"/v1/invoices/{invoice.Id}"))["status"]);
        var paid = await server.Admin.PostAsync($"/v1/invoices/{invoice.Id}/pay");
        Assert.Equal(("paid", 2380), (paid["status"], Number(paid, "amount_paid")));
        var books = await BooksAsync(invoice.Id);
        Assert.Equal((0, 0, 2000, 380), (books["bad_debt"], books["accounts_receivable"], books["gateway_clearing"], books["off_gateway_receipts"]));
    }

    private async Task<string> AccountAsync(string? token, string extra = "")
    {
        var account = await server.Admin.AccountAsync(extra: Taxed + extra);
        if (token is not null)
        {
            await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", $$"""{"gateway": "sandbox", "token": "{{token}}"}""");
        }

        return account;
    }

    /// <summary>The first invoice of a new subscription: 20.00 and 19 % on top.</summary>
    private async Task<ApiAnswer> InvoiceAsync(string account)
    {
        var plan = await server.Admin.PlanAsync();
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        return await server.Admin.GetAsync($"/v1/invoices/{subscription["latest_invoice"]}");
    }

    private async Task RefusedAsync(string body, int status, string code)
    {
        var refused = await server.Admin.SendAsync("POST", "/v1/credit_notes", body, Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
    }

    /// <summary>Debit less credit of each ledger account over an invoice.</summary>
    private async Task<Dictionary<string, long>> BooksAsync(string invoice)
    {
        var text = await OrleansBilling.Testing.ScratchCluster.ScalarAsync<string>(
            server.ConnectionString,
            $"""
            select json_object_agg(ledger_account, net)::text
            from (select ledger_account, sum(amount)::bigint as net from billing_ledger where invoice = '{invoice}' group by ledger_account) t
            """);
        return JsonSerializer.Deserialize<Dictionary<string, long>>(text!)!;
    }

    private static (long Offset, long Refund, long Credit) Settled(ApiAnswer note)
    {
        var settled = note.Json.GetProperty("settled");
        return (Of(settled, "offset"), Of(settled, "refund"), Of(settled, "credit"));
    }

    private static long Number(ApiAnswer answer, string name) => Of(answer.Json, name);

    private static long Of(JsonElement json, string name) => json.GetProperty(name).GetInt64();
}
