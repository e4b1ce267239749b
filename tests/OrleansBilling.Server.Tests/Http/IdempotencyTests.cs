namespace OrleansBilling.Server.Tests.Http;

/// <summary>A request under a key is done once, however often and however concurrently it is sent.</summary>
[Collection(ApiCollection.Name)]
public sealed class IdempotencyTests(ApiServer server)
{
    private const string Body = """{"name": "Ada", "currency": "usd", "time_zone": "UTC"}""";

    [Fact]
    public async Task A_repeat_gets_the_first_answer()
    {
        var key = "k-" + Guid.NewGuid();
        var first = await server.Admin.PostAsync("/v1/accounts", Body, key);
        var before = await server.RowCountsAsync();
        var second = await server.Admin.PostAsync("/v1/accounts", """{ "time_zone":"UTC",  "currency": "usd", "name": "Ada" }""", key);
        Assert.False(first.Replayed);
        Assert.True(second.Replayed);
        Assert.Equal((first.Status, first.Text), (second.Status, second.Text));
        Assert.Equal("/v1/accounts/" + first.Id, second.Headers.Location?.ToString());
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Fact]
    public async Task Another_request_under_the_key_is_refused()
    {
        var key = "k-" + Guid.NewGuid();
        var account = (await server.Admin.PostAsync("/v1/accounts", Body, key)).Id;
        var before = await server.RowCountsAsync();
        foreach (var (path, body) in new[]
        {
            ("/v1/accounts", Body.Replace("Ada", "Bob", StringComparison.Ordinal)),
            ("/v1/test_clocks", """{"now": "2026-01-01T00:00:00Z"}"""),
            ($"/v1/accounts/{account}/balance_adjustments", """{"amount": 5, "currency": "usd", "reason": "x"}"""),
        })
        {
            var answer = await server.Admin.SendAsync("POST", path, body, key);
            Assert.True(answer.Status == 422, $"{path}: {answer.Text}");
            Assert.Equal("idempotency_mismatch", answer["code"]);
        }

        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Fact]
    public async Task Keys_of_two_callers_never_meet()
    {
        var key = "k-" + Guid.NewGuid();
        using var other = await server.CallerAsync("app");
        var mine = await server.Admin.PostAsync("/v1/accounts", Body, key);
        var theirs = await other.PostAsync("/v1/accounts", Body, key);
        Assert.NotEqual(mine.Id, theirs.Id);
        Assert.False(theirs.Replayed);
    }

    [Fact]
    public async Task A_refusal_is_not_stored()
    {
        var key = "k-" + Guid.NewGuid();
        var account = await server.Admin.AccountAsync();
        var path = $"/v1/accounts/{account}/balance_adjustments";
        var refused = await server.Admin.SendAsync("POST", path, """{"amount": -5, "currency": "usd", "reason": "x"}""", key);
        Assert.Equal((422, "balance_below_zero"), (refused.Status, refused["code"]));
        await server.Admin.PostAsync(path, """{"amount": 5, "currency": "usd", "reason": "x"}""");
        var repeated = await server.Admin.PostAsync(path, """{"amount": -5, "currency": "usd", "reason": "x"}""", key);
        Assert.False(repeated.Replayed);
    }

    [Fact]
    public async Task Requests_at_once_under_one_key_have_one_effect_and_one_answer()
    {
        var account = await server.Admin.AccountAsync();
        foreach (var (path, body) in new[]
        {
            ("/v1/accounts", Body),
            ($"/v1/accounts/{account}/balance_adjustments", """{"amount": 500, "currency": "usd", "reason": "thanks"}"""),
            ("/v1/api_keys", """{"name": "race", "role": "app"}"""),
        })
        {
            var key = "k-" + Guid.NewGuid();
            var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => server.Admin.SendAsync("POST", path, body, key)));
            Assert.All(answers, answer => Assert.True(answer.Status == 201, answer.Text));
            Assert.Single(answers.Select(answer => answer.Id).Distinct());
            Assert.Single(answers, answer => !answer.Replayed);
        }

        Assert.Equal(500, (await server.Admin.GetAsync("/v1/accounts/" + account)).Json.GetProperty("balance").GetInt64());
    }
}
