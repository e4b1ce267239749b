using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Subscribers of a plan's versions move to another version over HTTP, by due work, in cohorts.</summary>
[Collection(ApiCollection.Name)]
public sealed class PlanMigrationTests(ApiServer server)
{
    [Fact]
    public async Task All_subscribers_move_after_a_preview_and_one_that_refuses_blocks_no_other()
    {
        var plan = await PlanAsync();
        var subscriptions = await SubscribersAsync(plan, 5);
        await VersionAsync(plan, 4000);
        // One has asked for something else already, and one has ended.
        await server.Admin.PostAsync($"/v1/subscriptions/{subscriptions[1]}/change", """{"quantities": {"base": "2"}, "when": "period_end"}""");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscriptions[3]}/cancel", """{"when": "now", "proration": "none"}""");

        var path = $"/v1/plans/{plan}/versions/2/migrations";
        var before = await server.RowCountsAsync();
        var preview = (await server.Admin.PostAsync(path + "/preview")).Json;
        Assert.Equal(
            (4, 4, 1), (preview.GetProperty("subscriptions").GetInt32(), preview.GetProperty("examined").GetInt32(), preview.GetProperty("refused").GetInt32()));
        var amounts = Assert.Single(preview.GetProperty("amounts").EnumerateArray());
        Assert.Equal(("usd", 9000, 12000), (amounts.GetProperty("currency").GetString(), amounts.GetProperty("today_per_month").GetInt64(), amounts.GetProperty("new_per_month").GetInt64()));
        // Just begun: by day the whole month counts, by full_difference too, by none nothing.
        Assert.Equal((3000, 3000, 0), (Immediate("day"), Immediate("full_difference"), Immediate("none")));
        Assert.Contains("change_pending", preview.GetProperty("data").EnumerateArray().Select(each => each.GetProperty("code").GetString()));
        Assert.Equal(before, await server.RowCountsAsync());

        var key = Guid.NewGuid().ToString();
        var started = await server.Admin.PostAsync(path, """{"proration": "day"}""", key);
        Assert.True((await server.Admin.PostAsync(path, """{"proration": "day"}""", key)).Replayed);
        var finished = await FinishedAsync(plan, started.Id);
        Assert.Equal((3, 0, 1), (finished.GetProperty("moved").GetInt32(), finished.GetProperty("scheduled").GetInt32(), finished.GetProperty("refused").GetInt32()));
        foreach (var (id, version) in subscriptions.Zip([2, 1, 2, 1, 2]))
        {
            Assert.Equal(version, (await server.Admin.GetAsync($"/v1/subscriptions/{id}")).Json.GetProperty("plan_version").GetInt32());
        }

        var refused = Assert.Single((await server.Admin.GetAsync($"/v1/plans/{plan}/migrations/{started.Id}/results?status=refused")).Json.GetProperty("data").EnumerateArray());
        Assert.Equal((subscriptions[1], "change_pending"), (refused.GetProperty("subscription").GetString(), refused.GetProperty("code").GetString()));
        Assert.Equal(started.Id, (await server.Admin.GetAsync($"/v1/plans/{plan}/migrations")).Json.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal([3000, 1000], await TotalsAsync(subscriptions[0]));

        // Run again, as after a crash between a subscription's turn and the batch's: nobody moves twice.
        var again = new CommandKey("plan_migration", $"{started.Id}/{subscriptions[0]}", started.Id, new Actor("key", "admin", "test"));
        var now = Instant.FromUtc(2026, 6, 1, 0, 0);
        var replayed = await server.Services.GetRequiredService<IGrainFactory>().GetGrain<ISubscriptionGrain>(subscriptions[0])
            .MoveVersion(again, now, new MovePlanVersion(plan, [1], 2, false) { Proration = Domain.Invoicing.Proration.ProrationPolicy.Day });
        Assert.True(replayed.Replayed);
        Assert.Equal([3000, 1000], await TotalsAsync(subscriptions[0]));

        long Immediate(string policy) => amounts.GetProperty("immediate").GetProperty(policy).GetInt64();
    }

    [Fact]
    public async Task A_smaller_cohort_is_a_part_of_a_larger_one_and_the_rest_follows()
    {
        var plan = await PlanAsync();
        var subscriptions = await SubscribersAsync(plan, 12);
        await VersionAsync(plan, 4000);
        var path = $"/v1/plans/{plan}/versions/2/migrations";
        var (some, more) = (await MembersAsync("30"), await MembersAsync("70"));
        Assert.Subset(more, some);
        Assert.InRange(more.Count, some.Count, 11);

        await RunAsync(plan, path, """{"cohort": {"percent": "30"}, "proration": "none"}""");
        Assert.Equal(some, await MovedAsync());
        await RunAsync(plan, path, """{"cohort": {"percent": "70"}, "when": "period_end"}""");
        Assert.Equal(some, await MovedAsync());
        Assert.Equal(more.Except(some).Order(), (await WhereAsync(shown => shown.GetProperty("pending_change").ValueKind is JsonValueKind.Object)).Order());
        var last = subscriptions.Except(more).Order(StringComparer.Ordinal).First();
        var named = await RunAsync(plan, path, $$$"""{"cohort": {"subscriptions": ["{{{last}}}"]}, "proration": "none"}""");
        Assert.Equal((1, 0), (named.GetProperty("moved").GetInt32(), named.GetProperty("refused").GetInt32()));
        Assert.Equal(some.Append(last).Order(), (await MovedAsync()).Order());
        var again = await RunAsync(plan, path, $$$"""{"cohort": {"subscriptions": ["{{{last}}}"]}, "proration": "none"}""");
        Assert.Equal((0, 1), (again.GetProperty("moved").GetInt32(), again.GetProperty("refused").GetInt32()));

        async Task<HashSet<string>> MembersAsync(string percent) =>
            [.. (await server.Admin.PostAsync(path + "/preview", $$$"""{"cohort": {"percent": "{{{percent}}}"}}""")).Json.GetProperty("data").EnumerateArray().Select(each => each.GetProperty("subscription").GetString()!)];

        Task<HashSet<string>> MovedAsync() => WhereAsync(shown => shown.GetProperty("plan_version").GetInt32() == 2);

        async Task<HashSet<string>> WhereAsync(Func<JsonElement, bool> matches)
        {
            var found = new HashSet<string>();
            foreach (var id in subscriptions)
            {
                if (matches((await server.Admin.GetAsync($"/v1/subscriptions/{id}")).Json))
                {
                    found.Add(id);
                }
            }

            return found;
        }
    }

    [Theory]
    [InlineData("1", "{}", 422, "nothing_to_migrate")]
    [InlineData("2", """{"from_versions": [2]}""", 422, "nothing_to_migrate")]
    [InlineData("2", """{"from_versions": [3]}""", 422, "nothing_to_migrate")]
    [InlineData("7", "{}", 404, "plan_version_not_found")]
    [InlineData("x", "{}", 404, "version_not_found")]
    [InlineData("2", """{"cohort": {"percent": "0"}}""", 400, "out_of_range")]
    [InlineData("2", """{"cohort": {"percent": "101"}}""", 400, "out_of_range")]
    [InlineData("2", """{"cohort": {"percent": "10", "subscriptions": ["$sub"]}}""", 422, "cohort_given_twice")]
    [InlineData("2", """{"cohort": {"subscriptions": ["sub_none"]}}""", 404, "subscription_not_found")]
    [InlineData("2", """{"when": "tomorrow"}""", 400, "invalid_value")]
    [InlineData("2", """{"when": "period_end", "proration": "full_difference"}""", 422, "full_difference_needs_change")]
    public async Task Migrations_that_cannot_be_are_refused_and_write_nothing(string version, string body, int status, string code)
    {
        var plan = await PlanAsync();
        var subscription = (await SubscribersAsync(plan, 1))[0];
        await VersionAsync(plan, 4000);
        var before = await server.RowCountsAsync();
        foreach (var end in new[] { "", "/preview" })
        {
            var refused = await server.Admin.SendAsync("POST", $"/v1/plans/{plan}/versions/{version}/migrations{end}", body.Replace("$sub", subscription), Guid.NewGuid().ToString());
            Assert.Equal((status, code), (refused.Status, refused["code"]));
        }

        Assert.Equal(before, await server.RowCountsAsync());
        Assert.Equal(404, (await server.Admin.GetAsync($"/v1/plans/{plan}/migrations/mig_none")).Status);
    }

    private async Task<string> PlanAsync()
    {
        var code = "p" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/plans", $$"""{"code": "{{code}}", {{Terms(3000)}}""");
        return code;
    }

    private Task<ApiAnswer> VersionAsync(string plan, int amount) => server.Admin.PostAsync($"/v1/plans/{plan}/versions", "{" + Terms(amount));

    private static string Terms(int amount) => $$$"""
        "name": "Pro", "currency": "usd", "interval": {"unit": "month", "count": 1},
        "prices": [{"code": "base", "kind": "recurring", "model": {"type": "per_unit", "unit_amount": "{{{amount}}}"}}]}
        """;

    private async Task<List<string>> SubscribersAsync(string plan, int count)
    {
        // On a clock that stands still: nothing is collected meanwhile, and rows can be counted.
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var found = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var account = await server.Admin.AccountAsync(clock);
            found.Add((await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id);
        }

        return found;
    }

    private async Task<JsonElement> RunAsync(string plan, string path, string body) => await FinishedAsync(plan, (await server.Admin.PostAsync(path, body)).Id);

    private async Task<JsonElement> FinishedAsync(string plan, string id)
    {
        while (true)
        {
            var shown = (await server.Admin.GetAsync($"/v1/plans/{plan}/migrations/{id}")).Json;
            if (shown.GetProperty("status").GetString() == "finished")
            {
                return shown;
            }

            await Task.Delay(50);
        }
    }

    private async Task<IEnumerable<long>> TotalsAsync(string subscription) =>
        (await server.Admin.GetAsync($"/v1/invoices?subscription={subscription}")).Json.GetProperty("data").EnumerateArray().Select(invoice => invoice.GetProperty("total").GetInt64()).Reverse();
}
