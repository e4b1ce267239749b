using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Activation by payment, payment methods of subscriptions, and paused collection, over HTTP on test clocks.</summary>
[Collection(ApiCollection.Name)]
public sealed class SubscriptionPaymentTests(ApiServer server)
{
    private const string Gated = """, "payment_behavior": "require_payment" """;

    [Fact]
    public async Task A_subscription_that_requires_payment_is_active_once_its_first_invoice_is_paid()
    {
        var (_, account, plan) = await StartAsync("tok_visa");
        var key = Guid.NewGuid().ToString();
        var made = await SubscribeAsync(account, plan, Gated, key);
        Assert.Equal((201, "active", "require_payment"), (made.Status, made["status"], made["payment_behavior"]));
        Assert.Equal([(3000, "paid")], await InvoicesAsync(account));
        // A repeat gets the same answer and charges nothing.
        var again = await SubscribeAsync(account, plan, Gated, key);
        Assert.Equal((true, made.Text), (again.Replayed, again.Text));
        Assert.Equal([(3000, "paid")], await InvoicesAsync(account));
    }

    [Fact]
    public async Task A_declined_first_payment_leaves_it_incomplete_and_a_later_one_activates_it()
    {
        var (clock, account, plan) = await StartAsync("tok_insufficient_funds");
        var made = await SubscribeAsync(account, plan, Gated);
        Assert.Equal("incomplete", made["status"]);
        var refused = await server.Admin.SendAsync("POST", $"/v1/subscriptions/{made.Id}/change", """{"quantities": {"base": "2"}}""", Guid.NewGuid().ToString());
        Assert.Equal((422, "subscription_incomplete"), (refused.Status, refused["code"]));
        await AdvanceAsync(clock, "2026-06-01T12:00:00Z");
        var good = (await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""")).Id;
        await server.Admin.PostAsync($"/v1/invoices/{made["latest_invoice"]}/pay", $$"""{"payment_method": "{{good}}"}""");
        var active = await server.Admin.GetAsync($"/v1/subscriptions/{made.Id}");
        Assert.Equal(("active", "2026-07-01T00:00:00Z"), (active["status"], active["next_renewal_at"]));
        await AdvanceAsync(clock, "2026-06-20T00:00:00Z");
        Assert.Equal([(3000, "paid")], await InvoicesAsync(account));
    }

    [Fact]
    public async Task Unpaid_after_23_hours_it_ends_and_its_invoice_is_voided()
    {
        var (clock, account, plan) = await StartAsync("tok_insufficient_funds");
        var made = await SubscribeAsync(account, plan, Gated);
        await AdvanceAsync(clock, "2026-06-01T22:59:59Z");
        Assert.Equal([(3000, "open")], await InvoicesAsync(account));
        await AdvanceAsync(clock, "2026-06-01T23:00:00Z");
        Assert.Equal([(3000, "void")], await InvoicesAsync(account));
        Assert.Equal("canceled", (await server.Admin.GetAsync($"/v1/subscriptions/{made.Id}"))["status"]);
        // One attempt, and no retries.
        var payments = (await server.Admin.GetAsync($"/v1/payments?account={account}")).Json.GetProperty("data");
        Assert.Equal(1, payments[0].GetProperty("attempts").GetArrayLength());
        Assert.Equal(0, (await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json.GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task A_past_due_customer_gives_another_card_and_is_charged_on_the_subscription_he_has_alaveteli_5517()
    {
        var (clock, account, plan) = await StartAsync("tok_insufficient_funds");
        var made = await SubscribeAsync(account, plan, "");
        Assert.Equal("past_due", (await server.Admin.GetAsync($"/v1/subscriptions/{made.Id}"))["status"]);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa", "default": true}""");
        await AdvanceAsync(clock, "2026-06-02T12:00:00Z");
        Assert.Equal("active", (await server.Admin.GetAsync($"/v1/subscriptions/{made.Id}"))["status"]);
        Assert.Equal([(3000, "paid")], await InvoicesAsync(account));
    }

