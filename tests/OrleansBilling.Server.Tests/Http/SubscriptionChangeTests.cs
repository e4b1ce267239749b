using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>A running subscription is changed over HTTP, on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class SubscriptionChangeTests(ApiServer server)
{
    [Fact]
    public async Task A_subscription_is_upgraded_scheduled_and_renewed_on_its_new_plan()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var (pro, max) = (await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}"""), await server.Admin.PlanAsync("""{"type": "flat", "amount": 6000}"""));
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{pro}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-11T12:00:00Z"}""");

        var before = await server.RowCountsAsync();
        var previews = (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change/preview", $$"""{"plan": "{{max}}"}"""))
            .Json.GetProperty("data").EnumerateArray()
            .ToDictionary(shown => shown.GetProperty("proration").GetString()!, shown => shown.GetProperty("invoice") is { ValueKind: JsonValueKind.Object } invoice ? invoice.GetProperty("total").GetInt64() : 0);
        Assert.Equal(
            new Dictionary<string, long> { ["second"] = 1950, ["day"] = 2000, ["day_30"] = 2000, ["full_difference"] = 3000, ["none"] = 0 }, previews);
        Assert.Equal(before, await server.RowCountsAsync());

        var single = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change/preview", $$"""{"plan": "{{max}}", "proration": "day"}""");
        Assert.Equal((2000, "draft", "day"), (single.Json.GetProperty("total").GetInt64(), single["status"], single["proration"]));
        Assert.Equal(2, single.Json.GetProperty("lines").GetArrayLength());

        // At the period's end first; a change now drops that and says so.
        var scheduled = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{max}}", "when": "period_end"}""");
        Assert.Equal("2026-07-01T00:00:00Z", scheduled.Json.GetProperty("pending_change").GetProperty("at").GetString());
        var key = Guid.NewGuid().ToString();
        var changed = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{max}}", "proration": "day"}""", key);
        Assert.Equal((max, JsonValueKind.Null), (changed["plan"], changed.Json.GetProperty("pending_change").ValueKind));
        Assert.Equal(max, changed.Json.GetProperty("dropped_change").GetProperty("plan").GetString());
        Assert.True((await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{max}}", "proration": "day"}""", key)).Replayed);

        // Down again at an instant ahead, which the clock meets on its way.
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{pro}}", "proration": "day", "when": "2026-06-21T00:00:00Z"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-02T00:00:00Z"}""");
        var invoices = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray()
            .Select(invoice => (invoice.GetProperty("total").GetInt64(), invoice.GetProperty("status").GetString())).Reverse();
        Assert.Equal([(3000, "paid"), (2000, "paid"), (-1000, "paid"), (3000, "paid")], invoices);
        Assert.Equal(pro, (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["plan"]);
    }

    [Theory]
    [InlineData("""{"plan": "no-such-plan"}""", 404, "plan_not_found")]
    [InlineData("""{"plan_version": 9}""", 404, "plan_version_not_found")]
    [InlineData("""{"quantities": {"seats": "1"}}""", 422, "unknown_price")]
    [InlineData("""{"quantities": {"base": "1"}}""", 422, "nothing_to_change")]
    [InlineData("""{"quantities": {"base": "2"}, "when": "2026-05-01T00:00:00Z"}""", 422, "outside_period")]
    [InlineData("""{"quantities": {"base": "2"}, "prices": {}}""", 400, "unknown_field")]
    public async Task A_change_that_cannot_be_is_refused(string body, int status, string code)
    {
        var account = await server.Admin.AccountAsync();
        var plan = await server.Admin.PlanAsync();
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        var refused = await server.Admin.SendAsync("POST", $"/v1/subscriptions/{subscription}/change", body, Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
    }
}
