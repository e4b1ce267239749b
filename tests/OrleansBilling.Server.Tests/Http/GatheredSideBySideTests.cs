namespace OrleansBilling.Server.Tests.Http;

/// <summary>Subscriptions whose lines one invoice gathered renew side by side, though all of them depend on how that invoice stands.</summary>
[Collection(ApiCollection.Name)]
public sealed class GatheredSideBySideTests(ApiServer server)
{
    private const int Many = 60;

    [Theory]
    [InlineData("piece")]
    [InlineData("coupon")]
    [InlineData("minimum")]
    public async Task What_one_invoice_has_billed_for_many_lets_all_of_them_renew(string what)
    {
        var scene = await UsageScene.BeginAsync(server);
        await server.Admin.SendAsync("PATCH", $"/v1/accounts/{scene.Account}", """{"invoice_grouping": "account"}""", Guid.NewGuid().ToString());
        var plan = await scene.PlanAsync("""{"type": "per_unit", "unit_amount": "10"}""", what == "minimum" ? ", \"minimum\": {\"usd\": 5000}" : "");
        var coupon = $"c{Guid.NewGuid():N}";
        await server.Admin.PostAsync("/v1/coupons", $$"""{"code": "{{coupon}}", "percent_off": "10", "duration": "forever"}""");
        var subscriptions = new List<string>();
        for (var i = 0; i < Many; i++)
        {
            subscriptions.Add(await scene.SubscribeAsync(plan, what == "coupon" ? $", \"coupons\": [\"{coupon}\"]" : ""));
        }

        await scene.AdvanceAsync("2026-07-10T00:00:00Z");
        if (what == "piece")
        {
            await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{scene.Account}}", "kind": "spend", "thresholds": [{{Many * 300}}], "invoice": true}""");
            await UseAsync(scene, subscriptions, "2026-07-09T00:00:00Z", 35);
            await scene.AdvanceAsync("2026-07-11T00:00:00Z");
            await UseAsync(scene, subscriptions, "2026-07-10T12:00:00Z", 5);
        }

        await scene.AdvanceAsync("2026-08-02T00:00:00Z");

        Assert.Empty((await server.Admin.GetAsync($"/v1/work_items?account={scene.Account}")).Json.GetProperty("data").EnumerateArray());
        var last = (await server.Admin.GetAsync($"/v1/invoices?account={scene.Account}&limit=1")).Json.GetProperty("data")[0];
        var expected = what switch { "piece" => 3000 + 50, "coupon" => 2700, _ => 2000 + 3000 };
        Assert.Equal(Many * expected, last.GetProperty("total").GetInt64());
    }

    private async Task UseAsync(UsageScene scene, List<string> subscriptions, string at, int value)
    {
        var events = subscriptions.Select(one => $$"""{"id": "{{Guid.NewGuid():N}}", "account": "{{scene.Account}}", "meter": "{{scene.Meter}}", "at": "{{at}}", "value": {{value}}, "subscription": "{{one}}"}""");
        await server.Admin.PostAsync("/v1/usage/events", $$"""{"events": [{{string.Join(", ", events)}}]}""");
    }
}
