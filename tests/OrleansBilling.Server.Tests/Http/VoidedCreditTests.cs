namespace OrleansBilling.Server.Tests.Http;

/// <summary>What is voided or deleted after it was credited, or after it credited others: the customer gets every cent back once.</summary>
[Collection(ApiCollection.Name)]
public sealed class VoidedCreditTests(ApiServer server)
{
    /// <summary>A month of 30.00 is paid from the balance; a change credits 15.48 of it.</summary>
    [Fact]
    public async Task An_invoice_that_a_draft_credits_is_voided_after_the_draft_was_finalised_or_deleted()
    {
        var (clock, account, subscription) = await StartAsync();
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "keep_draft"}""");
        var (july, draft) = await ChangeAsync(clock, subscription);
        var refused = await server.Admin.SendAsync("POST", $"/v1/invoices/{july}/void", "{}", Guid.NewGuid().ToString());
        Assert.Equal((422, "draft_credits_lines"), (refused.Status, refused["code"]));
        Assert.Equal(200, (await server.Admin.SendAsync("DELETE", $"/v1/invoices/{draft}", key: Guid.NewGuid().ToString())).Status);
        Assert.Equal("void", (await server.Admin.PostAsync($"/v1/invoices/{july}/void"))["status"]);
        Assert.Equal(3000, await BalanceAsync(account));
        Assert.Equal(0, Number(await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd"), "total"));
    }

    [Fact]
    public async Task What_credits_a_void_invoice_is_not_voided_but_credited_by_a_note()
    {
        var (clock, account, subscription) = await StartAsync();
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "open"}""");
        var (july, change) = await ChangeAsync(clock, subscription);
        // 5,000 for 16 of 31 days is 2,581; 1,548 of July's 3,000 lower it, and voiding July gives back the rest.
        Assert.Equal("void", (await server.Admin.PostAsync($"/v1/invoices/{july}/void"))["status"]);
        Assert.Equal(1452, await BalanceAsync(account));
        var refused = await server.Admin.SendAsync("POST", $"/v1/invoices/{change}/void", "{}", Guid.NewGuid().ToString());
        Assert.Equal((422, "credits_void_invoice"), (refused.Status, refused["code"]));
        var charge = (await server.Admin.GetAsync($"/v1/invoices/{change}")).Json.GetProperty("lines").EnumerateArray().Single(line => line.GetProperty("amount").GetInt64() > 0);
        var note = await server.Admin.PostAsync(
            "/v1/credit_notes", $$"""{"invoice": "{{change}}", "lines": [{"line": "{{charge.GetProperty("id").GetString()}}", "amount": 2581}], "reason": "Never wanted", "settle": "credit"}""");
        Assert.Equal((201, 2581), (note.Status, Number(note, "total")));
        Assert.Equal(3000, await BalanceAsync(account));
        Assert.Equal(0, Number(await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd"), "total"));
    }

    /// <summary>The change takes 5.16 of July's 10.00 back, and what is added gives them again: without the change July would have 15.16.</summary>
    [Fact]
    public async Task What_took_coupon_money_back_that_was_given_again_is_not_voided_but_credited_by_a_note()
    {
        var (clock, account, subscription) = await StartAsync();
        var storage = await server.Admin.PlanAsync("""{"type": "flat", "amount": 1500}""");
        var small = (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["plan"];
        var coupon = $"c-{Guid.NewGuid():n}";
        await server.Admin.PostAsync(
            "/v1/coupons", $$"""{"code": "{{coupon}}", "amount_off": 1000, "currency": "usd", "duration": "forever", "applies_to": ["{{small}}", "{{storage}}"]}""");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/add_coupon", $$"""{"coupon": "{{coupon}}"}""");
        await server.Admin.PostAsync($"/v1/accounts/{account}/balance_adjustments", """{"amount": 2000, "currency": "usd", "reason": "gift"}""");
        await AdvanceAsync(clock, "2026-08-02T00:00:00Z");
        Assert.Equal(0, await BalanceAsync(account));
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "open"}""");
        var (_, change) = await ChangeAsync(clock, subscription, "2026-08-15T22:00:00Z");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/items", $$"""{"plan": "{{storage}}"}""");
        var added = await server.Admin.GetAsync($"/v1/invoices/{(await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["latest_invoice"]}");
        Assert.Equal((774, 516), (Number(added, "subtotal"), Number(added, "discount_total")));

        var refused = await server.Admin.SendAsync("POST", $"/v1/invoices/{change}/void", "{}", Guid.NewGuid().ToString());
        Assert.Equal((422, "coupon_given_again"), (refused.Status, refused["code"]));
        Assert.Equal(200, (await server.Admin.PostAsync($"/v1/invoices/{added["id"]}/void")).Status);
        var note = await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{change}}", "amount": 1549, "reason": "Never wanted", "settle": "credit"}""");
        Assert.Equal((201, 1549), (note.Status, Number(note, "total")));
        Assert.Equal(0, Number(await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd"), "total"));
    }

    private async Task<(string July, string Change)> ChangeAsync(string clock, string subscription, string at = "2026-07-15T22:00:00Z")
    {
        var plus = await server.Admin.PlanAsync("""{"type": "flat", "amount": 5000}""");
        var july = (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["latest_invoice"]!;
        await AdvanceAsync(clock, at);
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{plus}}", "when": "now", "proration": "second"}""");
        return (july, (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["latest_invoice"]!);
    }

    /// <summary>On 2 July, with July paid from the balance and nothing left of it.</summary>
    private async Task<(string Clock, string Account, string Subscription)> StartAsync()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-30T22:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync($"/v1/accounts/{account}/balance_adjustments", """{"amount": 3000, "currency": "usd", "reason": "gift"}""");
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");
        Assert.Equal(0, await BalanceAsync(account));
        return (clock, account, subscription);
    }

    private async Task<long> BalanceAsync(string account) => Number(await server.Admin.GetAsync($"/v1/accounts/{account}"), "balance");

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private static long Number(ApiAnswer answer, string name) => answer.Json.GetProperty(name).GetInt64();
}
