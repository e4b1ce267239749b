using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Plans with phases and with defaults for changes, over HTTP on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class PlanPhaseTests(ApiServer server)
{
    [Fact]
    public async Task An_intro_price_is_shown_billed_and_followed_by_the_plans_own()
    {
        var plan = await PublishAsync(3000, """, "phases": [{"periods": 2, "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 500}}]}]""");
        var shown = (await server.Admin.GetAsync($"/v1/plans/{plan}")).Json.GetProperty("phases")[0];
        Assert.Equal((2, 500), (shown.GetProperty("periods").GetInt32(), shown.GetProperty("prices")[0].GetProperty("model").GetProperty("amount").GetInt64()));

        var (clock, account) = await CustomerAsync();
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-08-02T00:00:00Z"}""");
        var invoices = (await server.Admin.GetAsync($"/v1/invoices?subscription={subscription}")).Json.GetProperty("data").EnumerateArray().Reverse().ToList();
        Assert.Equal([500, 500, 3000], invoices.Select(invoice => invoice.GetProperty("total").GetInt64()));
        Assert.Equal("1", invoices[1].GetProperty("lines")[0].GetProperty("explain").GetProperty("facts").GetProperty("phase").GetString());
    }

    [Fact]
    public async Task A_change_without_time_goes_by_the_defaults_of_its_plan()
    {
        const string defaults = """, "change_defaults": {"upgrade": {"when": "now", "proration": "second"}, "downgrade": {"when": "period_end"}}""";
        var (small, large) = (await PublishAsync(3000, defaults), await PublishAsync(6000, defaults));
        var (_, account) = await CustomerAsync();
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{small}}"}""")).Id;
        var path = $"/v1/subscriptions/{subscription}/change";
        Assert.Equal(large, (await server.Admin.PostAsync(path, $$"""{"plan": "{{large}}"}"""))["plan"]);
        var preview = (await server.Admin.PostAsync(path + "/preview", $$"""{"plan": "{{small}}", "proration": "day"}"""));
        Assert.Equal("2026-07-01T00:00:00Z", preview["effective_at"]);
        var down = await server.Admin.PostAsync(path, $$"""{"plan": "{{small}}"}""");
        Assert.Equal((large, small), (down["plan"], down.Json.GetProperty("pending_change").GetProperty("plan").GetString()));
        Assert.Equal(small, (await server.Admin.PostAsync(path, $$"""{"plan": "{{small}}", "when": "now", "proration": "none"}"""))["plan"]);
    }

    [Theory]
    [InlineData("""[{"periods": 0, "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 5}}]}]""", 400, "out_of_range")]
    [InlineData("""[{"periods": 1, "prices": [{"code": "other", "kind": "recurring", "model": {"type": "flat", "amount": 5}}]}]""", 422, "unknown_price")]
    [InlineData("""[{"periods": 1, "prices": [{"code": "base", "kind": "one_time", "model": {"type": "flat", "amount": 5}}]}]""", 422, "phase_kind_differs")]
    [InlineData("""[{"periods": 1, "prices": [{"code": "base", "kind": "recurring", "model": {"type": "graduated", "tiers": [{"up_to": "5", "unit_amount": "1"}]}}]}]""", 422, "last_tier_not_open")]
    public async Task Phases_that_cannot_be_are_refused(string phases, int status, string code)
    {
        var refused = await server.Admin.SendAsync("POST", "/v1/plans", Body("p" + Guid.NewGuid().ToString("N")[..12], 3000, $", \"phases\": {phases}"), Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
        Assert.StartsWith("phases[0]", refused["field"], StringComparison.Ordinal);
    }

    private async Task<string> PublishAsync(int amount, string extra)
    {
        var code = "p" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/plans", Body(code, amount, extra));
        return code;
    }

    private static string Body(string code, int amount, string extra) => $$$"""
        {"code": "{{{code}}}", "name": "Pro", "currency": "usd", "interval": {"unit": "month", "count": 1},
         "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": {{{amount}}} }}]{{{extra}}} }
        """;

    private async Task<(string Clock, string Account)> CustomerAsync()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        return (clock, account);
    }
}
