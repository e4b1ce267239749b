namespace OrleansBilling.Server.Tests.Http;

/// <summary>Entitlements over HTTP: of plans, of subscriptions, and what is left of limits.</summary>
[Collection(ApiCollection.Name)]
public sealed class EntitlementTests(ApiServer server)
{
    private const string Calls = """{"type": "per_unit", "unit_amount": "1"}""";

    [Fact]
    public async Task A_subscription_has_those_of_its_plans_and_usage_shows_what_is_left()
    {
        var scene = await UsageScene.BeginAsync(server);
        var small = await scene.PlanAsync(Calls, $$""", "entitlements": {"{{scene.Meter}}": "100", "sso": false, "support": "mail", "seats": "2"}""");
        var large = await scene.PlanAsync(Calls, $$""", "entitlements": {"{{scene.Meter}}": "1000", "sso": true}""");
        var extra = (await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "x{{Guid.NewGuid():N}}", "name": "Extra", "currency": "usd", "interval": {"unit": "month", "count": 1}, "entitlements": {"{{scene.Meter}}": "50.5", "support": "phone"},
             "prices": [{"code": "more", "kind": "recurring", "model": {"type": "flat", "amount": 100} }]}
            """)).Id;
        Assert.Equal(
            $$"""{"{{scene.Meter}}":"100","seats":"2","sso":false,"support":"mail"}""",
            (await server.Admin.GetAsync($"/v1/plans/{small}")).Json.GetProperty("entitlements").GetRawText());
        var subscription = await scene.SubscribeAsync(small, $$""", "add_ons": [{"plan": "{{extra}}"}]""");

        await scene.AdvanceAsync("2026-06-12T00:00:00Z");
        await scene.UseAsync("2026-06-10T00:00:00Z", 30);
        Assert.Equal($$"""{"{{scene.Meter}}":"150.5","seats":"2","sso":false,"support":"mail"}""", await HasAsync(subscription));
        Assert.Equal("150.5 30 120.5", await LeftAsync(scene));
        await scene.UseAsync("2026-06-11T00:00:00Z", 200);
        Assert.Equal("150.5 230 0", await LeftAsync(scene));

        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{large}}", "when": "period_end"}""");
        Assert.Equal("150.5 230 0", await LeftAsync(scene));
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");
        Assert.Equal($$"""{"{{scene.Meter}}":"1050.5","sso":true,"support":"phone"}""", await HasAsync(subscription));
        Assert.Equal("1050.5 0 1050.5", await LeftAsync(scene));

        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel", """{"when": "now"}""");
        Assert.Equal(("{}", ""), (await HasAsync(subscription), await LeftAsync(scene)));
    }

    [Fact]
    public async Task A_limit_counts_a_meter_that_nobody_prices()
    {
        var scene = await UsageScene.BeginAsync(server);
        var plan = (await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "x{{Guid.NewGuid():N}}", "name": "Flat", "currency": "usd", "interval": {"unit": "month", "count": 1}, "entitlements": {"{{scene.Meter}}": "10"},
             "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 100} }]}
            """)).Id;
        var old = await scene.SubscribeAsync(plan);
        await scene.AdvanceAsync("2026-06-01T01:00:00Z");
        var young = await scene.SubscribeAsync(plan);
        await scene.UseAsync("2026-06-01T00:00:00Z", 4);
        await scene.UseAsync("2026-06-01T01:00:00Z", 3, $", \"subscription\": \"{young}\"");

        Assert.Equal("10 4 6, 10 3 7", await LeftAsync(scene));
        Assert.Equal("10 3 7", await LeftAsync(scene, $"&subscription={young}"));
        Assert.Equal("10 4 6", await LeftAsync(scene, $"&subscription={old}"));
    }

    [Theory]
    [InlineData("""{"calls": 100}""", "invalid_type", "entitlements.calls")]
    [InlineData("""{"calls": ["a"]}""", "invalid_type", "entitlements.calls")]
    [InlineData("""{"calls": null}""", "invalid_type", "entitlements.calls")]
    [InlineData("""{"calls": "-1"}""", "negative_quantity", "entitlements.calls")]
    [InlineData("""{"calls": "10000000000000000"}""", "quantity_too_large", "entitlements.calls")]
    [InlineData("""{"Big Calls": true}""", "invalid_code", "entitlements")]
    [InlineData("""{"tier": ""}""", "invalid_value", "entitlements.tier")]
    [InlineData("""{"tier": "   "}""", "invalid_value", "entitlements.tier")]
    [InlineData("""[true]""", "invalid_type", "entitlements")]
    public async Task What_is_no_entitlement_is_refused(string entitlements, string code, string field)
    {
        var answer = await server.Admin.SendAsync("POST", "/v1/plans", $$"""
            {"code": "x{{Guid.NewGuid():N}}", "name": "X", "currency": "usd", "interval": {"unit": "month", "count": 1}, "entitlements": {{entitlements}},
             "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 100} }]}
            """, Guid.NewGuid().ToString());

        Assert.Equal((400, code, field), (answer.Status, answer["code"], answer["field"]));
    }

    [Fact]
    public async Task At_most_a_hundred_and_no_card_numbers()
    {
        Task<ApiAnswer> PublishAsync(string entitlements) => server.Admin.SendAsync("POST", "/v1/plans", $$"""
            {"code": "x{{Guid.NewGuid():N}}", "name": "X", "currency": "usd", "interval": {"unit": "month", "count": 1}, "entitlements": { {{entitlements}} },
             "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 100} }]}
            """, Guid.NewGuid().ToString());

        Assert.Equal("too_many", (await PublishAsync(string.Join(", ", Enumerable.Range(0, 101).Select(i => $"\"e{i}\": true"))))["code"]);
        Assert.Equal("card_number_refused", (await PublishAsync("\"tier\": \"4111 1111 1111 1111\""))["code"]);
    }

    private async Task<string> HasAsync(string subscription) =>
        (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/entitlements")).Json.GetProperty("entitlements").GetRawText();

    private async Task<string> LeftAsync(UsageScene scene, string more = "") => string.Join(", ", (await server.Admin.GetAsync($"/v1/accounts/{scene.Account}/usage?meter={scene.Meter}{more}"))
        .Json.GetProperty("entitlements").EnumerateArray().Select(each => $"{each.GetProperty("limit").GetString()} {each.GetProperty("used").GetString()} {each.GetProperty("remaining").GetString()}"));
}
