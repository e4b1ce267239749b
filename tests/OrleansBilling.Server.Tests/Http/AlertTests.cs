using System.Diagnostics;
using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Alerts over HTTP: usage and balances that pass thresholds are told once, and recover.</summary>
[Collection(ApiCollection.Name)]
public sealed class AlertTests(ApiServer server)
{
    [Fact]
    public async Task Usage_of_an_account_is_told_once_in_a_period_and_recovers_by_a_correction()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-03-10T12:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        var meter = await MeterAsync();
        var alert = await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "usage", "meter": "{{meter}}", "thresholds": ["100", 200, "1000"], "name": "Budget"}""");
        Assert.Equal(("usage", meter, "Budget"), (alert["kind"], alert["meter"], alert["name"]));
        Assert.Equal(["100", "200", "1000"], alert.Json.GetProperty("thresholds").EnumerateArray().Select(one => one.GetString()));
        Assert.True(alert.Json.GetProperty("recurring").GetBoolean());

        await SendAsync(account, meter, ("a", "60"), ("b", "41"));
        await ToldAsync(account, "triggered 100 101");
        await SendAsync(account, meter, ("c", "5"), ("d", "100"));
        await ToldAsync(account, "triggered 100 101", "triggered 200 206");

        await server.Admin.PostAsync("/v1/usage/corrections", $$"""{"ids": ["d"], "account": "{{account}}", "action": "void"}""");
        await ToldAsync(account, "triggered 100 101", "triggered 200 206", "recovered 200 106");

        // Accepted events are looked at in their own period, though the clock moves on at once: the month of Berlin ends at 22:00.
        await SendAsync(account, meter, ("e", "1000"));
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-04-02T00:00:00Z"}""");
        await SendAsync(account, meter, ("f", "150"));
        await ToldAsync(account, "triggered 100 101", "triggered 200 206", "recovered 200 106", "triggered 1000 1106", "triggered 100 150");

        var shown = (await server.Admin.GetAsync($"/v1/alerts/{alert.Id}/triggers")).Json.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["100 2026-03-31T22:00:00Z", "1000 2026-02-28T23:00:00Z", "200 2026-02-28T23:00:00Z", "100 2026-02-28T23:00:00Z"], shown.Select(one => $"{one.GetProperty("threshold").GetString()} {one.GetProperty("period_start").GetString()}"));
        var told = (await server.Admin.GetAsync($"/v1/events?type=alert.triggered&account={account}")).Json.GetProperty("data")[0];
        Assert.Equal(alert.Id, told.GetProperty("subject").GetString());
        Assert.Equal((meter, "2026-04-02T00:00:00Z"), (told.GetProperty("data").GetProperty("meter").GetString(), told.GetProperty("created_at").GetString()));
    }

    [Fact]
    public async Task Every_subscription_of_a_plan_is_watched_by_itself_and_archived_alerts_are_silent()
    {
        var account = await server.Admin.AccountAsync(extra: """, "collection": "send_invoice" """);
        var meter = await MeterAsync();
        var plan = await server.Admin.PlanAsync();
        var one = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        var other = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        var alert = await server.Admin.PostAsync("/v1/alerts", $$"""{"plan": "{{plan}}", "kind": "usage", "meter": "{{meter}}", "thresholds": ["10"], "recurring": false}""");
        await SendAsync(account, meter, one, ("x1", "9"));
        await SendAsync(account, meter, other, ("x2", "9"), ("x3", "2"));
        await ToldAsync(account, "triggered 10 11");
        var told = (await server.Admin.GetAsync($"/v1/accounts/{account}/timeline?type=alert.triggered")).Json.GetProperty("data")[0].GetProperty("data");
        Assert.Equal((other, plan), (told.GetProperty("subscription").GetString(), told.GetProperty("plan").GetString()));

        Assert.NotEqual(JsonValueKind.Null, (await server.Admin.SendAsync("DELETE", $"/v1/alerts/{alert.Id}")).Json.GetProperty("archived_at").ValueKind);
        Assert.NotNull((await server.Admin.GetAsync($"/v1/alerts/{alert.Id}"))["archived_at"]);
        Assert.Contains((await server.Admin.GetAsync($"/v1/alerts?plan={plan}&kind=usage")).Json.GetProperty("data").EnumerateArray(), listed => listed.GetProperty("id").GetString() == alert.Id);
        var later = await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "usage", "meter": "{{meter}}", "thresholds": ["20", "1000"]}""");

        // What is reached already is told when the alert is made; the archived one tells nothing of the first subscription.
        await ToldAsync(account, "triggered 10 11", "triggered 20 20");
        await SendAsync(account, meter, one, ("x4", "980"));
        await ToldAsync(account, "triggered 10 11", "triggered 20 20", "triggered 1000 1000");
        Assert.Equal(2, (await server.Admin.GetAsync($"/v1/alerts/{later.Id}/triggers?account={account}")).Json.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Spend_is_what_usage_has_come_to_in_the_period_billed_or_not()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, """, "collection": "send_invoice" """);
        var meter = await MeterAsync();
        var (basic, other) = (await UsagePlanAsync(meter, "10"), await UsagePlanAsync(meter, "20"));
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{basic}}"}""")).Id;
        var alert = await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "spend", "thresholds": [500, 1500]}""");
        Assert.Equal([500, 1500], alert.Json.GetProperty("thresholds").EnumerateArray().Select(one => one.GetInt64()));
        await SendAsync(account, meter, ("a", "49"));
        await ToldAsync(account);
        await SendAsync(account, meter, ("b", "2"));
        await ToldAsync(account, "triggered 500 510");

        // Usage shows the cost so far and what is left.
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 70, "expires_at": "2026-06-05T00:00:00Z"}""");
        var usage = (await server.Admin.GetAsync($"/v1/accounts/{account}/usage")).Json;
        Assert.Equal((510, "usd"), (usage.GetProperty("amount").GetInt64(), usage.GetProperty("currency").GetString()));
        var charge = Assert.Single(usage.GetProperty("charges").EnumerateArray());
        Assert.Equal(
            (subscription, "calls", "51", 510, "running"),
            (charge.GetProperty("subscription").GetString(), charge.GetProperty("price").GetString(), charge.GetProperty("quantity").GetString(), charge.GetProperty("amount").GetInt64(), charge.GetProperty("status").GetString()));
        var limit = Assert.Single(usage.GetProperty("limits").EnumerateArray());
        Assert.Equal(
            (alert.Id, 1500, 510, 990),
            (limit.GetProperty("alert").GetString(), limit.GetProperty("threshold").GetInt64(), limit.GetProperty("value").GetInt64(), limit.GetProperty("remaining").GetInt64()));
        Assert.Equal(70, Assert.Single(usage.GetProperty("credits").EnumerateArray()).GetProperty("available").GetInt64());
        Assert.Equal(JsonValueKind.Null, (await server.Admin.GetAsync($"/v1/accounts/{account}/usage?from=2026-05-01T00:00:00Z")).Json.GetProperty("charges").ValueKind);
        Assert.Empty((await server.Admin.GetAsync($"/v1/accounts/{account}/usage?meter={await MeterAsync()}")).Json.GetProperty("charges").EnumerateArray());

        // The change of the price bills what was used before it; that still counts.
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-11T00:00:00Z"}""");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{other}}", "proration": "none"}""");
        await SendAsync(account, meter, ("c", "50"));
        await ToldAsync(account, "triggered 500 510", "triggered 1500 1510");
        await server.Admin.PostAsync("/v1/usage/corrections", $$"""{"ids": ["c"], "account": "{{account}}", "action": "amend", "value": "40"}""");
        await ToldAsync(account, "triggered 500 510", "triggered 1500 1510", "recovered 1500 1310");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-02T00:00:00Z"}""");
        await SendAsync(account, meter, ("d", "30"));
        await ToldAsync(account, "triggered 500 510", "triggered 1500 1510", "recovered 1500 1310", "triggered 500 600");
    }

    [Fact]
    public async Task A_balance_is_told_where_it_falls_and_recovers_by_a_grant()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "unit": "token", "unit_value": "0.5"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": "1000", "expires_at": "2026-06-20T00:00:00Z"}""");
        await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "balance", "wallet": "{{wallet}}", "thresholds": ["0", "100"]}""");
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/debits", """{"amount": "899.5", "reason": "use"}""");
        await ToldAsync(account);
        var hold = (await server.Admin.PostAsync("/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": "20.5"}""")).Id;
        await ToldAsync(account, "triggered 100 80");
        await server.Admin.PostAsync($"/v1/holds/{hold}/release");
        await ToldAsync(account, "triggered 100 80", "recovered 100 100.5");

        // In the next month: a grant that expires leaves nothing.
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": "200", "expires_at": "2026-07-05T00:00:00Z"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-06T00:00:00Z"}""");
        await ToldAsync(account, "triggered 100 80", "recovered 100 100.5", "triggered 100 0", "triggered 0 0");
    }

    [Fact]
    public async Task An_alert_of_a_plan_tells_what_is_reached_when_it_is_made()
    {
        var meter = await MeterAsync();
        var plan = await UsagePlanAsync(meter, "1");
        var accounts = new List<string>();
        foreach (var value in new[] { "12", "9", "30" })
        {
            accounts.Add(await server.Admin.AccountAsync(extra: """, "collection": "send_invoice" """));
            await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{accounts[^1]}}", "plan": "{{plan}}"}""");
            await SendAsync(accounts[^1], meter, ($"n{value}", value));
        }

        // What an account's own alert has told is rolled up: nothing more comes by itself.
        foreach (var account in accounts)
        {
            await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "usage", "meter": "{{meter}}", "thresholds": ["5"]}""");
        }

        await ToldAsync(accounts[0], "triggered 5 12");
        await ToldAsync(accounts[1], "triggered 5 9");
        await ToldAsync(accounts[2], "triggered 5 30");
        await Task.Delay(1500);
        // More than two batches stand before them.
        await Testing.ScratchCluster.ExecuteAsync(server.ConnectionString, $"""
            insert into subscription (id, account, status, plan, plan_version, created_at)
            select 'sub_00' || n || '_{plan}', '{accounts[1]}', 'active', '{plan}', 1, now() from generate_series(1, 450) n
            """);

        await server.Admin.PostAsync("/v1/alerts", $$"""{"plan": "{{plan}}", "kind": "usage", "meter": "{{meter}}", "thresholds": ["10"]}""");

        await ToldAsync(accounts[0], "triggered 5 12", "triggered 10 12");
        await ToldAsync(accounts[2], "triggered 5 30", "triggered 10 30");
        await ToldAsync(accounts[1], "triggered 5 9");
        await Testing.ScratchCluster.ExecuteAsync(server.ConnectionString, $"delete from subscription where id like 'sub_00%_{plan}'");
    }

    [Fact]
    public async Task A_balance_hears_of_a_grant_that_begins_to_count()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-03-10T12:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 500, "effective_at": "2026-03-12T00:00:00Z"}""");
        await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "balance", "wallet": "{{wallet}}", "thresholds": ["100"]}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-03-11T00:00:00Z"}""");
        await ToldAsync(account, "triggered 100 0");

        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-03-13T00:00:00Z"}""");

        await ToldAsync(account, "triggered 100 0", "recovered 100 500");
        var told = (await server.Admin.GetAsync($"/v1/events?type=alert.recovered&account={account}")).Json.GetProperty("data")[0];
        Assert.Equal("2026-03-12T00:00:00Z", told.GetProperty("created_at").GetString());
    }

    [Fact]
    public async Task A_balance_that_an_invoice_draws_on_is_told_and_recovers_where_its_void_gives_it_back()
    {
        var account = await server.Admin.AccountAsync(extra: """, "collection": "send_invoice" """);
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 1000}""");
        await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "balance", "thresholds": ["300"]}""");
        var invoice = (await server.Admin.PostAsync("/v1/invoices", $$"""{"account": "{{account}}", "lines": [{"description": "a", "amount": 800}], "finalize": true}""")).Id;
        await ToldAsync(account, "triggered 300 200");
        await server.Admin.PostAsync($"/v1/invoices/{invoice}/void");
        await ToldAsync(account, "triggered 300 200", "recovered 300 1000");
    }

    [Theory]
    [InlineData("""{"kind": "usage", "meter": "METER", "thresholds": ["1"]}""", 422, "account_or_plan", "account")]
    [InlineData("""{"account": "ACCOUNT", "kind": "usage", "thresholds": ["1"]}""", 422, "meter_needed", "meter")]
    [InlineData("""{"account": "ACCOUNT", "kind": "usage", "meter": "METER", "thresholds": ["1"], "invoice": true}""", 422, "invoice_needs_spend", "invoice")]
    [InlineData("""{"account": "ACCOUNT", "kind": "balance", "thresholds": ["1"], "invoice": true}""", 422, "invoice_needs_spend", "invoice")]
    [InlineData("""{"account": "ACCOUNT", "kind": "usage", "meter": "none", "thresholds": ["1"]}""", 404, "meter_not_found", "meter")]
    [InlineData("""{"account": "nobody", "kind": "usage", "meter": "METER", "thresholds": ["1"]}""", 404, "account_not_found", "account")]
    [InlineData("""{"plan": "none", "kind": "usage", "meter": "METER", "thresholds": ["1"]}""", 404, "plan_not_found", "plan")]
    [InlineData("""{"account": "ACCOUNT", "kind": "balance", "wallet": "wal_none", "thresholds": ["1"]}""", 404, "wallet_not_found", "wallet")]
    [InlineData("""{"account": "ACCOUNT", "kind": "usage", "meter": "METER", "thresholds": []}""", 400, "too_many", "thresholds")]
    [InlineData("""{"account": "ACCOUNT", "kind": "usage", "meter": "METER", "thresholds": ["0"]}""", 400, "threshold_needed", "thresholds[0]")]
    [InlineData("""{"account": "ACCOUNT", "kind": "usage", "meter": "METER", "thresholds": ["1", "1.0"]}""", 422, "threshold_twice", "thresholds[1]")]
    [InlineData("""{"account": "ACCOUNT", "kind": "weather", "meter": "METER", "thresholds": ["1"]}""", 400, "invalid_value", "kind")]
    public async Task What_cannot_be_watched_is_refused(string body, int status, string code, string field)
    {
        var json = body.Replace("ACCOUNT", await server.Admin.AccountAsync(), StringComparison.Ordinal).Replace("METER", await MeterAsync(), StringComparison.Ordinal);
        var answer = await server.Admin.SendAsync("POST", "/v1/alerts", json, Guid.NewGuid().ToString());
        Assert.Equal((status, code, field), (answer.Status, answer["code"], answer["field"]));
    }

    [Fact]
    public async Task An_alert_that_is_not_there_is_not_found()
    {
        foreach (var (method, path) in ((string, string)[])[("GET", ""), ("GET", "/triggers"), ("DELETE", ""), ("POST", "/archive")])
        {
            var answer = await server.Admin.SendAsync(method, "/v1/alerts/alert_none" + path, method is "POST" ? "{}" : null, Guid.NewGuid().ToString());
            Assert.Equal((404, "alert_not_found"), (answer.Status, answer["code"]));
        }
    }

    /// <summary>Waits until the account's alerts have told this, the oldest first.</summary>
    private async Task ToldAsync(string account, params string[] expected)
    {
        var began = Stopwatch.GetTimestamp();
        List<string> told;
        do
        {
            told = [.. (await server.Admin.GetAsync($"/v1/accounts/{account}/timeline?limit=100")).Json.GetProperty("data").EnumerateArray()
                .Where(one => one.GetProperty("type").GetString() is "alert.triggered" or "alert.recovered")
                .Select(one => $"{one.GetProperty("type").GetString()!["alert.".Length..]} {one.GetProperty("data").GetProperty("threshold")} {one.GetProperty("data").GetProperty("value")}")
                .Reverse()];
            if (told.SequenceEqual(expected))
            {
                return;
            }

            await Task.Delay(100);
        }
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20));
        Assert.Equal(expected, told);
    }

    private Task SendAsync(string account, string meter, params (string Id, string Value)[] events) => SendAsync(account, meter, null, events);

    private async Task SendAsync(string account, string meter, string? subscription, params (string Id, string Value)[] events)
    {
        var of = subscription is null ? "" : $"\"subscription\": \"{subscription}\", ";
        var body = string.Join(", ", events.Select(one => $$"""{"id": "{{one.Id}}", "account": "{{account}}", "meter": "{{meter}}", {{of}}"value": "{{one.Value}}"}"""));
        Assert.Equal(events.Length, (await server.Admin.PostAsync("/v1/usage/events", $$"""{"events": [{{body}}]}""")).Json.GetProperty("accepted").GetInt32());
    }

    private async Task<string> UsagePlanAsync(string meter, string unitAmount)
    {
        var code = "p" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "{{code}}", "name": "Calls", "currency": "usd", "interval": {"unit": "month", "count": 1},
             "prices": [{"code": "calls", "kind": "usage", "meter": "{{meter}}", "model": {"type": "per_unit", "unit_amount": "{{unitAmount}}"} }]}
            """);
        return code;
    }

    private async Task<string> MeterAsync()
    {
        var code = "m" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{code}}", "name": "M", "aggregation": "sum"}""");
        return code;
    }
}
