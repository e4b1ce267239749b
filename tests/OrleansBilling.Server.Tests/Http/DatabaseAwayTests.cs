using Npgsql;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>While PostgreSQL is away everything answers 503; when it is back, a repeat under the same key does the work once.</summary>
public sealed class DatabaseAwayTests(PostgresFixture postgres)
{
    private const string Body = """{"name": "Ada", "currency": "usd", "time_zone": "UTC"}""";

    [Fact]
    public async Task Everything_answers_503_and_goes_on_when_it_is_back()
    {
        var direct = await postgres.CreateDatabaseAsync();
        var there = new NpgsqlConnectionStringBuilder(direct);
        await using var relay = new TcpRelay("127.0.0.1", there.Port);
        var relayed = new NpgsqlConnectionStringBuilder(direct) { Host = "127.0.0.1", Port = relay.Port, Timeout = 3 }.ConnectionString;
        var (app, address, data) = await ApiServer.StartAsync(relayed);
        await using (app)
        {
            using var caller = new ApiCaller(address, ApiServer.AdminKey);
            var account = (await caller.PostAsync("/v1/accounts", Body)).Id;

            relay.Disconnect();
            foreach (var (method, path, body) in new[]
            {
                ("GET", "/v1/accounts", null),
                ("GET", "/v1/accounts/" + account, null),
                ("POST", "/v1/accounts", Body),
                ("POST", $"/v1/accounts/{account}/balance_adjustments", """{"amount": 5, "currency": "usd", "reason": "x"}"""),
                ("POST", "/v1/api_keys", """{"name": "x", "role": "app"}"""),
            })
            {
                var answer = await caller.SendAsync(method, path, body, body is null ? null : "away-" + path);
                Assert.True(answer.Status == 503, $"{method} {path}: {answer.Status} {answer.Text}");
                Assert.Equal(("application/problem+json", "database_unavailable"), (answer.ContentType, answer["code"]));
                Assert.NotNull(answer.Headers.RetryAfter);
            }

            relay.Connect();
            var made = await UntilDoneAsync(caller, "/v1/accounts", Body, "away-/v1/accounts");
            var repeated = await caller.PostAsync("/v1/accounts", Body, "away-/v1/accounts");
            Assert.Equal(made.Id, repeated.Id);
            Assert.Equal(2, await ScratchCluster.ScalarAsync<long>(direct, "select count(*) from account"));
            var adjusted = await UntilDoneAsync(
                caller, $"/v1/accounts/{account}/balance_adjustments", """{"amount": 5, "currency": "usd", "reason": "x"}""", $"away-/v1/accounts/{account}/balance_adjustments");
            Assert.Equal(5, adjusted.Json.GetProperty("balance_after").GetInt64());
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        data.Delete(recursive: true);
    }

    [Fact]
    public async Task Events_are_refused_while_it_is_away_and_taken_once_when_it_is_back()
    {
        var direct = await postgres.CreateDatabaseAsync();
        await using var relay = new TcpRelay("127.0.0.1", new NpgsqlConnectionStringBuilder(direct).Port);
        var relayed = new NpgsqlConnectionStringBuilder(direct) { Host = "127.0.0.1", Port = relay.Port, Timeout = 3 }.ConnectionString;
        var (app, address, data) = await ApiServer.StartAsync(relayed);
        await using (app)
        {
            using var caller = new ApiCaller(address, ApiServer.AdminKey);
            var account = (await caller.PostAsync("/v1/accounts", Body)).Id;
            await caller.PostAsync("/v1/meters", """{"code": "calls", "name": "Calls", "aggregation": "sum"}""");
            string Events(int number) => $$"""{"events": [{{string.Join(',', Enumerable.Range(0, 50).Select(i => $$"""{"id": "{{number}}-{{i}}", "account": "{{account}}", "meter": "calls", "value": "1"}"""))}}]}""";
            await caller.PostAsync("/v1/usage/events", Events(0));

            relay.Disconnect();
            var refused = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => caller.SendAsync("POST", "/v1/usage/events", Events(number))));
            Assert.All(refused, answer => Assert.True(answer.Status == 503 && answer.Headers.RetryAfter is not null, answer.Text));
            var lines = string.Concat(Enumerable.Range(0, 3000).Select(i => $$"""{"id": "l{{i}}", "account": "{{account}}", "meter": "calls", "value": "1"}""" + "\n"));
            Assert.Equal(503, (await caller.SendAsync("POST", "/v1/usage/events", lines, contentType: "application/x-ndjson")).Status);

            relay.Connect();
            await UntilAsync(() => caller.SendAsync("POST", "/v1/usage/events", lines, contentType: "application/x-ndjson"));
            foreach (var number in Enumerable.Range(0, 100))
            {
                await UntilAsync(() => caller.SendAsync("POST", "/v1/usage/events", Events(number)));
            }

            Assert.Equal(8000, await ScratchCluster.ScalarAsync<long>(direct, "select count(distinct id) from usage_event"));
            Assert.Equal(8000, await ScratchCluster.ScalarAsync<long>(direct, "select count(*) from usage_event"));
            Assert.Equal("8000", (await UntilAsync(() => caller.GetAsync($"/v1/accounts/{account}/usage?meter=calls"))).Json.GetProperty("data")[0].GetProperty("quantity").GetString());
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        data.Delete(recursive: true);
    }

    private static async Task<ApiAnswer> UntilAsync(Func<Task<ApiAnswer>> send)
    {
        for (var i = 0; ; i++)
        {
            var answer = await send();
            if (answer.Status == 200)
            {
                return answer;
            }

            Assert.True(answer.Status == 503 && i < 60, answer.Text);
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<ApiAnswer> UntilDoneAsync(ApiCaller caller, string path, string body, string key)
    {
        for (var i = 0; i < 60; i++)
        {
            var answer = await caller.SendAsync("POST", path, body, key);
            if (answer.Status == 201)
            {
                return answer;
            }

            Assert.True(answer.Status == 503, answer.Text);
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }

        throw new InvalidOperationException("The server has not come back.");
    }
}
