namespace OrleansBilling.Server.Tests.Http;

/// <summary>Events that name no subscription, of a meter that ignores late ones, and a change dated back that gives them to another.</summary>
[Collection(ApiCollection.Name)]
public sealed class UsageOwnerHttpTests(ApiServer server)
{
    private const string Ten = """{"type": "per_unit", "unit_amount": "10"}""";

    [Fact]
    public async Task What_an_end_dated_back_leaves_is_billed_on_the_next_oldest()
    {
        var scene = await UsageScene.BeginAsync(server, "\"aggregation\": \"sum\", \"late_policy\": \"ignore\"");
        var plan = await scene.PlanAsync(Ten, withBase: false);
        var old = await scene.SubscribeAsync(plan);
        await scene.AdvanceAsync("2026-06-01T01:00:00Z");
        await scene.SubscribeAsync(plan, ", \"start_at\": \"2026-05-15T00:00:00Z\"");
        await scene.AdvanceAsync("2026-06-13T00:00:00Z");
        await scene.UseAsync("2026-06-12T00:00:00Z", 5);
        await scene.AdvanceAsync("2026-06-20T00:00:00Z");
        Assert.Empty(await scene.ToldAsync());

        await server.Admin.PostAsync($"/v1/subscriptions/{old}/cancel", """{"when": "2026-06-10T00:00:00Z"}""");
        await scene.AdvanceAsync("2026-07-16T00:00:00Z");

        Assert.Equal(["2026-05-15 calls 50"], await scene.ToldAsync());
        await HoldsAsync(scene);
    }

    [Fact]
    public async Task What_an_older_one_takes_by_a_change_dated_back_is_given_back_and_billed_there()
    {
        var scene = await UsageScene.BeginAsync(server, "\"aggregation\": \"sum\", \"late_policy\": \"ignore\"");
        var flat = (await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "f{{Guid.NewGuid():N}}", "name": "Flat", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 3000} }]}
            """)).Id;
        var old = await scene.SubscribeAsync(flat);
        await scene.AdvanceAsync("2026-06-01T01:00:00Z");
        await scene.SubscribeAsync(await scene.PlanAsync(Ten, withBase: false), ", \"start_at\": \"2026-05-15T00:00:00Z\"");
        await scene.AdvanceAsync("2026-06-13T00:00:00Z");
        await scene.UseAsync("2026-06-12T00:00:00Z", 5);
        await scene.AdvanceAsync("2026-06-20T00:00:00Z");
        Assert.Equal(["2026-06-01 base 3000", "2026-05-15 calls 50"], await scene.ToldAsync());
        var billed = (await scene.InvoicesAsync())[1].GetProperty("id").GetString();

        await server.Admin.PostAsync($"/v1/subscriptions/{old}/change", $$"""{"plan": "{{await scene.PlanAsync(Ten)}}", "when": "2026-06-10T00:00:00Z"}""");
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");

        var note = (await server.Admin.GetAsync($"/v1/credit_notes?invoice={billed}")).Json.GetProperty("data").EnumerateArray().Single();
        Assert.Equal(50, note.GetProperty("total").GetInt64());
        Assert.Contains("2026-06-10 calls 50, 2026-07-01 base 3000", await scene.ToldAsync());
        await HoldsAsync(scene);
    }

    [Theory]
    // What comes late and is ignored: in the time that is kept, in the time that is given away.
    [InlineData("2026-06-11T00:00:00Z", "sum", 900)]
    [InlineData("2026-06-03T00:00:00Z", "sum", 900)]
    [InlineData("2026-06-11T00:00:00Z", "max", 400)]
    [InlineData("2026-06-03T00:00:00Z", "latest", 400)]
    public async Task What_was_ignored_is_not_given_back_and_not_billed_where_its_time_changes_its_owner(string late, string aggregation, long noted)
    {
        var scene = await UsageScene.BeginAsync(server, $"\"aggregation\": \"{aggregation}\", \"late_policy\": \"ignore\"");
        var flat = (await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "f{{Guid.NewGuid():N}}", "name": "Flat", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 3000} }]}
            """)).Id;
        var old = await scene.SubscribeAsync(flat);
        await scene.AdvanceAsync("2026-06-01T01:00:00Z");
        await scene.SubscribeAsync(await scene.PlanAsync(Ten, withBase: false), ", \"start_at\": \"2026-05-15T00:00:00Z\"");
        await scene.AdvanceAsync("2026-06-13T00:00:00Z");
        await scene.UseAsync("2026-06-02T00:00:00Z", 50);
        await scene.UseAsync("2026-06-12T00:00:00Z", 90);
        await scene.AdvanceAsync("2026-06-16T00:00:00Z");
        await scene.UseAsync(late, 70);
        await scene.AdvanceAsync("2026-06-20T00:00:00Z");
        var billed = (await scene.InvoicesAsync())[1].GetProperty("id").GetString();

        await server.Admin.PostAsync($"/v1/subscriptions/{old}/change", $$"""{"plan": "{{await scene.PlanAsync(Ten)}}", "when": "2026-06-10T00:00:00Z"}""");
        await scene.AdvanceAsync("2026-06-25T00:00:00Z");

        var note = (await server.Admin.GetAsync($"/v1/credit_notes?invoice={billed}")).Json.GetProperty("data").EnumerateArray().Single();
        Assert.Equal(noted, note.GetProperty("total").GetInt64());
        await HoldsAsync(scene);
    }

    private async Task HoldsAsync(UsageScene scene)
    {
        var check = (await server.Admin.GetAsync($"/v1/accounts/{scene.Account}/usage/check?meter={scene.Meter}")).Json;
        Assert.True(check.GetProperty("holds").GetBoolean(), check.GetRawText());
    }
}
