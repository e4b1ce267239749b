using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Late usage that cannot be rated is seen by a person until it is mended, and keeps nothing else from being billed.</summary>
[Collection(ApiCollection.Name)]
public sealed class LateAsideHttpTests(ApiServer server)
{
    [Fact]
    public async Task A_span_that_cannot_be_rated_again_waits_as_a_work_item_and_others_are_billed()
    {
        var scene = await UsageScene.BeginAsync(server);
        var other = "m" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{other}}", "name": "M", "aggregation": "sum"}""");
        var plan = (await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "u{{Guid.NewGuid():N}}", "name": "Two", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [
                {"code": "big", "kind": "usage", "meter": "{{scene.Meter}}", "model": {"type": "per_unit", "unit_amount": "1000000"} },
                {"code": "calls", "kind": "usage", "meter": "{{other}}", "model": {"type": "per_unit", "unit_amount": "10"} }]}
            """)).Id;
        await scene.SubscribeAsync(plan);
        await scene.AdvanceAsync("2026-06-12T00:00:00Z");
        await scene.UseAsync("2026-06-10T00:00:00Z", 1);
        await UseAsync("first", 5);
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");
        var huge = await scene.UseAsync("2026-06-11T00:00:00Z", 2_000_000_000);
        await UseAsync("late", 30);
        await scene.AdvanceAsync("2026-08-02T00:00:00Z");

        Assert.Equal(["2026-06-01 big 1000000, 2026-06-01 calls 50", "2026-06-01 calls 300"], await scene.ToldAsync());
        var item = Assert.Single(await ItemsAsync());
        Assert.Contains("amount_too_large", item.Reason, StringComparison.Ordinal);
        await server.Admin.PostAsync($"/v1/work_items/{item.Id}/retry", "{}", Guid.NewGuid().ToString());
        await scene.AdvanceAsync("2026-08-03T00:00:00Z");
        Assert.NotEqual(item.Id, Assert.Single(await ItemsAsync()).Id);

        await scene.AmendAsync(huge, 2);
        await scene.AdvanceAsync("2026-09-02T00:00:00Z");
        Assert.Empty(await ItemsAsync());
        Assert.Equal("2026-06-01 big 2000000", (await scene.ToldAsync()).Last());

        Task<ApiAnswer> UseAsync(string id, int value) => server.Admin.PostAsync(
            "/v1/usage/events", $$"""{"events": [{"id": "{{id}}", "account": "{{scene.Account}}", "meter": "{{other}}", "at": "2026-06-10T00:00:00Z", "value": {{value}}}]}""");

        async Task<List<(string Id, string Reason)>> ItemsAsync() =>
        [
            .. (await server.Admin.GetAsync($"/v1/work_items?account={scene.Account}")).Json.GetProperty("data").EnumerateArray()
                .Select(found => (found.GetProperty("id").GetString()!, found.GetProperty("reason").GetString()!)),
        ];
    }

    [Fact]
    public async Task A_look_that_waits_for_a_person_keeps_its_tries_and_its_reason_when_more_is_asked_for()
    {
        var scene = await UsageScene.BeginAsync(server);
        var subscription = await scene.SubscribeAsync(await scene.PlanAsync("""{"type": "per_unit", "unit_amount": "10"}"""));
        await scene.AdvanceAsync("2026-06-12T00:00:00Z");
        await scene.UseAsync("2026-06-10T00:00:00Z", 1);
        await scene.AdvanceAsync("2026-07-01T00:00:00Z");
        var row = $"due_work where grain_key = '{subscription}' and kind = 'usage_late'";
        await ScratchCluster.ExecuteAsync(server.ConnectionString, $"update {row.Replace("where", "set attempts = 8, quarantined_at = now(), last_error = 'the plan has vanished' where", StringComparison.Ordinal)}");

        await scene.AdvanceAsync("2026-08-01T00:00:00Z");

        Assert.Equal(1, await ScratchCluster.ScalarAsync<long>(
            server.ConnectionString, $"select count(*) from {row} and attempts = 8 and quarantined_at is null and last_error = 'the plan has vanished'"));
    }
}
