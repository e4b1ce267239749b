using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Usage events over HTTP: taken, seen at once, corrected.</summary>
[Collection(ApiCollection.Name)]
public sealed class UsageTests(ApiServer server)
{
    private const string Lines = "application/x-ndjson";

    [Fact]
    public async Task Events_are_taken_seen_at_once_and_corrected()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-03-10T12:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        var meter = await MeterAsync("""
            "aggregation": "sum", "group_by": ["model"]
            """);
        var body = $$"""
            {"events": [
              {"id": "e1", "account": "{{account}}", "meter": "{{meter}}", "at": "2026-03-09T23:30:00Z", "value": "10", "properties": {"model": "a"} },
              {"id": "e2", "account": "{{account}}", "meter": "{{meter}}", "at": "2026-03-10T05:00:00+02:00", "value": 2.5, "properties": {"model": "b"} },
              {"id": "e3", "account": "{{account}}", "meter": "{{meter}}", "value": "1", "properties": {"model": "a"} },
              {"id": "e4", "account": "{{account}}", "meter": "none", "value": "1"} ]}
            """;
        var taken = (await server.Admin.PostAsync("/v1/usage/events", body)).Json;
        Assert.Equal((3, 0), (taken.GetProperty("accepted").GetInt32(), taken.GetProperty("duplicates").GetInt32()));
        Assert.Equal((3, "meter_not_found"), (taken.GetProperty("rejected")[0].GetProperty("index").GetInt32(), taken.GetProperty("rejected")[0].GetProperty("code").GetString()));
        Assert.Equal(3, (await server.Admin.PostAsync("/v1/usage/events", body)).Json.GetProperty("duplicates").GetInt32());

        // The month of the account's clock and zone, by day and model.
        var usage = (await server.Admin.GetAsync($"/v1/accounts/{account}/usage?meter={meter}&group_by=model&window=day")).Json;
        Assert.Equal(("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"), (usage.GetProperty("from").GetString(), usage.GetProperty("to").GetString()));
        var shown = usage.GetProperty("data")[0];
        Assert.Equal(("13.5", 3), (shown.GetProperty("quantity").GetString(), shown.GetProperty("events").GetInt32()));
        Assert.Equal(
            ["2026-03-09T23:00:00Z a 11", "2026-03-09T23:00:00Z b 2.5"],
            shown.GetProperty("series").EnumerateArray().Select(one => $"{one.GetProperty("start").GetString()} {one.GetProperty("group").GetProperty("model").GetString()} {one.GetProperty("quantity").GetString()}"));
        Assert.Equal(1, (await server.Admin.GetAsync($"/v1/accounts/{account}/usage")).Json.GetProperty("data").GetArrayLength());

