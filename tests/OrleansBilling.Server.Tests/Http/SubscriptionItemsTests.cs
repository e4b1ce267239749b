using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Several plans on one subscription, and negotiated prices, over HTTP on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class SubscriptionItemsTests(ApiServer server)
{
    [Fact]
    public async Task Plans_are_added_and_removed_with_previews_and_the_renewal_bills_what_is_left()
    {
        var (clock, account) = await CustomerAsync();
        var (pro, storage, support) = (await PlanAsync("base", 3000), await PlanAsync("disk", 900), await PlanAsync("desk", 1500));
        var created = await server.Admin.PostAsync("/v1/subscriptions", $$$"""
            {"account": "{{{account}}}", "plan": "{{{pro}}}", "add_ons": [{"plan": "{{{storage}}}", "quantities": {"disk": "2"}}]}
            """);
        Assert.Equal([("base", false), ("disk", true)], Items(created));
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-11T12:00:00Z"}""");

        var items = $"/v1/subscriptions/{created.Id}/items";
        var before = await server.RowCountsAsync();
        Assert.Equal([975, 1000, 1000, 1500, 0], await PreviewsAsync($"{items}/preview", $$"""{"plan": "{{support}}"}"""));
        Assert.Equal([-1170, -1200, -1200, 0], await PreviewsAsync($"{items}/{ItemOf(created, "disk")}/remove/preview", "{}"));
        var single = await server.Admin.PostAsync($"{items}/preview", $$"""{"plan": "{{support}}", "proration": "day", "when": "period_end"}""");
        Assert.Equal((6300, "2026-07-01T00:00:00Z"), (single.Json.GetProperty("total").GetInt64(), single["effective_at"]));
        Assert.Equal(before, await server.RowCountsAsync());

        // Added now and again under the same key; the disk goes at the end of the period.
        var key = Guid.NewGuid().ToString();
        var added = await server.Admin.PostAsync(items, $$"""{"plan": "{{support}}", "proration": "day"}""", key);
        Assert.Equal([("base", false), ("disk", true), ("desk", true)], Items(added));
        Assert.True((await server.Admin.PostAsync(items, $$"""{"plan": "{{support}}", "proration": "day"}""", key)).Replayed);
        var waits = await server.Admin.PostAsync($"{items}/{ItemOf(created, "disk")}/remove", """{"when": "period_end"}""");
        Assert.Equal([ItemOf(created, "disk")], waits.Json.GetProperty("pending_change").GetProperty("removed").EnumerateArray().Select(id => id.GetString()));
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-02T00:00:00Z"}""");

        // A price that was taken out comes back by its code alone; what an instant ahead scheduled is dropped by a change now.
        await server.Admin.PostAsync($"{items}/{ItemOf(created, "base")}/remove", """{"when": "2026-07-10T00:00:00Z"}""");
        var dropped = await server.Admin.PostAsync($"{items}/{ItemOf(created, "base")}/remove", """{"proration": "none"}""");
        Assert.Equal(1, dropped.Json.GetProperty("dropped_change").GetProperty("removed").GetArrayLength());
        var back = await server.Admin.PostAsync(items, """{"price": "base", "proration": "day"}""");
        Assert.Equal([("base", false), ("desk", true)], Items(back));
        Assert.Equal([4800, 1000, 4500], await TotalsAsync(account));
    }

    [Fact]
    public async Task A_negotiated_price_is_billed_explained_changed_and_ends()
    {
        var (clock, account) = await CustomerAsync();
        var plan = await PlanAsync("base", 3000);
        var created = await server.Admin.PostAsync("/v1/subscriptions", $$$$"""
            {"account": "{{{{account}}}}", "plan": "{{{{plan}}}}", "price_overrides": {"base": {"percent_off": "12.5", "until": "2026-07-15T00:00:00Z"}}}
            """);
        var shown = created.Json.GetProperty("items")[0].GetProperty("price_override");
        Assert.Equal(("12.5", "2026-07-15T00:00:00Z"), (shown.GetProperty("percent_off").GetString(), shown.GetProperty("until").GetString()));
        var line = (await server.Admin.GetAsync($"/v1/invoices/{created["latest_invoice"]}")).Json.GetProperty("lines")[0];
        Assert.Equal((2625, "percent_off 12.5"), (line.GetProperty("amount").GetInt64(), line.GetProperty("explain").GetProperty("facts").GetProperty("price_override").GetString()));
        Assert.Contains("percent_off", line.GetProperty("explain").GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("operation").GetString()));
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-08-02T00:00:00Z"}""");
        Assert.Equal([2625, 2625, 3000], await TotalsAsync(account));

        var changed = await server.Admin.PostAsync(
            $"/v1/subscriptions/{created.Id}/change", """{"when": "period_end", "price_overrides": {"base": {"model": {"type": "per_unit", "unit_amount": "2400.5"}}}}""");
        Assert.Equal("per_unit", changed.Json.GetProperty("pending_change").GetProperty("price_overrides").GetProperty("base").GetProperty("model").GetProperty("type").GetString());
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-09-02T00:00:00Z"}""");
        Assert.Equal([2625, 2625, 3000, 2401], await TotalsAsync(account));
    }

    [Theory]
    [InlineData("items", """{}""", 400, "missing_field")]
    [InlineData("items", """{"plan": "no-such-plan"}""", 404, "plan_not_found")]
    [InlineData("items", """{"plan": "$own"}""", 422, "plan_already_sold")]
    [InlineData("items", """{"plan": "$more", "plan_version": 7}""", 404, "plan_version_not_found")]
    [InlineData("items", """{"plan": "$own", "plan_version": 7, "price": "base"}""", 422, "plan_version_differs")]
    [InlineData("items", """{"price": "base"}""", 422, "item_exists")]
    [InlineData("items", """{"price": "disk"}""", 422, "unknown_price")]
    [InlineData("items", """{"plan": "$more", "quantities": {"disk": "-1"}}""", 422, "negative_quantity")]
    [InlineData("items", """{"plan": "$more", "price_overrides": {"disk": {}}}""", 422, "override_needs_one")]
    [InlineData("items", """{"plan": "$more", "when": "2026-05-01T00:00:00Z"}""", 422, "outside_period")]
    [InlineData("items", """{"plan": "$more", "invoice": "never"}""", 400, "invalid_value")]
    [InlineData("items/item_other/remove", """{}""", 404, "item_not_found")]
    [InlineData("items/$base/remove", """{}""", 422, "last_item")]
    [InlineData("change", """{"price_overrides": {"seats": {"percent_off": "5"}}}""", 422, "unknown_price")]
    [InlineData("change", """{"price_overrides": {"base": {"percent_off": "101"}}}""", 400, "percent_off_out_of_range")]
    [InlineData("change", """{"price_overrides": {"base": {"model": {"type": "dynamic", "property": "amount"}}}}""", 422, "only_for_usage")]
    [InlineData("change", """{"quantities": {"base": "2", "$base": "3"}}""", 422, "named_twice")]
    public async Task Items_that_cannot_be_are_refused_and_write_nothing(string path, string body, int status, string code)
    {
        var (_, account) = await CustomerAsync();
        var (own, more) = (await PlanAsync("base", 3000), await PlanAsync("disk", 900));
        var created = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{own}}"}""");
        var before = await server.RowCountsAsync();
        string Filled(string text) => text.Replace("$own", own).Replace("$more", more).Replace("$base", ItemOf(created, "base"));
        var refused = await server.Admin.SendAsync("POST", $"/v1/subscriptions/{created.Id}/{Filled(path)}", Filled(body), Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Theory]
    [InlineData("""[{"plan": "$own"}]""", "plan_already_sold")]
    [InlineData("""[{"plan": "$more"}, {"plan": "$more"}]""", "plan_already_sold")]
    [InlineData("""[{"plan": "$year"}]""", "add_on_interval_differs")]
    [InlineData("""[{"plan": "$euro"}]""", "currency_not_sold")]
    [InlineData("""[{"plan": "$more", "quantities": {"seats": "1"}}]""", "unknown_price")]
    [InlineData("""[{"plan": "none"}]""", "plan_not_found")]
    public async Task Add_ons_that_cannot_be_are_refused(string added, string code)
    {
        var account = await server.Admin.AccountAsync();
        var (own, more) = (await PlanAsync("base", 3000), await PlanAsync("disk", 900));
        var filled = added.Replace("$own", own).Replace("$more", more)
            .Replace("$year", added.Contains("$year") ? await PlanAsync("base", 9000, "year") : "").Replace("$euro", added.Contains("$euro") ? await PlanAsync("base", 9000, currency: "eur") : "");
        var refused = await server.Admin.SendAsync(
            "POST", "/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{own}}", "add_ons": {{filled}}}""", Guid.NewGuid().ToString());
        Assert.Equal(code, refused["code"]);
        Assert.StartsWith("add_ons[", refused["field"], StringComparison.Ordinal);
    }

    private async Task<(string Clock, string Account)> CustomerAsync()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        return (clock, account);
    }

    private async Task<string> PlanAsync(string price, int amount, string interval = "month", string currency = "usd")
    {
        var code = "p" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/plans", $$$"""
            {"code": "{{{code}}}", "name": "{{{price}}}", "currency": "{{{currency}}}", "interval": {"unit": "{{{interval}}}", "count": 1},
             "prices": [{"code": "{{{price}}}", "kind": "recurring", "model": {"type": "per_unit", "unit_amount": "{{{amount}}}"}}]}
            """);
        return code;
    }

    private async Task<List<long>> PreviewsAsync(string path, string body) =>
        [.. (await server.Admin.PostAsync(path, body)).Json.GetProperty("data").EnumerateArray()
            .Select(shown => shown.GetProperty("invoice") is { ValueKind: JsonValueKind.Object } invoice ? invoice.GetProperty("total").GetInt64() : 0)];

    private async Task<IEnumerable<long>> TotalsAsync(string account) =>
        (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Select(invoice => invoice.GetProperty("total").GetInt64()).Reverse();

    private static IEnumerable<(string, bool)> Items(ApiAnswer subscription) =>
        subscription.Json.GetProperty("items").EnumerateArray().Select(item => (item.GetProperty("price").GetString()!, item.GetProperty("add_on").GetBoolean()));

    private static string ItemOf(ApiAnswer subscription, string price) =>
        subscription.Json.GetProperty("items").EnumerateArray().First(item => item.GetProperty("price").GetString() == price).GetProperty("id").GetString()!;
}
