namespace OrleansBilling.Server.Tests.Http;

/// <summary>Use that a hold pays: its events are counted and shown, and billed by the commit alone.</summary>
[Collection(ApiCollection.Name)]
public sealed class HeldUsageTests(ApiServer server)
{
    [Theory]
    [InlineData("""{"type": "per_unit", "unit_amount": "10"}""")]
    [InlineData("""{"type": "percentage", "rate": "1000", "free_events": 0, "min_per_event": "1"}""")]
    public async Task Events_of_a_hold_are_shown_and_rated_to_zero_unless_it_was_given_back(string model)
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, """, "collection": "send_invoice" """);
        var meter = $"m{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{meter}}", "name": "Tokens", "aggregation": "sum"}""");
        var plan = $"p{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "{{plan}}", "name": "Use", "currency": "usd", "interval": {"unit": "month", "count": 1},
             "prices": [{"code": "tokens", "kind": "usage", "meter": "{{meter}}", "model": {{model}}}]}
            """);
        await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 500}""");
        var committed = await HoldAsync(wallet);
        var released = await HoldAsync(wallet);
        var standing = await HoldAsync(wallet);
        await UseAsync(account, meter, 5, null);
        await UseAsync(account, meter, 70, committed);
        await UseAsync(account, meter, 300, released);
        await UseAsync(account, meter, 2000, standing);
        await UseAsync(account, meter, 10000, "hold_of_nobody");
        await server.Admin.PostAsync($"/v1/holds/{committed}/commit", """{"amount": 100}""");
        await server.Admin.PostAsync($"/v1/holds/{released}/release");

        var shown = (await server.Admin.GetAsync($"/v1/accounts/{account}/usage?meter={meter}&from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z")).Json;
        Assert.Equal("12375", shown.GetProperty("data")[0].GetProperty("quantity").GetString());
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-01T00:00:00Z"}""");
        var invoice = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data")[0];
        // Before what the rest of the grant pays of it.
        Assert.Equal(103_050, invoice.GetProperty("subtotal").GetInt64());
        Assert.Equal("3", invoice.GetProperty("lines")[0].GetProperty("explain").GetProperty("facts").GetProperty("events").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Events_of_a_hold_that_ends_unused_after_their_period_was_billed_are_billed_late(bool released)
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, """, "collection": "send_invoice" """);
        var meter = $"m{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{meter}}", "name": "Tokens", "aggregation": "sum"}""");
        var plan = $"p{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "{{plan}}", "name": "Use", "currency": "usd", "interval": {"unit": "month", "count": 1},
             "prices": [{"code": "tokens", "kind": "usage", "meter": "{{meter}}", "model": {"type": "per_unit", "unit_amount": "10"} }]}
            """);
        await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 100}""");
        var hold = await HoldAsync(wallet);
        await UseAsync(account, meter, 5, null);
        await UseAsync(account, meter, 70, hold);

        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-01T00:00:00Z"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-01T01:00:00Z"}""");
        Assert.Equal("50", await TotalsAsync(account));
        Assert.True((await server.Admin.GetAsync($"/v1/accounts/{account}/usage/check?meter={meter}")).Json.GetProperty("holds").GetBoolean());

        if (released)
        {
            await server.Admin.PostAsync($"/v1/holds/{hold}/release");
        }

        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-08-01T00:00:00Z"}""");

        Assert.Equal("50 700", await TotalsAsync(account));
        Assert.True((await server.Admin.GetAsync($"/v1/accounts/{account}/usage/check?meter={meter}")).Json.GetProperty("holds").GetBoolean());
    }

    private async Task<string> TotalsAsync(string account) => string.Join(
        ' ', (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Select(invoice => invoice.GetProperty("subtotal").GetInt64()).Order());

    private async Task<string> HoldAsync(string wallet) =>
        (await server.Admin.PostAsync("/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": 100, "expires_in_seconds": 2678400}""")).Id;

    private async Task UseAsync(string account, string meter, int value, string? hold)
    {
        var named = hold is null ? "" : $$""", "hold": "{{hold}}" """;
        var answer = await server.Admin.SendAsync("POST", "/v1/usage/events", $$"""
            {"events": [{"id": "{{Guid.NewGuid()}}", "account": "{{account}}", "meter": "{{meter}}", "at": "2026-06-01T00:00:00Z", "value": {{value}}{{named}}}]}
            """);
        Assert.Equal(1, answer.Json.GetProperty("accepted").GetInt32());
    }
}