        var correction = """{"ids": ["e1"], "account": "ACCOUNT", "action": "amend", "value": "4", "reason": "Wrong unit", "preview": true}""".Replace("ACCOUNT", account, StringComparison.Ordinal);
        var before = await server.RowCountsAsync();
        var preview = (await server.Admin.PostAsync("/v1/usage/corrections", correction)).Json;
        Assert.Equal(before, await server.RowCountsAsync());
        Assert.Equal((1, "10", "4"), (preview.GetProperty("events").GetInt32(), preview.GetProperty("effects")[0].GetProperty("before").GetString(), preview.GetProperty("effects")[0].GetProperty("after").GetString()));
        var done = await server.Admin.PostAsync("/v1/usage/corrections", correction.Replace(", \"preview\": true", "", StringComparison.Ordinal), "fix-" + account);
        Assert.Equal(done.Id, (await server.Admin.PostAsync("/v1/usage/corrections", correction.Replace(", \"preview\": true", "", StringComparison.Ordinal), "fix-" + account)).Id);
        Assert.Equal("7.5", await QuantityAsync(account, meter));
        await server.Admin.PostAsync("/v1/usage/corrections", $$"""{"filter": {"account": "{{account}}", "meter": "{{meter}}", "properties": {"model": ["b"]} }, "action": "void"}""");
        Assert.Equal("5", await QuantityAsync(account, meter));
        Assert.Contains((await server.Admin.GetAsync("/v1/usage/corrections?limit=5")).Json.GetProperty("data").EnumerateArray(), one => one.GetProperty("id").GetString() == done.Id);
    }

    [Fact]
    public async Task Lines_are_taken_as_they_come_and_a_bad_one_blocks_none()
    {
        var account = await server.Admin.AccountAsync();
        var meter = await MeterAsync("\"aggregation\": \"count\"");
        var lines = Enumerable.Range(0, 2500).Select(i => i switch
        {
            7 => "not json",
            1200 => "",
            1300 => new string('x', 40_000),
            2000 => "{\"id\": \"\u00e9\ud83d\ude00\", \"account\": \"ACCOUNT\", \"meter\": \"METER\"}\r",
            _ => $$"""{"id": "n{{i / 2}}", "account": "ACCOUNT", "meter": "METER"}""",
        });
        var body = string.Join('\n', lines).Replace("ACCOUNT", account, StringComparison.Ordinal).Replace("METER", meter, StringComparison.Ordinal);
        var taken = await server.Admin.SendAsync("POST", "/v1/usage/events", body, contentType: Lines);
        Assert.True(taken.Status == 200, taken.Text);

        // Each id was sent twice, but for what four lines are instead.
        Assert.Equal((1251, 1246), (taken.Json.GetProperty("accepted").GetInt32(), taken.Json.GetProperty("duplicates").GetInt32()));
        Assert.Equal(["7 malformed_json", "1300 too_long"], taken.Json.GetProperty("rejected").EnumerateArray().Select(one => $"{one.GetProperty("index")} {one.GetProperty("code").GetString()}"));
        Assert.Equal("1251", await QuantityAsync(account, meter));
    }

    [Fact]
    public async Task More_lines_than_a_request_may_have_are_refused()
    {
        var body = string.Concat(Enumerable.Repeat("{}\n", 100_001));
        var answer = await server.Admin.SendAsync("POST", "/v1/usage/events", body, contentType: Lines);
        Assert.Equal((400, "too_many"), (answer.Status, answer["code"]));
    }

    [Theory]
    [InlineData("{", "application/json", 400, "malformed_json", null)]
    [InlineData("[]", "application/json", 400, "invalid_type", null)]
    [InlineData("{}", "application/json", 400, "missing_field", "events")]
    [InlineData("""{"events": []}""", "application/json", 400, "too_many", "events")]
    [InlineData("""{"events": {}}""", "application/json", 400, "invalid_type", "events")]
    [InlineData("""{"evnts": []}""", "application/json", 400, "unknown_field", null)]
    [InlineData("""{"events": [{}]} x""", "application/json", 400, "malformed_json", null)]
    [InlineData("""{"events": [{}]}""", "text/plain", 415, "unsupported_media_type", null)]
    public async Task A_body_of_another_form_is_refused(string body, string type, int status, string code, string? field)
    {
        var answer = await server.Admin.SendAsync("POST", "/v1/usage/events", body, contentType: type);
        Assert.Equal((status, code, field), (answer.Status, answer["code"], answer["field"]));
    }

    [Fact]
    public async Task A_body_of_more_than_a_thousand_events_or_a_mebibyte_is_refused()
    {
        var many = $$"""{"events": [{{string.Join(',', Enumerable.Repeat("{}", 1001))}}]}""";
        Assert.Equal("too_many", (await server.Admin.SendAsync("POST", "/v1/usage/events", many))["code"]);
        var large = $$"""{"events": [{"id": "{{new string('x', 1024 * 1024)}}"}]}""";
        Assert.Equal((413, "body_too_large"), (await server.Admin.SendAsync("POST", "/v1/usage/events", large) is var answer ? answer.Status : 0, (await server.Admin.SendAsync("POST", "/v1/usage/events", large))["code"]));
    }

    [Theory]
    [InlineData("""{"action": "void"}""", 422, "ids_or_filter")]
    [InlineData("""{"ids": ["nothing-of-this-name"], "action": "void"}""", 404, "event_not_found")]
    [InlineData("""{"ids": ["x"], "action": "amend"}""", 422, "value_needed")]
    [InlineData("""{"ids": ["x"], "action": "void", "value": "1"}""", 422, "value_unused")]
    [InlineData("""{"filter": {"account": "acct_nothing"}, "action": "void"}""", 404, "account_not_found")]
    [InlineData("""{"ids": ["x"], "action": "delete"}""", 400, "invalid_value")]
    [InlineData("""{"ids": [], "action": "void"}""", 400, "too_many")]
    public async Task A_bad_correction_is_refused_and_leaves_nothing(string body, int status, string code)
    {
        var before = await server.RowCountsAsync();
        var answer = await server.Admin.SendAsync("POST", "/v1/usage/corrections", body);
        Assert.Equal((status, code), (answer.Status, answer["code"]));
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Theory]
    [InlineData("meter=nothing", 404, "meter_not_found")]
    [InlineData("window=week", 400, "invalid_parameter")]
    [InlineData("from=yesterday", 400, "invalid_value")]
    [InlineData("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", 422, "range_empty")]
    [InlineData("from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&window=hour", 422, "too_many_windows")]
    [InlineData("metre=x", 400, "unknown_parameter")]
    public async Task A_bad_question_is_refused(string query, int status, string code)
    {
        var answer = await server.Admin.GetAsync($"/v1/accounts/{await server.Admin.AccountAsync()}/usage?{query}");
        Assert.Equal((status, code), (answer.Status, answer["code"]));
    }

    [Fact]
    public async Task Usage_is_asked_for_by_subscription_and_by_known_groups_only()
    {
        var account = await server.Admin.AccountAsync();
        var meter = await MeterAsync("\"aggregation\": \"sum\"");
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{await server.Admin.PlanAsync()}}"}""")).Id;
        await server.Admin.PostAsync("/v1/usage/events", $$"""
            {"events": [{"id": "a", "account": "{{account}}", "meter": "{{meter}}", "value": "1"},
                        {"id": "b", "account": "{{account}}", "meter": "{{meter}}", "value": "2", "subscription": "{{subscription}}"}]}
            """);
        var usage = (await server.Admin.GetAsync($"/v1/accounts/{account}/usage?meter={meter}&subscription={subscription}")).Json;
        Assert.Equal("2", usage.GetProperty("data")[0].GetProperty("quantity").GetString());
        Assert.Equal(
            (await server.Admin.GetAsync("/v1/subscriptions/" + subscription)).Json.GetProperty("current_period").GetProperty("end").GetString(), usage.GetProperty("to").GetString());
        Assert.Equal("not_grouped", (await server.Admin.GetAsync($"/v1/accounts/{account}/usage?meter={meter}&group_by=model"))["code"]);
        Assert.Equal("subscription_not_found", (await server.Admin.GetAsync($"/v1/accounts/{await server.Admin.AccountAsync()}/usage?subscription={subscription}"))["code"]);
    }

    [Fact]
    public async Task Events_are_sent_by_product_teams_alone()
    {
        using var support = await server.CallerAsync("support");
        Assert.Equal(403, (await support.SendAsync("POST", "/v1/usage/events", """{"events": [{}]}""")).Status);
        Assert.Equal(403, (await support.SendAsync("POST", "/v1/usage/corrections", """{"ids": ["x"], "action": "void"}""")).Status);
        Assert.Equal(200, (await support.GetAsync("/v1/usage/unknown_events")).Status);
    }

    private async Task<string?> QuantityAsync(string account, string meter) =>
        (await server.Admin.GetAsync($"/v1/accounts/{account}/usage?meter={meter}")).Json.GetProperty("data")[0].GetProperty("quantity").GetString();

    private async Task<string> MeterAsync(string members)
    {
        var code = "m" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{code}}", "name": "M", {{members.Trim()}} }""");
        return code;
    }
}
