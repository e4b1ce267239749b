using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>While PostgreSQL answers nothing, callers are told so; what was under way is done once when it answers again.</summary>
public sealed class DatabaseSilentTests(PostgresFixture postgres)
{
    private const string Account = """{"name": "Ada", "currency": "usd", "time_zone": "UTC"}""";
    private const string Adjustment = """{"amount": 5, "currency": "usd", "reason": "x"}""";

    // Longer than callers wait with the setting of these tests, shorter than commands of the driver do.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(25);

    [Fact]
    public async Task Callers_get_503_and_what_they_repeat_is_done_once()
    {
        await using var cluster = new FrozenCluster();
        var database = await cluster.CreateDatabaseAsync();
        var (app, address, data) = await ApiServer.StartAsync(database, options => options with { DatabaseSeconds = 4 });
        await using (app)
        {
            using var caller = new ApiCaller(address, ApiServer.AdminKey);
            var account = (await caller.PostAsync("/v1/accounts", Account)).Id;
            await caller.PostAsync("/v1/meters", """{"code": "calls", "name": "Calls", "aggregation": "sum"}""");
            await caller.PostAsync("/v1/usage/events", Events(account, 0));
            var requests = Requests(account);

            List<ApiAnswer> waited = [], refused = [];
            try
            {
                await cluster.FreezeAsync();
                var waiting = requests.Select(request => request(caller)).ToList();
                await Task.WhenAny(Task.WhenAll(waiting), Task.Delay(Longest, TestContext.Current.CancellationToken));
                waited.AddRange(waiting.Where(one => one.IsCompletedSuccessfully).Select(one => one.Result));
                Assert.Equal(requests.Count, waited.Count);
                foreach (var request in requests)
                {
                    refused.Add(await request(caller));
                }
            }
            finally
            {
                await cluster.ThawAsync();
            }

            Assert.All([.. waited, .. refused], answer => Assert.Equal(
                (503, "application/problem+json", "database_unavailable", true), (answer.Status, answer.ContentType, answer["code"], answer.Headers.RetryAfter is not null)));

            var done = new List<ApiAnswer>();
            foreach (var request in requests)
            {
                done.Add(await UntilDoneAsync(() => request(caller)));
            }

            Assert.Equal(5, done[3].Json.GetProperty("balance_after").GetInt64());
            Assert.Equal(5, (await caller.GetAsync("/v1/accounts/" + account)).Json.GetProperty("balance").GetInt64());
            Assert.Equal(2, await ScratchCluster.ScalarAsync<long>(database, "select count(*) from account"));
            Assert.Equal(4000, await ScratchCluster.ScalarAsync<long>(database, "select count(*) from usage_event"));
            Assert.Equal("4000", (await caller.GetAsync($"/v1/accounts/{account}/usage?meter=calls")).Json.GetProperty("data")[0].GetProperty("quantity").GetString());
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        data.Delete(recursive: true);
    }

    [Fact]
    public async Task What_takes_long_while_the_database_answers_is_not_cut_off()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (app, address, data) = await ApiServer.StartAsync(database, options => options with { DatabaseSeconds = 6 });
        await using (app)
        {
            using var caller = new ApiCaller(address, ApiServer.AdminKey);
            await using var connection = new Npgsql.NpgsqlConnection(database);
            await using var transaction = await HoldAsync(connection);

            var read = caller.GetAsync("/v1/usage/unknown_events");
            await Task.Delay(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);
            Assert.False(read.IsCompleted);
            await transaction.RollbackAsync(TestContext.Current.CancellationToken);
            Assert.Equal(200, (await read).Status);
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        data.Delete(recursive: true);
    }

    [Fact]
    public async Task More_requests_than_there_is_room_for_are_sent_away()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (app, address, data) = await ApiServer.StartAsync(database, options => options with { RequestsUnderWay = 4 });
        await using (app)
        {
            using var caller = new ApiCaller(address, ApiServer.AdminKey);
            await using var connection = new Npgsql.NpgsqlConnection(database);
            await using var transaction = await HoldAsync(connection);

            var reads = Enumerable.Range(0, 5).Select(_ => caller.GetAsync("/v1/usage/unknown_events")).ToList();
            var first = await await Task.WhenAny(reads);
            Assert.Equal((503, "server_busy"), (first.Status, first["code"]));
            Assert.NotNull(first.Headers.RetryAfter);
            Assert.Equal(200, (await caller.GetAsync("/health/live")).Status);
            await transaction.RollbackAsync(TestContext.Current.CancellationToken);
            Assert.Equal([200, 200, 200, 200, 503], (await Task.WhenAll(reads)).Select(answer => answer.Status).Order());
            Assert.Equal(200, (await caller.GetAsync("/v1/usage/unknown_events")).Status);
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        data.Delete(recursive: true);
    }

    private static List<Func<ApiCaller, Task<ApiAnswer>>> Requests(string account) =>
    [
        caller => caller.GetAsync("/v1/accounts"),
        caller => caller.GetAsync("/v1/accounts/" + account),
        caller => caller.SendAsync("POST", "/v1/accounts", Account, "frozen-account"),
        caller => caller.SendAsync("POST", $"/v1/accounts/{account}/balance_adjustments", Adjustment, "frozen-adjustment"),
        caller => caller.SendAsync("POST", "/v1/api_keys", """{"name": "x", "role": "app"}""", "frozen-key"),
        .. Enumerable.Range(0, 20).Select<int, Func<ApiCaller, Task<ApiAnswer>>>(number => caller => caller.SendAsync("POST", "/v1/usage/events", Events(account, number))),
        caller => caller.SendAsync("POST", "/v1/usage/events", Lines(account), contentType: "application/x-ndjson"),
    ];

    private static string Events(string account, int number) =>
        $$"""{"events": [{{string.Join(',', Enumerable.Range(0, 50).Select(i => $$"""{"id": "{{number}}-{{i}}", "account": "{{account}}", "meter": "calls", "value": "1"}"""))}}]}""";

    private static string Lines(string account) =>
        string.Concat(Enumerable.Range(0, 3000).Select(i => $$"""{"id": "l{{i}}", "account": "{{account}}", "meter": "calls", "value": "1"}""" + "\n"));

    private static async Task<ApiAnswer> UntilDoneAsync(Func<Task<ApiAnswer>> send)
    {
        for (var i = 0; ; i++)
        {
            var answer = await send();
            if (answer.Status is 200 or 201)
            {
                return answer;
            }

            Assert.True(answer.Status is 503 or 409 && i < 120, answer.Text);
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Reads of unknown events wait until the transaction ends.</summary>
    private static async Task<Npgsql.NpgsqlTransaction> HoldAsync(Npgsql.NpgsqlConnection connection)
    {
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var held = new Npgsql.NpgsqlCommand("lock table usage_stray in access exclusive mode", connection, transaction);
        await held.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return transaction;
    }
}
