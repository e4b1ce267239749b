using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>A running subscription is paused and resumed over HTTP, on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class SubscriptionPauseTests(ApiServer server)
{
    [Fact]
    public async Task A_subscription_is_paused_resumed_by_itself_and_goes_on_at_its_boundary()
    {
        var (clock, account, subscription) = await StartAsync();
        await AdvanceAsync(clock, "2026-06-11T12:00:00Z");

        var before = await server.RowCountsAsync();
        var previews = (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause/preview")).Json.GetProperty("data").EnumerateArray()
            .ToDictionary(shown => shown.GetProperty("proration").GetString()!, shown => shown.GetProperty("invoice") is { ValueKind: JsonValueKind.Object } invoice ? invoice.GetProperty("total").GetInt64() : 0);
        Assert.Equal(new Dictionary<string, long> { ["second"] = -1950, ["day"] = -2000, ["day_30"] = -2000, ["none"] = 0 }, previews);
        var single = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause/preview", """{"proration": "day", "when": "2026-07-16T00:00:00Z"}""");
        Assert.Equal((-1548, "draft", "2026-07-16T00:00:00Z"), (single.Json.GetProperty("total").GetInt64(), single["status"], single["pauses_at"]));
        Assert.Equal(before, await server.RowCountsAsync());

        var key = Guid.NewGuid().ToString();
        var paused = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause", """{"resumes_at": "2026-07-16T00:00:00Z"}""", key);
        Assert.Equal("paused", paused["status"]);
        Assert.Equal(("2026-06-11T12:00:00Z", "2026-07-16T00:00:00Z"), (Pause(paused, "since"), Pause(paused, "resumes_at")));
        Assert.Equal(JsonValueKind.Null, paused.Json.GetProperty("next_renewal_at").ValueKind);
        Assert.True((await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause", """{"resumes_at": "2026-07-16T00:00:00Z"}""", key)).Replayed);
        var upcoming = await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice");
        Assert.Equal(1548, upcoming.Json.GetProperty("total").GetInt64());

        await AdvanceAsync(clock, "2026-08-02T00:00:00Z");
        Assert.Equal([(3000, "paid"), (-2000, "paid"), (1548, "paid"), (3000, "paid")], await InvoicesAsync(account));
        var resumed = await server.Admin.GetAsync($"/v1/subscriptions/{subscription}");
        Assert.Equal(("active", JsonValueKind.Null), (resumed["status"], resumed.Json.GetProperty("pause").ValueKind));
        Assert.Equal(0, (await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json.GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task A_pause_at_the_end_of_the_period_waits_can_be_taken_back_and_ends_by_a_call()
    {
        var (clock, account, subscription) = await StartAsync();
        var waiting = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause", """{"when": "period_end", "proration": "none"}""");
        Assert.Equal("2026-07-01T00:00:00Z", waiting.Json.GetProperty("pending_pause").GetProperty("at").GetString());
        var taken = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/resume");
        Assert.Equal(JsonValueKind.Null, taken.Json.GetProperty("pending_pause").ValueKind);
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause", """{"when": "period_end"}""");
        await AdvanceAsync(clock, "2026-08-11T00:00:00Z");
        Assert.Equal("paused", (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["status"]);
        Assert.Equal([(3000, "paid")], await InvoicesAsync(account));
        Assert.Equal("active", (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/resume"))["status"]);
        Assert.Equal([(3000, "paid"), (2032, "paid")], await InvoicesAsync(account));
    }

    [Theory]
    [InlineData("pause", """{"when": "2026-05-01T00:00:00Z"}""", 422, "outside_period")]
    [InlineData("pause", """{"resumes_at": "2026-05-01T00:00:00Z"}""", 422, "resumes_before_pause")]
    [InlineData("pause", """{"proration": "full_difference"}""", 422, "full_difference_needs_change")]
    [InlineData("pause", """{"until": "2026-07-01T00:00:00Z"}""", 400, "unknown_field")]
    [InlineData("resume", "{}", 422, "subscription_not_paused")]
    public async Task What_cannot_be_is_refused(string action, string body, int status, string code)
    {
        var (_, _, subscription) = await StartAsync();
        var before = await server.RowCountsAsync();
        var refused = await server.Admin.SendAsync("POST", $"/v1/subscriptions/{subscription}/{action}", body, Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
        Assert.Equal(before, await server.RowCountsAsync());
    }

    private async Task<(string Clock, string Account, string Subscription)> StartAsync()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        return (clock, account, (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id);
    }

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private async Task<IEnumerable<(long, string?)>> InvoicesAsync(string account) =>
        (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray()
        .Select(invoice => (invoice.GetProperty("total").GetInt64(), invoice.GetProperty("status").GetString())).Reverse();

    private static string? Pause(ApiAnswer answer, string name) => answer.Json.GetProperty("pause").GetProperty(name).GetString();
}