    [Fact]
    public async Task A_bank_debit_is_waited_for_longer_than_23_hours()
    {
        var (clock, account, plan) = await StartAsync("tok_sepa");
        var made = await SubscribeAsync(account, plan, Gated);
        Assert.Equal("incomplete", made["status"]);
        await AdvanceAsync(clock, "2026-06-02T12:00:00Z");
        Assert.Equal("incomplete", (await server.Admin.GetAsync($"/v1/subscriptions/{made.Id}"))["status"]);
        await AdvanceAsync(clock, "2026-06-15T00:00:00Z");
        Assert.Equal("active", (await server.Admin.GetAsync($"/v1/subscriptions/{made.Id}"))["status"]);
        Assert.Equal([(3000, "paid")], await InvoicesAsync(account));
    }

    [Fact]
    public async Task In_a_trial_and_where_nothing_is_due_nothing_is_waited_for()
    {
        var (clock, account, plan) = await StartAsync("tok_insufficient_funds");
        var trial = await SubscribeAsync(account, plan, Gated + """, "trial_days": 7 """);
        Assert.Equal("trialing", trial["status"]);
        await server.Admin.PostAsync($"/v1/accounts/{account}/balance_adjustments", """{"amount": 3000, "currency": "usd", "reason": "Welcome"}""");
        Assert.Equal("active", (await SubscribeAsync(account, plan, Gated))["status"]);
        // The trial's first invoice is collected as any other.
        await AdvanceAsync(clock, "2026-06-08T01:00:00Z");
        Assert.Equal("past_due", (await server.Admin.GetAsync($"/v1/subscriptions/{trial.Id}"))["status"]);
    }

