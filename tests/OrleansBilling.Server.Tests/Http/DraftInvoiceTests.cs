using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>One-off invoices and drafts over HTTP.</summary>
[Collection(ApiCollection.Name)]
public sealed class DraftInvoiceTests(ApiServer server)
{
    private const string Lines = """[{"description": "Workshop", "amount": 10000}, {"description": "Hours", "quantity": "2", "unit_amount": "250"}]""";

    [Fact]
    public async Task A_one_off_invoice_is_issued_and_paid_at_once()
    {
        var account = await AccountAsync(""", "tax": {"rates": [{"code": "vat", "percentage": "20"}]}""");
        var key = Guid.NewGuid().ToString();
        var body = $$"""{"account": "{{account}}", "lines": {{Lines}}}""";
        var invoice = await server.Admin.PostAsync("/v1/invoices", body, key);
        Assert.Equal(("paid", 12_600, 12_600), (invoice["status"], Number(invoice, "total"), Number(invoice, "amount_paid")));
        Assert.EndsWith("-0001", invoice["number"], StringComparison.Ordinal);
        Assert.Equal("one_off", invoice["cause"]);
        Assert.All(invoice.Json.GetProperty("lines").EnumerateArray(), line => Assert.NotEqual(0, line.GetProperty("explain").GetProperty("steps").GetArrayLength()));
        Assert.True((await server.Admin.PostAsync("/v1/invoices", body, key)).Replayed);
        Assert.Equal(1, (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_draft_is_read_listed_finalised_and_numbered_only_then()
    {
        var account = await AccountAsync();
        var draft = await server.Admin.PostAsync("/v1/invoices", $$"""{"account": "{{account}}", "lines": {{Lines}}, "finalize": false}""");
        Assert.Equal(("draft", JsonValueKind.Null, JsonValueKind.Null), (draft["status"], Kind(draft, "number"), Kind(draft, "issued_at")));
        await server.Admin.PostAsync($"/v1/accounts/{account}/balance_adjustments", """{"amount": 500, "currency": "usd", "reason": "gift"}""");
        Assert.Equal(draft.Id, (await server.Admin.GetAsync($"/v1/invoices?account={account}&status=draft")).Json.GetProperty("data")[0].GetProperty("id").GetString());
        foreach (var action in (string[])["pay", "void", "mark_uncollectible"])
        {
            await RefusedAsync("POST", $"/v1/invoices/{draft.Id}/{action}", "invoice_not_open");
        }

        var key = Guid.NewGuid().ToString();
        var issued = await server.Admin.PostAsync($"/v1/invoices/{draft.Id}/finalize", "{}", key);
        Assert.Equal(("paid", 500, 10_000), (issued["status"], Number(issued, "credit_applied"), Number(issued, "amount_paid")));
        Assert.EndsWith("-0001", issued["number"], StringComparison.Ordinal);
        Assert.True((await server.Admin.PostAsync($"/v1/invoices/{draft.Id}/finalize", "{}", key)).Replayed);
        await RefusedAsync("POST", $"/v1/invoices/{draft.Id}/finalize", "invoice_not_draft");
        await RefusedAsync("DELETE", $"/v1/invoices/{draft.Id}", "invoice_not_draft");
    }

    [Fact]
    public async Task A_deleted_draft_uses_no_number()
    {
        var account = await AccountAsync();
        var draft = await server.Admin.PostAsync("/v1/invoices", $$"""{"account": "{{account}}", "lines": {{Lines}}, "finalize": false}""");
        var deleted = await server.Admin.SendAsync("DELETE", $"/v1/invoices/{draft.Id}", key: Guid.NewGuid().ToString());
        Assert.Equal((200, "void"), (deleted.Status, deleted["status"]));
        Assert.EndsWith("-0001", (await server.Admin.PostAsync("/v1/invoices", $$"""{"account": "{{account}}", "lines": {{Lines}}}"""))["number"], StringComparison.Ordinal);
        Assert.Equal(0, await LedgerRowsAsync(draft.Id));
    }

    [Fact]
    public async Task An_account_with_grace_gets_drafts_that_are_finalised_by_themselves()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await AccountAsync(""", "invoice_grace_hours": 72""", clock);
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        var draft = await server.Admin.GetAsync($"/v1/invoices/{subscription["latest_invoice"]}");
        Assert.Equal(("draft", "2026-06-04T00:00:00Z"), (draft["status"], draft["finalizes_at"]));
        Assert.Equal(0, await LedgerRowsAsync(draft.Id));

        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-05T00:00:00Z"}""");
        var issued = await server.Admin.GetAsync($"/v1/invoices/{draft.Id}");
        Assert.Equal(("paid", "2026-06-04T00:00:00Z", "2026-06-01T00:00:00Z"), (issued["status"], issued["issued_at"], issued["created_at"]));
        Assert.Equal(3_000, Number(issued, "amount_paid"));
    }

    [Fact]
    public async Task Credit_for_a_line_of_a_draft_lowers_the_draft_once_it_is_issued()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await AccountAsync(""", "invoice_grace_hours": 48""", clock);
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        var first = subscription["latest_invoice"];
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-01T12:00:00Z"}""");
        var canceled = await server.Admin.PostAsync($"/v1/subscriptions/{subscription.Id}/cancel", """{"when": "now", "proration": "second"}""");
        var credit = await server.Admin.GetAsync($"/v1/invoices/{canceled["latest_invoice"]}");
        Assert.Equal(("draft", -2_950), (credit["status"], Number(credit, "total")));

        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-10T00:00:00Z"}""");
        var paid = await server.Admin.GetAsync($"/v1/invoices/{first}");
        Assert.Equal(("paid", 3_000), (paid["status"], Number(paid, "amount_paid") + Number(paid, "credit_applied")));
        // The first was charged in full before the credit was issued: the credit is balance.
        Assert.Equal(2_950, Number(await server.Admin.GetAsync($"/v1/accounts/{account}"), "balance"));
        Assert.Equal(0, Number(await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd"), "total"));
    }

    [Fact]
    public async Task A_deleted_draft_of_a_subscription_counts_as_not_billed()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await AccountAsync(""", "invoice_grace_hours": 48""", clock);
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        Assert.Equal(200, (await server.Admin.SendAsync("DELETE", $"/v1/invoices/{subscription["latest_invoice"]}", key: Guid.NewGuid().ToString())).Status);
        var canceled = await server.Admin.PostAsync($"/v1/subscriptions/{subscription.Id}/cancel", """{"when": "now"}""");
        Assert.Equal(subscription["latest_invoice"], canceled["latest_invoice"]);
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-10T00:00:00Z"}""");
        Assert.Equal("void", (await server.Admin.GetAsync($"/v1/invoices/{subscription["latest_invoice"]}"))["status"]);
    }

    [Theory]
    [InlineData("""{"account": "acct_none", "lines": [{"description": "x", "amount": 1}]}""", 404, "account_not_found")]
    [InlineData("""{"account": "ACCOUNT", "lines": []}""", 400, "too_many")]
    [InlineData("""{"account": "ACCOUNT", "lines": [{"description": "x"}]}""", 422, "amount_or_quantity")]
    [InlineData("""{"account": "ACCOUNT", "lines": [{"description": "x", "amount": -1}]}""", 422, "negative_total")]
    [InlineData("""{"account": "ACCOUNT", "lines": [{"description": "x", "quantity": "999999999999", "unit_amount": "999999999999"}]}""", 422, "amount_too_large")]
    [InlineData("""{"account": "ACCOUNT", "lines": [{"description": "4111 1111 1111 1111", "amount": 1}]}""", 422, "card_number_refused")]
    public async Task An_invoice_that_cannot_be_is_refused_and_writes_nothing(string body, int status, string code)
    {
        var account = await AccountAsync();
        var before = await server.RowCountsAsync();
        var refused = await server.Admin.SendAsync("POST", "/v1/invoices", body.Replace("ACCOUNT", account, StringComparison.Ordinal), Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Fact]
    public async Task A_change_of_tax_settings_is_merged()
    {
        var account = await AccountAsync(""", "tax": {"rates": [{"code": "vat", "percentage": "20"}], "tax_id": "DE1"}""");
        var changed = await server.Admin.SendAsync("PATCH", $"/v1/accounts/{account}", """{"tax": {"exempt": true}}""");
        var tax = changed.Json.GetProperty("tax");
        Assert.Equal((true, "DE1", 1), (tax.GetProperty("exempt").GetBoolean(), tax.GetProperty("tax_id").GetString(), tax.GetProperty("rates").GetArrayLength()));
        tax = (await server.Admin.SendAsync("PATCH", $"/v1/accounts/{account}", """{"tax": {"tax_id": null, "rates": []}}""")).Json.GetProperty("tax");
        Assert.Equal((true, JsonValueKind.Null, 0), (tax.GetProperty("exempt").GetBoolean(), tax.GetProperty("tax_id").ValueKind, tax.GetProperty("rates").GetArrayLength()));
    }

    [Fact]
    public async Task A_cursor_is_good_for_its_filters_only()
    {
        var (one, two) = (await AccountAsync(), await AccountAsync());
        foreach (var account in (string[])[one, one, two])
        {
            await server.Admin.PostAsync("/v1/invoices", $$"""{"account": "{{account}}", "lines": {{Lines}}}""");
        }

        var cursor = (await server.Admin.GetAsync($"/v1/invoices?account={one}&limit=1"))["next_cursor"];
        Assert.Equal(200, (await server.Admin.GetAsync($"/v1/invoices?account={one}&limit=5&cursor={cursor}")).Status);
        foreach (var other in (string[])[$"account={two}", "limit=1", $"account={one}&status=paid"])
        {
            var refused = await server.Admin.GetAsync($"/v1/invoices?{other}&cursor={cursor}");
            Assert.Equal((400, "invalid_cursor"), (refused.Status, refused["code"]));
        }
    }

    private async Task<string> AccountAsync(string extra = "", string? clock = null)
    {
        var account = await server.Admin.AccountAsync(clock, extra);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        return account;
    }

    private async Task RefusedAsync(string method, string path, string code)
    {
        var refused = await server.Admin.SendAsync(method, path, key: Guid.NewGuid().ToString());
        Assert.Equal((422, code), (refused.Status, refused["code"]));
    }

    private Task<long> LedgerRowsAsync(string invoice) =>
        OrleansBilling.Testing.ScratchCluster.ScalarAsync<long>(server.ConnectionString, $"select count(*) from journal_entry where invoice = '{invoice}'");

    private static JsonValueKind Kind(ApiAnswer answer, string name) => answer.Json.GetProperty(name).ValueKind;

    private static long Number(ApiAnswer answer, string name) => answer.Json.GetProperty(name).GetInt64();
}
