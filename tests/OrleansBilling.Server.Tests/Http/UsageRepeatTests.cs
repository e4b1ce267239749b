using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Changes of usage under a key are done once, however often and however concurrently they are sent.</summary>
[Collection(ApiCollection.Name)]
public sealed class UsageRepeatTests(ApiServer server, PostgresFixture postgres)
{
    [Fact]
    public async Task Corrections_at_once_under_one_key_have_one_effect_and_one_answer()
    {
        var account = await server.Admin.AccountAsync();
        var meter = "m" + account[^12..];
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{meter}}", "name": "Calls", "aggregation": "sum"}""");
        await server.Admin.PostAsync("/v1/usage/events", Events(account, meter, 6));
        foreach (var chosen in new[]
        {
            """ "ids": ["e0"], "account": "ACCOUNT", "action": "void" """,
            """ "ids": ["e1", "e2"], "account": "ACCOUNT", "action": "void" """,
            """ "filter": {"account": "ACCOUNT", "meter": "METER"}, "action": "void" """,
        })
        {
            var body = "{" + chosen.Replace("ACCOUNT", account, StringComparison.Ordinal).Replace("METER", meter, StringComparison.Ordinal) + "}";
            var key = "k-" + Guid.NewGuid();
            var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => server.Admin.SendAsync("POST", "/v1/usage/corrections", body, key)));
            Assert.All(answers, answer => Assert.True(answer.Status == 201, answer.Text));
            Assert.Single(answers.Select(answer => answer.Text).Distinct());
            Assert.Single(answers, answer => !answer.Replayed);
        }

        // What another request finds voided is refused as before.
        var late = await server.Admin.SendAsync("POST", "/v1/usage/corrections", $$"""{"ids": ["e0"], "account": "{{account}}", "action": "void"}""", "k-" + Guid.NewGuid());
        Assert.Equal((422, "nothing_chosen"), (late.Status, late["code"]));
    }

    [Fact]
    public async Task Events_that_were_kept_apart_are_tried_again_once_under_a_key()
    {
        var (app, address, data) = await ApiServer.StartAsync(
            await postgres.CreateDatabaseAsync(), options => options with { Usage = new UsageOptions { KeepUnknown = true } });
        await using (app)
        {
            using var caller = new ApiCaller(address, ApiServer.AdminKey);
            await caller.PostAsync("/v1/usage/events", Events("later", "calls", 20));
            await caller.PostAsync("/v1/accounts", """{"name": "Ada", "currency": "usd", "time_zone": "UTC", "external_id": "later"}""");
            await caller.PostAsync("/v1/meters", """{"code": "calls", "name": "Calls", "aggregation": "sum"}""");

            var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => caller.SendAsync("POST", "/v1/usage/unknown_events/replay", "{}", "once")));
            Assert.All(answers, answer => Assert.True(answer.Status == 200, answer.Text));
            Assert.All(answers, answer => Assert.Equal(20, answer.Json.GetProperty("accepted").GetInt32()));
            Assert.Single(answers, answer => !answer.Replayed);
            var repeated = await caller.PostAsync("/v1/usage/unknown_events/replay", "{}", "once");
            Assert.True(repeated.Replayed);
            Assert.Equal(answers[0].Text, repeated.Text);

            var other = await caller.PostAsync("/v1/usage/unknown_events/replay", "{}", "another");
            Assert.Equal((false, 0), (other.Replayed, other.Json.GetProperty("accepted").GetInt32()));
            Assert.Equal("20", (await caller.GetAsync("/v1/accounts/later/usage?meter=calls")).Json.GetProperty("data")[0].GetProperty("quantity").GetString());
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        data.Delete(recursive: true);
    }

    private static string Events(string account, string meter, int count) =>
        $$"""{"events": [{{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"id": "e{{i}}", "account": "{{account}}", "meter": "{{meter}}", "value": "1"}"""))}}]}""";
}
