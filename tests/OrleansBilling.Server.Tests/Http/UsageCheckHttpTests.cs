using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>The check of sums over HTTP: of a time, by hours or event by event.</summary>
[Collection(ApiCollection.Name)]
public sealed class UsageCheckHttpTests(ApiServer server)
{
    [Theory]
    [InlineData("\"aggregation\": \"sum\"")]
    [InlineData("\"aggregation\": \"unique_count\", \"property\": \"user\"")]
    public async Task The_check_of_sums_reads_hours_of_a_time_or_events_one_by_one(string aggregation)
    {
        var scene = await UsageScene.BeginAsync(server, aggregation);
        await scene.SubscribeAsync(await scene.PlanAsync("""{"type": "per_unit", "unit_amount": "1"}"""));
        foreach (var month in new[] { 6, 7, 8, 9 })
        {
            await scene.AdvanceAsync($"2026-{month:00}-06T00:00:00Z");
            for (var day = 1; day <= 5; day++)
            {
                await scene.UseAsync($"2026-{month:00}-{day:00}T10:30:00Z", 1, $$""", "properties": {"user": "u{{day}}"}""");
            }

            await scene.AdvanceAsync($"2026-{month + 1:00}-02T00:00:00Z");
        }

        async Task<(bool, int, int, int)> CheckAsync(string more)
        {
            var check = (await server.Admin.GetAsync($"/v1/accounts/{scene.Account}/usage/check?meter={scene.Meter}{more}")).Json;
            return (check.GetProperty("holds").GetBoolean(), check.GetProperty("spans").GetInt32(), check.GetProperty("once").GetInt32(), check.GetProperty("differences").GetArrayLength());
        }

        async Task<string?> RefusedAsync(string more) => (await server.Admin.SendAsync("GET", $"/v1/accounts/{scene.Account}/usage/check?meter={scene.Meter}{more}"))["code"];

        // 92 days up to 2 October: three months but for the event of 1 July. Of a time the periods that reach into it, and the events in it.
        Assert.Equal((true, 3, 14, 0), await CheckAsync(""));
        Assert.Equal((true, 4, 20, 0), await CheckAsync("&from=2026-05-01T00:00:00Z"));
        Assert.Equal((true, 2, 6, 0), await CheckAsync("&from=2026-06-03T10:30:00Z&to=2026-07-03T10:30:00.000001Z"));
        Assert.Equal((true, 2, 6, 0), await CheckAsync("&from=2026-06-03T10:30:00Z&to=2026-07-03T10:30:00.000001Z&events=true"));
        Assert.Equal("range_empty", await RefusedAsync("&from=2027-01-01T00:00:00Z"));
        Assert.Equal("range_too_long", await RefusedAsync("&from=2020-01-01T00:00:00Z"));

        // What is rolled up is not read again event by event, unless it is asked for: then it is told what is missing.
        while (await ScratchCluster.ScalarAsync<bool>(server.ConnectionString, "select exists (select from usage_pending)"))
        {
            await Task.Delay(20);
        }

        await ScratchCluster.ExecuteAsync(server.ConnectionString, $"delete from usage_event where account = '{scene.Account}' and at >= '2026-08-01' and at < '2026-08-03'");
        Assert.Equal((true, 4, 20, 0), await CheckAsync("&from=2026-05-01T00:00:00Z"));
        Assert.Equal((false, 4, 18, 1), await CheckAsync("&from=2026-05-01T00:00:00Z&events=true"));
    }
}
