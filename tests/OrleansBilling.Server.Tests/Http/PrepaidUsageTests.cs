using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Prepaid credit on usage over HTTP: each event is paid by the grants that counted at its time.</summary>
[Collection(ApiCollection.Name)]
public sealed class PrepaidUsageTests(ApiServer server)
{
    [Theory]
    [InlineData("", 800, 500)]
    [InlineData(", \"invoice_grouping\": \"account\"", 800, 500)]
    public async Task Usage_is_paid_by_the_grants_of_its_time_also_by_one_that_has_expired_since(string grouping, long paid, long lapsed)
    {
        var (clock, account, meter) = await SubscribedAsync(grouping, """{"type": "per_unit", "unit_amount": "10"}""");
        var wallet = await WalletAsync(account);
        var early = await GrantAsync(wallet, """{"amount": 1000, "expires_at": "2026-06-11T12:30:00Z"}""");
        var late = await GrantAsync(wallet, """{"amount": 300, "effective_at": "2026-06-20T00:00:00Z"}""");
        await AdvanceAsync(clock, "2026-06-27T00:00:00Z");
        await UseAsync(account, meter, ("2026-06-05T00:00:00Z", 40), ("2026-06-11T12:29:59Z", 10), ("2026-06-11T12:30:00Z", 70), ("2026-06-25T00:00:00Z", 90));
        await AdvanceAsync(clock, "2026-06-28T00:00:00Z");
        // Nothing of the expired grant can be held or taken any more; what usage left of it lapses with the invoice.
        Assert.Equal((300, 1000), (await BalanceAsync(wallet), await LeftAsync(wallet, early)));
        await AdvanceAsync(clock, "2026-07-01T00:00:00Z");

        var invoice = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data")[0];
        Assert.Equal((2100, paid, 2100 - paid), (invoice.GetProperty("subtotal").GetInt64(), invoice.GetProperty("wallet_applied").GetInt64(), invoice.GetProperty("total").GetInt64()));
        Assert.Equal((0, 0), (await LeftAsync(wallet, early), await LeftAsync(wallet, late)));
        // The lapse counts from the expiry, though it is known only once the usage of before is billed.
        Assert.Equal([("granted", 1000), ("expired", -lapsed), ("applied", -500)], await MovedAsync(wallet, early));
    }

    [Fact]
    public async Task Graduated_usage_is_paid_by_its_marginal_price_and_volume_by_the_grants_of_the_end()
    {
        var tiers = """[{"up_to": "10", "unit_amount": "100"}, {"up_to": null, "unit_amount": "1"}]""";
        foreach (var (type, expected) in new[] { ("graduated", 1000L), ("volume", 0L) })
        {
            var (clock, account, meter) = await SubscribedAsync("", $$"""{"type": "{{type}}", "tiers": {{tiers}}}""");
            var wallet = await WalletAsync(account);
            await GrantAsync(wallet, """{"amount": 5000, "expires_at": "2026-06-11T00:00:00Z"}""");
            await AdvanceAsync(clock, "2026-06-13T00:00:00Z");
            await UseAsync(account, meter, ("2026-06-05T00:00:00Z", 10), ("2026-06-12T00:00:00Z", 10));
            await AdvanceAsync(clock, "2026-07-01T00:00:00Z");
            var invoice = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data")[0];
            Assert.Equal((expected, 0), (invoice.GetProperty("wallet_applied").GetInt64(), await BalanceAsync(wallet)));
        }
    }

    [Fact]
    public async Task A_reset_leaves_usage_before_it_what_was_there_then()
    {
        var (clock, account, meter) = await SubscribedAsync("", """{"type": "per_unit", "unit_amount": "10"}""");
        var wallet = await WalletAsync(account);
        await GrantAsync(wallet, """{"amount": 500, "recurrence": {"unit": "month", "count": 1}}""");
        await AdvanceAsync(clock, "2026-06-06T00:00:00Z");
        await UseAsync(account, meter, ("2026-06-05T00:00:00Z", 30));
        await AdvanceAsync(clock, "2026-07-06T00:00:00Z");
        await UseAsync(account, meter, ("2026-07-05T00:00:00Z", 60));
        Assert.Equal(500, await BalanceAsync(wallet));
        await AdvanceAsync(clock, "2026-08-01T00:00:00Z");
        var invoices = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray()
            .Select(invoice => (invoice.GetProperty("subtotal").GetInt64(), invoice.GetProperty("wallet_applied").GetInt64())).ToList();
        Assert.Equal([(600, 500), (300, 300)], invoices);
        Assert.Equal(500, await BalanceAsync(wallet));
        var books = await server.Admin.GetAsync($"/v1/ledger/entries?account={account}&limit=100");
        var prepaid = books.Json.GetProperty("data").EnumerateArray().Sum(entry =>
            (entry.GetProperty("debit").GetString() == "prepaid_credit" ? 1 : entry.GetProperty("credit").GetString() == "prepaid_credit" ? -1 : 0) * entry.GetProperty("amount").GetInt64());
        Assert.Equal(-500, prepaid);
    }

    private async Task<(string Clock, string Account, string Meter)> SubscribedAsync(string settings, string model)
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, $", \"collection\": \"send_invoice\"{settings}");
        var meter = $"m{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{meter}}", "name": "Calls", "aggregation": "sum"}""");
        var plan = $"p{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "{{plan}}", "name": "Use", "currency": "usd", "interval": {"unit": "month", "count": 1},
             "prices": [{"code": "calls", "kind": "usage", "meter": "{{meter}}", "model": {{model}}}]}
            """);
        await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        return (clock, account, meter);
    }

    private async Task<string> WalletAsync(string account) =>
        (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;

    private async Task<string> GrantAsync(string wallet, string body) => (await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", body)).Id;

    private async Task AdvanceAsync(string clock, string to) => await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private async Task UseAsync(string account, string meter, params (string At, int Value)[] events)
    {
        var told = string.Join(",", events.Select(used => $$"""{"id": "{{Guid.NewGuid()}}", "account": "{{account}}", "meter": "{{meter}}", "at": "{{used.At}}", "value": {{used.Value}}}"""));
        var answer = await server.Admin.SendAsync("POST", "/v1/usage/events", $$"""{"events": [{{told}}]}""");
        Assert.True(answer.Json.GetProperty("accepted").GetInt32() == events.Length, answer.Text);
    }

    private async Task<long> BalanceAsync(string wallet) => (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json.GetProperty("balance").GetInt64();

    private async Task<long> LeftAsync(string wallet, string grant) =>
        (await server.Admin.GetAsync($"/v1/wallets/{wallet}/grants")).Json.GetProperty("data").EnumerateArray()
            .Single(one => one.GetProperty("id").GetString() == grant).GetProperty("remaining").GetInt64();

    private async Task<List<(string, long)>> MovedAsync(string wallet, string grant) =>
        [.. (await server.Admin.GetAsync($"/v1/wallets/{wallet}/movements?grant={grant}")).Json.GetProperty("data").EnumerateArray().Reverse()
            .Select(moved => (moved.GetProperty("kind").GetString()!, moved.GetProperty("amount").GetInt64()))];
}
