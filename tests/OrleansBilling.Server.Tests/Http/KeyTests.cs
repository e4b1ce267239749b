using System.Net.Http.Headers;
using System.Text;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>API keys: who may do what, how they are kept, how they end.</summary>
[Collection(ApiCollection.Name)]
public sealed class KeyTests(ApiServer server)
{
    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    [InlineData("obk_00000000000000000000000000000000000000")]
    public async Task Without_a_valid_key_nothing_is_answered(string? key)
    {
        using var caller = server.Caller(key);
        var answer = await caller.GetAsync("/v1/accounts");
        Assert.Equal((401, "unauthorized"), (answer.Status, answer["code"]));
        Assert.StartsWith("Bearer", answer.Headers.WwwAuthenticate.Single().ToString(), StringComparison.Ordinal);
    }

    /// <summary>Method, path, and the roles that may.</summary>
    public static TheoryData<string, string, string> Doors => new()
    {
        { "GET", "/v1/accounts", "app support finance admin" },
        { "GET", "/v1/ledger/trial_balance?currency=usd", "app support finance admin" },
        { "POST", "/v1/plans", "app admin" },
        { "POST", "/v1/accounts", "app admin" },
        { "POST", "/v1/subscriptions", "app admin" },
        { "POST", "/v1/test_clocks", "app admin" },
        { "POST", "/v1/accounts/acct_none/balance_adjustments", "app support finance admin" },
        { "POST", "/v1/payments/pay_none/refunds", "app finance admin" },
        { "POST", "/v1/invoices/inv_none/mark_uncollectible", "app finance admin" },
        { "POST", "/v1/invoices/inv_none/pay", "app admin" },
        { "GET", "/v1/work_items", "admin" },
        { "GET", "/v1/api_keys", "admin" },
        { "POST", "/v1/api_keys", "admin" },
        { "GET", "/dashboard/", "admin" },
    };

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A_role_opens_its_doors_and_no_others(string method, string path, string roles)
    {
        foreach (var role in (string[])["app", "support", "finance", "admin"])
        {
            using var caller = await server.CallerAsync(role);
            var answer = await caller.SendAsync(method, path, method == "POST" ? "{\"no_such_field\": 1}" : null);
            Assert.True((answer.Status != 403) == roles.Split(' ').Contains(role), $"{role} {method} {path}: {answer.Status} {answer.Text}");
            if (answer.Status == 403)
            {
                Assert.Equal("forbidden", answer["code"]);
            }
        }
    }

    [Fact]
    public async Task A_key_is_shown_once_and_kept_as_a_hash()
    {
        var made = await server.Admin.PostAsync("/v1/api_keys", """{"name": "once", "role": "app"}""", key: "key-" + Guid.NewGuid());
        var secret = made["secret"]!;
        Assert.Matches("^obk_[0-9a-z]{38}$", secret);
        Assert.Equal(secret[^4..], made["last4"]);
        Assert.DoesNotContain(secret, (await server.Admin.GetAsync("/v1/api_keys?limit=100")).Text, StringComparison.Ordinal);
        foreach (var table in (string[])["api_key", "command_log", "audit"])
        {
            var rows = await Testing.ScratchCluster.ScalarAsync<string>(server.ConnectionString, $"select string_agg(t::text, ' ') from {table} t");
            Assert.DoesNotContain(secret, rows ?? "", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_repeat_makes_no_second_key_and_does_not_show_the_secret_again()
    {
        var key = "key-" + Guid.NewGuid();
        var first = await server.Admin.PostAsync("/v1/api_keys", """{"name": "repeat", "role": "app"}""", key);
        var second = await server.Admin.PostAsync("/v1/api_keys", """{"name": "repeat", "role": "app"}""", key);
        Assert.Equal(first.Id, second.Id);
        Assert.True(second.Replayed);
        Assert.Null(second["secret"]);
        var other = await server.Admin.SendAsync("POST", "/v1/api_keys", """{"name": "other", "role": "app"}""", key);
        Assert.Equal((422, "idempotency_mismatch"), (other.Status, other["code"]));
    }

    [Fact]
    public async Task A_revoked_key_stops_working()
    {
        var made = await server.Admin.PostAsync("/v1/api_keys", """{"name": "short", "role": "app"}""");
        using var caller = server.Caller(made["secret"]);
        Assert.Equal(200, (await caller.GetAsync("/v1/accounts")).Status);
        var revoked = await server.Admin.SendAsync("DELETE", "/v1/api_keys/" + made.Id);
        Assert.Equal(200, revoked.Status);
        Assert.NotNull(revoked["revoked_at"]);
        Assert.Equal(401, (await caller.GetAsync("/v1/accounts")).Status);
    }

    [Fact]
    public async Task A_mistyped_key_is_told_from_a_possible_one_without_the_database()
    {
        var made = await server.Admin.PostAsync("/v1/api_keys", """{"name": "typo", "role": "app"}""");
        var secret = made["secret"]!;
        var typo = secret[..^1] + (secret[^1] == 'a' ? 'b' : 'a');
        Assert.True(Server.Http.Auth.ApiKeySecret.IsPossible(secret));
        Assert.False(Server.Http.Auth.ApiKeySecret.IsPossible(typo));
    }

    [Fact]
    public async Task A_browser_may_send_the_key_as_a_password()
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("any:" + ApiServer.AdminKey)));
        using var response = await client.GetAsync(new Uri("/v1/accounts", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Answers_carry_the_headers_of_caution()
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        using var response = await client.GetAsync(new Uri("/v1/accounts", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.False(response.Headers.Contains("Server"));
    }
}
