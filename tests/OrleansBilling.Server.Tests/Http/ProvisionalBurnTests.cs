using System.Diagnostics;
using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>What usage that is not billed yet uses of prepaid credit, over HTTP: seen by holds, debits, alerts and top-ups, and superseded by the invoice.</summary>
[Collection(ApiCollection.Name)]
public sealed class ProvisionalBurnTests(ApiServer server)
{
    [Theory]
    [InlineData("")]
    [InlineData(", \"invoice_grouping\": \"account\"")]
    public async Task Usage_lowers_what_is_available_as_it_comes_and_the_invoice_takes_just_that(string grouping)
    {
        var (clock, account, meter, _) = await SubscribedAsync(grouping);
        var wallet = await WalletAsync(account);
        await GrantAsync(wallet, """{"amount": 1000, "expires_at": "2026-06-11T00:00:00Z"}""");
        await GrantAsync(wallet, """{"amount": 500}""");
        await AdvanceAsync(clock, "2026-06-05T00:00:00Z");
        var hold = (await server.Admin.PostAsync("/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": 200, "expires_in_seconds": 600000}""")).Id;
        await UseAsync(account, meter, "a", "2026-06-04T00:00:00Z", 70);
        await StandsAsync(wallet, balance: 1500, held: 200, provisional: 700, available: 600);
        Assert.Equal([("active", 700), ("active", 0)], await GrantsAsync(wallet));

        // Neither holds nor debits take what usage has used; what is left they take.
        Assert.Equal((422, "insufficient_credit"), await PostedAsync("/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": 601}"""));
        Assert.Equal((422, "insufficient_credit"), await PostedAsync($"/v1/wallets/{wallet}/debits", """{"amount": 601, "reason": "use"}"""));
        Assert.Equal(201, (await PostedAsync($"/v1/wallets/{wallet}/debits", """{"amount": 50, "reason": "use"}""")).Status);
        await StandsAsync(wallet, balance: 1450, held: 200, provisional: 700, available: 550);

        // More than the first grant has free goes on with the second; what the hold gives back is used before it.
        await UseAsync(account, meter, "b", "2026-06-04T12:00:00Z", 10);
        await StandsAsync(wallet, balance: 1450, held: 200, provisional: 800, available: 450);
        Assert.Equal([("active", 750), ("active", 50)], await GrantsAsync(wallet));
        await server.Admin.PostAsync($"/v1/holds/{hold}/release");
        await AdvanceAsync(clock, "2026-06-05T00:00:01Z");
        await StandsAsync(wallet, balance: 1450, held: 0, provisional: 800, available: 650);
        Assert.Equal([("active", 800), ("active", 0)], await GrantsAsync(wallet));

        // An expired grant waits for the invoice; of it nothing can be held, and what comes later is used of the other one.
        await AdvanceAsync(clock, "2026-06-12T00:00:00Z");
        await UseAsync(account, meter, "c", "2026-06-11T12:00:00Z", 6);
        await StandsAsync(wallet, balance: 500, held: 0, provisional: 60, available: 440);
        Assert.Equal([("awaiting_usage", 800), ("active", 60)], await GrantsAsync(wallet));

