using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Lists show everything once, newest first, page by page.</summary>
[Collection(ApiCollection.Name)]
public sealed class ListTests(ApiServer server)
{
    [Fact]
    public async Task Pages_show_everything_once_and_newest_first()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-01-01T00:00:00Z"}""")).Id;
        var made = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            // All at one instant of their clock: the id settles the order.
            made.Add(await server.Admin.AccountAsync(clock));
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await server.Admin.GetAsync($"/v1/accounts?limit=3&test_clock={clock}" + (cursor is null ? "" : "&cursor=" + cursor));
            Assert.True(page.Status == 200, page.Text);
            var ids = page.Json.GetProperty("data").EnumerateArray().Select(entry => entry.GetProperty("id").GetString()!).ToList();
            Assert.True(ids.Count <= 3);
            seen.AddRange(ids);
            cursor = page.Json.GetProperty("has_more").GetBoolean() ? page["next_cursor"] : null;
            Assert.Equal(cursor is null, page.Json.GetProperty("next_cursor").ValueKind is JsonValueKind.Null);
        }
        while (cursor is not null);

        Assert.Equal(made.OrderDescending(StringComparer.Ordinal), seen);
    }

    [Fact]
    public async Task What_happened_at_one_instant_is_listed_in_the_order_in_which_it_happened()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-01-01T00:00:00Z"}""")).Id;
        var plan = await server.Admin.PlanAsync();
        var account = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        for (var i = 0; i < 4; i++)
        {
            var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
            await server.Admin.PostAsync($"/v1/subscriptions/{subscription.Id}/cancel");
        }

        // The clock stands: eight invoices have one time. Their numbers count them.
        var numbers = await AllAsync($"/v1/invoices?account={account}&limit=3", "number");
        Assert.Equal(8, numbers.Count);
        Assert.Equal(numbers.OrderDescending(StringComparer.Ordinal), numbers);

        var subscriptionIds = new HashSet<string>(await AllAsync($"/v1/subscriptions?account={account}&limit=3", "id"));
        Assert.Equal(4, subscriptionIds.Count);
        var told = await AllAsync($"/v1/events?account={account}&limit=7", "type");
        Assert.Equal("account.created", told[^1]);
        Assert.Equal(told, await AllAsync($"/v1/accounts/{account}/timeline?limit=100", "type"));
        // Each cancellation gave the whole price back, which paid the next invoice.
        Assert.Single(await AllAsync($"/v1/payments?account={account}&limit=3", "id"));
    }

    private async Task<List<string>> AllAsync(string path, string name)
    {
        var seen = new List<string>();
        for (var cursor = ""; ;)
        {
            var page = (await server.Admin.GetAsync(path + cursor)).Json;
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(entry => entry.GetProperty(name).GetString()!));
            if (!page.GetProperty("has_more").GetBoolean())
            {
                return seen;
            }

            cursor = "&cursor=" + page.GetProperty("next_cursor").GetString();
        }
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused()
    {
        await server.Admin.AccountAsync();
        await server.Admin.AccountAsync();
        var page = await server.Admin.GetAsync("/v1/accounts?limit=1");
        var other = await server.Admin.GetAsync("/v1/plans?cursor=" + page["next_cursor"]);
        Assert.Equal((400, "invalid_cursor", "cursor"), (other.Status, other["code"], other["field"]));
    }

    [Fact]
    public async Task The_callers_own_name_works_wherever_an_id_does()
    {
        var name = "crm-" + Guid.NewGuid();
        var account = await server.Admin.AccountAsync(extra: $$""", "external_id": "{{name}}", "email": "{{name}}@example.com" """);
        Assert.Equal(account, (await server.Admin.GetAsync("/v1/accounts/" + name)).Id);
        await server.Admin.PostAsync($"/v1/accounts/{name}/balance_adjustments", """{"amount": 700, "currency": "usd", "reason": "welcome"}""");
        foreach (var path in new[] { $"/v1/accounts?external_id={name}", $"/v1/accounts?email={name}@example.com" })
        {
            var found = (await server.Admin.GetAsync(path)).Json.GetProperty("data");
            Assert.Equal(account, found.EnumerateArray().Single().GetProperty("id").GetString());
        }

        Assert.Equal(1, (await server.Admin.GetAsync($"/v1/ledger/entries?account={name}")).Json.GetProperty("data").GetArrayLength());
        Assert.True((await server.Admin.GetAsync($"/v1/events?account={name}")).Json.GetProperty("data").GetArrayLength() >= 2);
        var statement = (await server.Admin.GetAsync($"/v1/accounts/{name}/statement")).Json.GetProperty("data")[0];
        Assert.Equal((0, 700), (statement.GetProperty("receivable").GetInt64(), statement.GetProperty("credit_balance").GetInt64()));
        var taken = await server.Admin.SendAsync("POST", "/v1/accounts", $$"""{"name": "B", "currency": "usd", "time_zone": "UTC", "external_id": "{{name}}"}""");
        Assert.Equal((409, "external_id_taken"), (taken.Status, taken["code"]));
    }

    [Fact]
    public async Task A_change_gives_what_is_given_and_null_removes()
    {
        var name = "patch-" + Guid.NewGuid();
        var account = await server.Admin.AccountAsync(extra: $$""", "external_id": "{{name}}", "email": "a@example.com", "metadata": {"a": "1", "b": "2"} """);
        var changed = await server.Admin.SendAsync("PATCH", "/v1/accounts/" + account, """{"email": null, "metadata": {"a": null, "c": "3"}, "name": "Grace"}""");
        Assert.Equal(200, changed.Status);
        Assert.Equal(("Grace", null, name), (changed["name"], changed["email"], changed["external_id"]));
        Assert.Equal("""{"b":"2","c":"3"}""", changed.Json.GetProperty("metadata").GetRawText());
        Assert.Equal(changed.Text, (await server.Admin.GetAsync("/v1/accounts/" + account)).Text);
    }

    [Fact]
    public async Task Every_list_answers()
    {
        foreach (var path in new[]
        {
            "plans", "accounts", "subscriptions", "invoices", "payments", "events", "test_clocks", "dunning_policies", "work_items", "api_keys",
            "ledger/accounts", "ledger/entries",
        })
        {
            var answer = await server.Admin.GetAsync("/v1/" + path);
            Assert.True(answer.Status == 200, $"{path}: {answer.Text}");
            Assert.Equal("list", answer["object"]);
        }

        Assert.Equal(0, (await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json.GetProperty("total").GetInt64());
    }
}