    [Theory]
    [InlineData(""", "start_at": "2026-06-05T00:00:00Z" """, 422, "require_payment_starts_now")]
    [InlineData(""", "start_at": "2026-05-05T00:00:00Z" """, 422, "require_payment_starts_now")]
    [InlineData(""", "payment_method": "pm_nobody" """, 404, "payment_method_not_found")]
    public async Task What_cannot_be_awaited_is_refused(string extra, int status, string code)
    {
        var (_, account, plan) = await StartAsync("tok_visa");
        var before = await server.RowCountsAsync();
        var refused = await server.Admin.SendAsync(
            "POST", "/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"{{Gated}}{{extra}}}""", Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Fact]
    public async Task A_subscription_charges_its_own_method_also_in_retries_and_the_default_once_it_is_detached()
    {
        var (clock, account, plan) = await StartAsync("tok_visa");
        var poor = (await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_insufficient_funds"}""")).Id;
        var rich = (await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_mastercard"}""")).Id;
        var made = await SubscribeAsync(account, plan, $$""", "payment_method": "{{poor}}" """);
        Assert.Equal(poor, made["payment_method"]);
        await AdvanceAsync(clock, "2026-06-01T06:00:00Z");
        Assert.Equal([(3000, "open")], await InvoicesAsync(account));
        var patched = await server.Admin.SendAsync("PATCH", $"/v1/subscriptions/{made.Id}", $$$"""{"payment_method": "{{{rich}}}", "metadata": {"a": "b"}}""", Guid.NewGuid().ToString());
        Assert.Equal((200, rich), (patched.Status, patched["payment_method"]));
        await AdvanceAsync(clock, "2026-06-03T00:00:00Z");
        Assert.Equal([(3000, "paid")], await InvoicesAsync(account));
        await server.Admin.SendAsync("DELETE", $"/v1/accounts/{account}/payment_methods/{rich}", key: Guid.NewGuid().ToString());
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");
        Assert.Equal([(3000, "paid"), (3000, "paid")], await InvoicesAsync(account));
        var refused = await server.Admin.SendAsync("PATCH", $"/v1/subscriptions/{made.Id}", $$"""{"payment_method": "{{rich}}"}""", Guid.NewGuid().ToString());
        Assert.Equal((404, "payment_method_not_found"), (refused.Status, refused["code"]));
        var cleared = await server.Admin.SendAsync("PATCH", $"/v1/subscriptions/{made.Id}", """{"payment_method": null}""", Guid.NewGuid().ToString());
        Assert.Equal(JsonValueKind.Null, cleared.Json.GetProperty("payment_method").ValueKind);
    }

    [Fact]
    public async Task While_collection_is_paused_invoices_stay_open_without_attempts_and_are_never_past_due()
    {
        var (clock, account, plan) = await StartAsync("tok_visa");
        var subscription = (await SubscribeAsync(account, plan, "")).Id;
        var paused = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "open"}""");
        Assert.Equal("open", paused.Json.GetProperty("collection_pause").GetProperty("behavior").GetString());
        await AdvanceAsync(clock, "2026-07-20T00:00:00Z");
        var open = (await server.Admin.GetAsync($"/v1/invoices?account={account}&status=open")).Json.GetProperty("data")[0];
        Assert.Equal((0, "current"), (open.GetProperty("attempts").GetArrayLength(), open.GetProperty("collection_stage").GetString()));
        Assert.Equal("active", (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["status"]);
        var ended = await server.Admin.SendAsync("DELETE", $"/v1/subscriptions/{subscription}/pause_collection", key: Guid.NewGuid().ToString());
        Assert.Equal((200, JsonValueKind.Null), (ended.Status, ended.Json.GetProperty("collection_pause").ValueKind));
        await AdvanceAsync(clock, "2026-08-02T00:00:00Z");
        Assert.Equal([(3000, "paid"), (3000, "open"), (3000, "paid")], await InvoicesAsync(account));
        await server.Admin.PostAsync($"/v1/invoices/{open.GetProperty("id").GetString()}/pay");
        Assert.Equal([(3000, "paid"), (3000, "paid"), (3000, "paid")], await InvoicesAsync(account));
    }

    [Fact]
    public async Task Paused_so_invoices_are_written_off_until_the_pause_ends_by_itself()
    {
        var (clock, account, plan) = await StartAsync("tok_visa");
        var subscription = (await SubscribeAsync(account, plan, "")).Id;
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "uncollectible", "until": "2026-08-01T00:00:00Z"}""");
        await AdvanceAsync(clock, "2026-08-02T00:00:00Z");
        // The invoice of the very instant at which the pause ends is collected.
        Assert.Equal([(3000, "paid"), (3000, "uncollectible"), (3000, "paid")], await InvoicesAsync(account));
        Assert.Equal(JsonValueKind.Null, (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}")).Json.GetProperty("collection_pause").ValueKind);
        Assert.Equal(0, (await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json.GetProperty("total").GetInt64());
        foreach (var behavior in (string[])["open", "uncollectible", "keep_draft"])
        {
            var body = $$"""{"behavior": "{{behavior}}", "until": "2026-07-01T00:00:00Z"}""";
            var refused = await server.Admin.SendAsync("POST", $"/v1/subscriptions/{subscription}/pause_collection", body, Guid.NewGuid().ToString());
            Assert.Equal((422, "until_not_ahead"), (refused.Status, refused["code"]));
        }
    }

    private async Task<(string Clock, string Account, string Plan)> StartAsync(string token)
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", $$"""{"gateway": "sandbox", "token": "{{token}}"}""");
        return (clock, account, await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}"""));
    }

    private Task<ApiAnswer> SubscribeAsync(string account, string plan, string extra, string? key = null) =>
        server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"{{extra}}}""", key);

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private async Task<IEnumerable<(long, string?)>> InvoicesAsync(string account) =>
        (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray()
        .Select(invoice => (invoice.GetProperty("total").GetInt64(), invoice.GetProperty("status").GetString())).Reverse();
}
