using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>What operators see and do: work items, clocks that advance, first keys, a start without sandbox.</summary>
[Collection(ApiCollection.Name)]
public sealed class OperationsTests(ApiServer server, PostgresFixture postgres)
{
    [Fact]
    public async Task A_work_item_is_listed_with_its_reason_and_given_back_once()
    {
        var subject = "sub_" + Guid.NewGuid().ToString("N");
        await ScratchCluster.ExecuteAsync(
            server.ConnectionString,
            $"""
            insert into due_work (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at, attempts, quarantined_at, last_error)
            values ('subscription', '{subject}', 'renewal', 5, 'acct_x', 'clk_none', 0, '2026-01-01', '2026-01-02', 8, now(), 'the plan has vanished')
            """);
        var listed = (await server.Admin.GetAsync("/v1/work_items?account=acct_x")).Json.GetProperty("data").EnumerateArray()
            .Single(item => item.GetProperty("subject").GetString() == subject);
        Assert.Equal(("the plan has vanished", 8), (listed.GetProperty("reason").GetString(), listed.GetProperty("attempts").GetInt32()));
        var path = $"/v1/work_items/{Uri.EscapeDataString(listed.GetProperty("id").GetString()!)}/retry";
        var key = "retry-" + Guid.NewGuid();
        Assert.False((await server.Admin.PostAsync(path, "{}", key)).Replayed);
        Assert.Equal(1, await ScratchCluster.ScalarAsync<long>(
            server.ConnectionString, $"select count(*) from due_work where grain_key = '{subject}' and quarantined_at is null and attempts = 0 and run_at = due_at"));
        Assert.True((await server.Admin.PostAsync(path, "{}", key)).Replayed);
        Assert.Equal(404, (await server.Admin.SendAsync("POST", path, "{}")).Status);
    }

    [Fact]
    public async Task While_a_clock_advances_its_accounts_are_not_changed()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-01-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        var plan = await server.Admin.PlanAsync();
        await ScratchCluster.ExecuteAsync(server.ConnectionString, $"update test_clock set advancing = true where id = '{clock}'");
        foreach (var (method, path, body) in new[]
        {
            ("POST", "/v1/accounts", $$"""{"name": "B", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}"""),
            ("PATCH", "/v1/accounts/" + account, """{"name": "C"}"""),
            ("POST", "/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}"""),
            ("POST", $"/v1/accounts/{account}/balance_adjustments", """{"amount": 5, "currency": "usd", "reason": "x"}"""),
        })
        {
            var answer = await server.Admin.SendAsync(method, path, body);
            Assert.Equal((409, "clock_advancing"), (answer.Status, answer["code"]));
        }

        Assert.Equal(200, (await server.Admin.GetAsync("/v1/accounts/" + account)).Status);
        await ScratchCluster.ExecuteAsync(server.ConnectionString, $"update test_clock set advancing = false where id = '{clock}'");
        Assert.Equal(200, (await server.Admin.SendAsync("PATCH", "/v1/accounts/" + account, """{"name": "C"}""")).Status);
    }

    [Fact]
    public async Task The_last_admin_key_cannot_be_revoked_and_the_first_is_made_once_and_kept_for_its_owner_alone()
    {
        var (app, address, data) = await ApiServer.StartAsync(
            await postgres.CreateDatabaseAsync(), options => options with { BootstrapApiKey = null, Sandbox = false });
        await using (app)
        {
            // The start above made one and kept it nowhere; it is not made again while it lives.
            Assert.Null(await BootstrapKey.EnsureAsync(app.Services, configured: null, data.FullName, CancellationToken.None));
            Assert.False(File.Exists(Path.Combine(data.FullName, BootstrapKey.FileName)));
            var database = app.Services.GetRequiredService<Infrastructure.Postgres.BillingDatabase>().ConnectionString;
            await ScratchCluster.ExecuteAsync(database, "update api_key set revoked_at = now()");

            var secret = await BootstrapKey.EnsureAsync(app.Services, configured: null, data.FullName, CancellationToken.None);
            var file = Path.Combine(data.FullName, BootstrapKey.FileName);
            Assert.Equal(secret, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Trim());
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

            using var admin = new ApiCaller(address, secret);
            var last = (await admin.GetAsync("/v1/api_keys")).Json.GetProperty("data").EnumerateArray()
                .Single(key => key.GetProperty("revoked_at").ValueKind is System.Text.Json.JsonValueKind.Null).GetProperty("id").GetString();
            var refused = await admin.SendAsync("DELETE", "/v1/api_keys/" + last);
            Assert.Equal((422, "last_admin_key"), (refused.Status, refused["code"]));
            Assert.Equal(200, (await admin.GetAsync("/v1/accounts")).Status);

            foreach (var path in (string[])["/v1/test_clocks", "/v1/test_clocks/clk_x", "/v1/sandbox/charges"])
            {
                Assert.Equal(404, (await admin.GetAsync(path)).Status);
            }

            Assert.Equal(404, (await admin.SendAsync("POST", "/v1/test_clocks", """{"now": "2026-01-01T00:00:00Z"}""")).Status);
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        data.Delete(recursive: true);
    }
}
