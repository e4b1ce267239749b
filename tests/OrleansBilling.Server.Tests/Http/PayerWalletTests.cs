namespace OrleansBilling.Server.Tests.Http;

/// <summary>A paying parent with prepaid credit over HTTP, on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class PayerWalletTests(ApiServer server)
{
    [Fact]
    public async Task A_childs_subscription_and_usage_are_paid_by_its_parents_wallet_and_credit_goes_back_to_it()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var parent = await server.Admin.AccountAsync(clock, ", \"collection\": \"send_invoice\"");
        var child = await server.Admin.AccountAsync(clock, $$""", "billed_to": "{{parent}}", "collection": "send_invoice" """);
        var (wallet, own) = (await WalletAsync(parent), await WalletAsync(child));
        var meter = $"m{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{meter}}", "name": "Calls", "aggregation": "sum"}""");
        var plan = $"p{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "{{plan}}", "name": "Use", "currency": "usd", "interval": {"unit": "month", "count": 1},
             "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 2000} },
                        {"code": "calls", "kind": "usage", "meter": "{{meter}}", "model": {"type": "per_unit", "unit_amount": "10"} }]}
            """);
        await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{child}}", "plan": "{{plan}}"}""");
        // The first month's 2,000 of the parent's 5,000; of the child's own wallet nothing.
        Assert.Equal((3000, 5000), (await BalanceAsync(wallet), await BalanceAsync(own)));
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-20T00:00:00Z"}""");
        await server.Admin.SendAsync("POST", "/v1/usage/events", $$"""{"events": [{"id": "a", "account": "{{child}}", "meter": "{{meter}}", "at": "2026-06-10T00:00:00Z", "value": 150}]}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-02T00:00:00Z"}""");

        // 1,500 of usage come first, then what is left pays of the next month's 2,000.
        Assert.Empty((await server.Admin.GetAsync($"/v1/invoices?account={child}")).Json.GetProperty("data").EnumerateArray());
        var renewal = (await server.Admin.GetAsync($"/v1/invoices?account={parent}")).Json.GetProperty("data")[0];
        Assert.Equal((3500, 3000, 500), (renewal.GetProperty("subtotal").GetInt64(), renewal.GetProperty("wallet_applied").GetInt64(), renewal.GetProperty("total").GetInt64()));
        Assert.Equal((0, 5000), (await BalanceAsync(wallet), await BalanceAsync(own)));
        var lines = (await server.Admin.GetAsync($"/v1/invoices/{renewal.GetProperty("id").GetString()}")).Json.GetProperty("lines").EnumerateArray().ToList();
        Assert.Equal([("base", 1500), ("calls", 1500)], lines.Select(line => (line.GetProperty("price").GetString()!, line.GetProperty("wallet_amount").GetInt64())).Order());

        // What is credited goes back to the parent's grants; all of the money, named by its amount alone, brings all of the credit.
        var usage = lines.Single(line => line.GetProperty("price").GetString() == "calls").GetProperty("id").GetString();
        var note = await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{renewal.GetProperty("id").GetString()}}", "lines": [{"line": "{{usage}}", "amount": 500}], "reason": "x", "settle": "credit"}""");
        Assert.Equal((500, 0), (note.Json.GetProperty("wallet_returned").GetInt64(), note.Json.GetProperty("total").GetInt64()));
        Assert.Equal((500, 5000), (await BalanceAsync(wallet), await BalanceAsync(own)));
        var all = await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{renewal.GetProperty("id").GetString()}}", "amount": 500, "reason": "x", "settle": "credit"}""");
        Assert.Equal((2500, 500), (all.Json.GetProperty("wallet_returned").GetInt64(), all.Json.GetProperty("total").GetInt64()));
        Assert.Equal((3000, 5000), (await BalanceAsync(wallet), await BalanceAsync(own)));
        Assert.Equal(0, (await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json.GetProperty("total").GetInt64());
    }

    private async Task<string> WalletAsync(string account)
    {
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 5000}""");
        return wallet;
    }

    private async Task<long> BalanceAsync(string wallet) => (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json.GetProperty("balance").GetInt64();
}
