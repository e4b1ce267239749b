using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Prices in arrears over HTTP, on a test clock: from the plan to the paid invoice.</summary>
[Collection(ApiCollection.Name)]
public sealed class ArrearsHttpTests(ApiServer server)
{
    [Fact]
    public async Task What_runs_in_arrears_is_billed_with_the_renewal_at_a_change_and_at_the_end()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = $"arrears-{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "{{plan}}", "name": "Arrears", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [
                {"code": "base", "kind": "recurring", "billing": "in_advance", "model": {"type": "flat", "amount": 3000} },
                {"code": "seats", "kind": "recurring", "billing": "in_arrears", "model": {"type": "per_unit", "unit_amount": "1000"} }]}
            """);
        var subscription = (await server.Admin.PostAsync(
            "/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}", "quantities": {"seats": "3"} }""")).Id;
        await AdvanceAsync(clock, "2026-07-01T00:00:00Z");

        var upcoming = await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice");
        Assert.Equal(6000, upcoming.Json.GetProperty("total").GetInt64());

        await AdvanceAsync(clock, "2026-07-11T12:00:00Z");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", """{"quantities": {"seats": "6"}}""");
        await AdvanceAsync(clock, "2026-08-11T12:00:00Z");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel", """{"when": "now"}""");
        await AdvanceAsync(clock, "2026-08-12T00:00:00Z");

        Assert.Equal(
            [
                "paid: 2026-06-01 base 3000",
                "paid: 2026-06-01 seats 3000, 2026-07-01 base 3000",
                "paid: 2026-07-01 seats 968",
                "paid: 2026-07-11 seats 4064, 2026-08-01 base 3000",
                "paid: 2026-08-11 base -2032, 2026-08-01 seats 1935",
            ],
            await ToldAsync(account));
        Assert.Equal("canceled", (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["status"]);
    }

    [Fact]
    public async Task What_is_missing_to_a_minimum_is_billed_at_the_end_of_the_period()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = $"minimum-{Guid.NewGuid():N}";
        var body = $$"""
            {"code": "{{plan}}", "name": "Minimum", "currency": "usd", "interval": {"unit": "month", "count": 1}, "minimum": {"usd": 10000}, "prices": [
                {"code": "seats", "kind": "recurring", "model": {"type": "per_unit", "unit_amount": "1000"} }]}
            """;
        var refused = await server.Admin.SendAsync("POST", "/v1/plans", body.Replace("\"usd\": 10000", "\"jpy\": 10000", StringComparison.Ordinal), Guid.NewGuid().ToString());
        Assert.Equal((422, "minimum_currency_not_sold"), (refused.Status, refused["code"]));
        Assert.Equal(10000, (await server.Admin.PostAsync("/v1/plans", body)).Json.GetProperty("minimum").GetProperty("usd").GetInt64());

        await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}", "quantities": {"seats": "3"} }""");
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");

        Assert.Equal(["paid: 2026-06-01 seats 3000", "paid: 2026-06-01  7000, 2026-07-01 seats 3000"], await ToldAsync(account));
    }

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private async Task<List<string>> ToldAsync(string account)
    {
        var told = new List<string>();
        foreach (var listed in (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Reverse())
        {
            var lines = (await server.Admin.GetAsync($"/v1/invoices/{listed.GetProperty("id").GetString()}")).Json.GetProperty("lines").EnumerateArray();
            told.Add($"{listed.GetProperty("status").GetString()}: " + string.Join(", ", lines.Select(Told)));
        }

        return told;
    }

    private static string Told(JsonElement line) =>
        $"{line.GetProperty("period").GetProperty("start").GetString()![..10]} {line.GetProperty("price").GetString()} {line.GetProperty("amount").GetInt64()}";
}
