using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>An account in UTC on a test clock from 1 June 2026 on that uses one meter, over HTTP.</summary>
internal sealed class UsageScene
{
    private readonly ApiServer _server;
    private int _event;

    private UsageScene(ApiServer server, string clock, string account, string meter) => (_server, Clock, Account, Meter) = (server, clock, account, meter);

    public string Clock { get; }

    public string Account { get; }

    public string Meter { get; }

    /// <param name="server">The server.</param>
    /// <param name="meter">Members of the meter beside code and name.</param>
    public static async Task<UsageScene> BeginAsync(ApiServer server, string meter = "\"aggregation\": \"sum\"")
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var code = "m" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{code}}", "name": "M", {{meter}} }""");
        return new UsageScene(server, clock, account, code);
    }

    /// <summary>A plan with a monthly base of 30.00 where wanted, and a usage price <c>calls</c>.</summary>
    /// <param name="model">Of the usage price.</param>
    /// <param name="more">Members of the plan, each after a comma.</param>
    /// <param name="withBase">False for the usage price alone.</param>
    public async Task<string> PlanAsync(string model, string more = "", bool withBase = true) => (await _server.Admin.PostAsync("/v1/plans", $$"""
        {"code": "u{{Guid.NewGuid():N}}", "name": "Metered", "currency": "usd", "interval": {"unit": "month", "count": 1}{{more}}, "prices": [
            {{(withBase ? """{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 3000} },""" : "")}}
            {"code": "calls", "kind": "usage", "meter": "{{Meter}}", "model": {{model}} }]}
        """)).Id;

    public async Task<string> SubscribeAsync(string plan, string more = "") =>
        (await _server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{Account}}", "plan": "{{plan}}"{{more}}}""")).Id;

    /// <summary>Sends an event; answers its id.</summary>
    public async Task<string> UseAsync(string at, int value, string more = "")
    {
        var id = $"e{++_event}";
        var taken = (await _server.Admin.PostAsync(
            "/v1/usage/events", $$"""{"events": [{"id": "{{id}}", "account": "{{Account}}", "meter": "{{Meter}}", "at": "{{at}}", "value": {{value}}{{more}}}]}""")).Json;
        Assert.Equal(1, taken.GetProperty("accepted").GetInt32());
        return id;
    }

    /// <summary>Amends an event.</summary>
    public Task<ApiAnswer> AmendAsync(string id, int value) => _server.Admin.PostAsync(
        "/v1/usage/corrections", $$"""{"account": "{{Account}}", "ids": ["{{id}}"], "action": "amend", "value": "{{value}}"}""");

    public Task<ApiAnswer> AdvanceAsync(string to) => _server.Admin.PostAsync($"/v1/test_clocks/{Clock}/advance", $$"""{"to": "{{to}}"}""");

    /// <summary>Each invoice, the oldest first, as its lines: start of the period, price, and amount.</summary>
    public async Task<List<string>> ToldAsync() =>
        [.. (await InvoicesAsync()).Select(invoice => string.Join(", ", invoice.GetProperty("lines").EnumerateArray().Select(Told)))];

    public async Task<List<JsonElement>> InvoicesAsync() =>
        [.. (await _server.Admin.GetAsync($"/v1/invoices?account={Account}&limit=50")).Json.GetProperty("data").EnumerateArray().Reverse()];

    private static string Told(JsonElement line) =>
        $"{line.GetProperty("period").GetProperty("start").GetString()![..10]} {line.GetProperty("price").GetString()} {line.GetProperty("amount").GetInt64()}";
}