        await AdvanceAsync(clock, "2026-07-01T00:00:00Z");
        await StandsAsync(wallet, balance: 440, held: 0, provisional: 0, available: 440);
        var invoice = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data")[0];
        Assert.Equal((860, 860), (invoice.GetProperty("subtotal").GetInt64(), invoice.GetProperty("wallet_applied").GetInt64()));
        Assert.Equal([("active", 0), ("expired", 0)], (await AllGrantsAsync(wallet)).Order());
    }

    [Fact]
    public async Task A_correction_gives_back_and_a_cancellation_bills_what_was_used()
    {
        var (clock, account, meter, subscription) = await SubscribedAsync("");
        var wallet = await WalletAsync(account);
        await GrantAsync(wallet, """{"amount": 1000}""");
        await AdvanceAsync(clock, "2026-06-05T00:00:00Z");
        await UseAsync(account, meter, "a", "2026-06-04T00:00:00Z", 70);
        await StandsAsync(wallet, balance: 1000, held: 0, provisional: 700, available: 300);
        await server.Admin.PostAsync("/v1/usage/corrections", $$"""{"ids": ["a"], "account": "{{account}}", "action": "amend", "value": "20"}""");
        await StandsAsync(wallet, balance: 1000, held: 0, provisional: 200, available: 800);

        // An invoice in between takes what it finds, also what usage has used: no money depends on what was seen.
        await server.Admin.PostAsync("/v1/invoices", $$"""{"account": "{{account}}", "lines": [{"description": "a", "amount": 900}], "finalize": true}""");
        await AdvanceAsync(clock, "2026-06-05T00:00:01Z");
        await StandsAsync(wallet, balance: 100, held: 0, provisional: 100, available: 0);

        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel", """{"when": "now"}""");
        await StandsAsync(wallet, balance: 0, held: 0, provisional: 0, available: 0);
        var last = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data")[0];
        Assert.Equal((200, 100), (last.GetProperty("subtotal").GetInt64(), last.GetProperty("wallet_applied").GetInt64()));
    }

    [Fact]
    public async Task What_a_correction_leaves_of_usage_that_a_rollover_has_seen_rolls_over_after_all()
    {
        var (clock, account, meter, _) = await SubscribedAsync("");
        var wallet = await WalletAsync(account);
        await GrantAsync(wallet, """{"amount": 1000, "recurrence": {"unit": "week", "count": 1}, "rollover": {"minimum": 0, "maximum": 2000} }""");
        await AdvanceAsync(clock, "2026-06-05T00:00:00Z");
        await UseAsync(account, meter, "a", "2026-06-04T00:00:00Z", 70);
        await StandsAsync(wallet, balance: 1000, held: 0, provisional: 700, available: 300);
        await AdvanceAsync(clock, "2026-06-09T00:00:00Z");
        await StandsAsync(wallet, balance: 300, held: 0, provisional: 0, available: 300);
        await server.Admin.PostAsync("/v1/usage/corrections", $$"""{"ids": ["a"], "account": "{{account}}", "action": "amend", "value": "20"}""");

        // Three more resets come before the invoice of the month.
        await AdvanceAsync(clock, "2026-07-01T00:00:00Z");
        await StandsAsync(wallet, balance: 800, held: 0, provisional: 0, available: 800);
        var movements = (await server.Admin.GetAsync($"/v1/wallets/{wallet}/movements?limit=100")).Json.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal((800, 800), (movements.Sum(one => one.GetProperty("amount").GetInt64()), movements.Sum(one => one.GetProperty("value").GetInt64())));
    }

    [Fact]
    public async Task A_childs_usage_uses_its_payers_wallet_until_the_payer_changes()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var parent = await server.Admin.AccountAsync(clock, ", \"collection\": \"send_invoice\"");
        var (_, child, meter, _) = await SubscribedAsync($", \"billed_to\": \"{parent}\"", clock);
        var (wallet, own) = (await WalletAsync(parent), await WalletAsync(child));
        await GrantAsync(wallet, """{"amount": 1000}""");
        await GrantAsync(own, """{"amount": 300}""");
        await AdvanceAsync(clock, "2026-06-05T00:00:00Z");
        await UseAsync(child, meter, "a", "2026-06-04T00:00:00Z", 40);
        await StandsAsync(wallet, balance: 1000, held: 0, provisional: 400, available: 600);
        await StandsAsync(own, balance: 300, held: 0, provisional: 0, available: 300);
        Assert.Equal(200, (await server.Admin.SendAsync("PATCH", $"/v1/accounts/{child}", """{"billed_to": null}""", Guid.NewGuid().ToString())).Status);
        await StandsAsync(wallet, balance: 1000, held: 0, provisional: 0, available: 1000);
        await StandsAsync(own, balance: 300, held: 0, provisional: 300, available: 0);
    }

    [Fact]
    public async Task Alerts_and_top_ups_see_what_usage_has_used()
    {
        var (clock, account, meter, _) = await SubscribedAsync("", method: true);
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd", "top_up": {"below": 100, "amount": 500} }""")).Id;
        await StandsAsync(wallet, balance: 500, held: 0, provisional: 0, available: 500);
        await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "balance", "wallet": "{{wallet}}", "thresholds": ["200"]}""");
        await AdvanceAsync(clock, "2026-06-05T00:00:00Z");
        await UseAsync(account, meter, "a", "2026-06-04T00:00:00Z", 35);
        await StandsAsync(wallet, balance: 500, held: 0, provisional: 350, available: 150);
        await UseAsync(account, meter, "b", "2026-06-04T00:00:00Z", 5);
        await StandsAsync(wallet, balance: 1000, held: 0, provisional: 400, available: 600);
        await EventuallyAsync(["alert.triggered", "alert.recovered"], async () =>
            [.. (await server.Admin.GetAsync($"/v1/accounts/{account}/timeline?limit=100")).Json.GetProperty("data").EnumerateArray()
                .Select(one => one.GetProperty("type").GetString()!).Where(type => type.StartsWith("alert.t", StringComparison.Ordinal) || type.StartsWith("alert.r", StringComparison.Ordinal)).Reverse()]);
    }

    [Fact]
    public async Task Usage_that_a_coupon_makes_free_sells_no_top_up_until_the_coupon_is_taken_off()
    {
        var (clock, account, meter, subscription) = await SubscribedAsync("", method: true);
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd", "top_up": {"below": 100, "amount": 500} }""")).Id;
        var coupon = $"c{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/coupons", $$"""{"code": "{{coupon}}", "duration": "forever", "percent_off": "100"}""");
        await AdvanceAsync(clock, "2026-06-05T00:00:00Z");
        await UseAsync(account, meter, "a", "2026-06-04T00:00:00Z", 10);
        await StandsAsync(wallet, balance: 500, held: 0, provisional: 100, available: 400);

        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/add_coupon", $$"""{"coupon": "{{coupon}}"}""");
        await AdvanceAsync(clock, "2026-06-05T00:00:01Z");
        await StandsAsync(wallet, balance: 500, held: 0, provisional: 0, available: 500);
        await UseAsync(account, meter, "b", "2026-06-04T00:00:00Z", 40);
        await AdvanceAsync(clock, "2026-06-06T00:00:00Z");
        await StandsAsync(wallet, balance: 500, held: 0, provisional: 0, available: 500);

        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/remove_coupon", $$"""{"coupon": "{{coupon}}"}""");
        await AdvanceAsync(clock, "2026-06-06T00:00:01Z");
        await StandsAsync(wallet, balance: 1000, held: 0, provisional: 500, available: 500);
    }

    [Fact]
    public async Task On_the_live_clock_it_is_seen_within_seconds()
    {
        var (_, account, meter, _) = await SubscribedAsync("", clock: null, live: true);
        var wallet = await WalletAsync(account);
        await GrantAsync(wallet, """{"amount": 1000}""");
        await UseAsync(account, meter, "a", null, 40);
        await StandsAsync(wallet, balance: 1000, held: 0, provisional: 400, available: 600);
    }

    private async Task<(string Clock, string Account, string Meter, string Subscription)> SubscribedAsync(string settings, string? clock = null, bool method = false, bool live = false)
    {
        clock ??= live ? null : (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, method ? settings : $", \"collection\": \"send_invoice\"{settings}");
        if (method)
        {
            await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        }

        var meter = $"m{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{meter}}", "name": "Calls", "aggregation": "sum"}""");
        var plan = $"p{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "{{plan}}", "name": "Use", "currency": "usd", "interval": {"unit": "month", "count": 1},
             "prices": [{"code": "calls", "kind": "usage", "meter": "{{meter}}", "model": {"type": "per_unit", "unit_amount": "10"} }]}
            """);
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        return (clock ?? "live", account, meter, subscription);
    }

    private async Task<string> WalletAsync(string account) =>
        (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;

    private async Task GrantAsync(string wallet, string body) => await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", body);

    private async Task AdvanceAsync(string clock, string to) => await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private async Task<(int Status, string? Code)> PostedAsync(string path, string body)
    {
        var answer = await server.Admin.SendAsync("POST", path, body, Guid.NewGuid().ToString());
        return (answer.Status, answer.Json.TryGetProperty("code", out var code) ? code.GetString() : null);
    }

    private async Task UseAsync(string account, string meter, string id, string? at, int value)
    {
        var when = at is null ? "" : $"\"at\": \"{at}\", ";
        var answer = await server.Admin.SendAsync("POST", "/v1/usage/events", $$"""{"events": [{"id": "{{id}}", "account": "{{account}}", "meter": "{{meter}}", {{when}}"value": {{value}}}]}""");
        Assert.True(answer.Json.GetProperty("accepted").GetInt32() == 1, answer.Text);
    }

    private Task StandsAsync(string wallet, long balance, long held, long provisional, long available) => EventuallyAsync([balance, held, provisional, available], async () =>
    {
        var shown = (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json;
        return [.. new[] { "balance", "held", "provisional", "available" }.Select(name => shown.GetProperty(name).GetInt64())];
    });

    /// <summary>Of the living grants, in the order of use: how each stands, and what usage has used of it.</summary>
    private async Task<List<(string, long)>> GrantsAsync(string wallet) =>
        [.. (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json.GetProperty("grants").EnumerateArray().Select(Shown)];

    private async Task<List<(string, long)>> AllGrantsAsync(string wallet) =>
        [.. (await server.Admin.GetAsync($"/v1/wallets/{wallet}/grants")).Json.GetProperty("data").EnumerateArray().Select(Shown)];

    private static (string, long) Shown(JsonElement grant) => (grant.GetProperty("status").GetString()!, grant.GetProperty("provisional").GetInt64());

    private static async Task EventuallyAsync<T>(List<T> expected, Func<Task<List<T>>> read)
    {
        var began = Stopwatch.GetTimestamp();
        var found = await read();
        while (!found.SequenceEqual(expected) && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(15))
        {
            await Task.Delay(50);
            found = await read();
        }

        Assert.Equal(expected, found);
    }
}
