namespace OrleansBilling.Server.Tests.Http;

/// <summary>Trials and billing days are moved over HTTP, on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class SubscriptionCalendarTests(ApiServer server)
{
    [Fact]
    public async Task A_trial_is_lengthened_shortened_and_ended_now()
    {
        var (clock, account, subscription) = await StartAsync(""", "trial_days": 14 """);
        var longer = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/trial", """{"trial_end": "2026-07-20T00:00:00Z"}""");
        Assert.Equal(("trialing", "2026-07-20T00:00:00Z", "2026-07-20T00:00:00Z"), (longer["status"], longer["trial_end"], longer["next_renewal_at"]));
        await AdvanceAsync(clock, "2026-06-20T00:00:00Z");
        Assert.Empty(await InvoicesAsync(account));
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/trial", """{"trial_end": "2026-06-25T02:00:00+02:00"}""");
        var upcoming = await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice");
        Assert.Equal("2026-06-25T00:00:00Z", upcoming.Json.GetProperty("lines")[0].GetProperty("period").GetProperty("start").GetString());
        var key = Guid.NewGuid().ToString();
        var ended = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/trial", """{"trial_end": "now"}""", key);
        Assert.Equal(("active", "2026-06-20T00:00:00Z", "2026-07-20T00:00:00Z"), (ended["status"], ended["trial_end"], ended["next_renewal_at"]));
        Assert.True((await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/trial", """{"trial_end": "now"}""", key)).Replayed);
        await AdvanceAsync(clock, "2026-07-21T00:00:00Z");
        Assert.Equal([(3000, "paid"), (3000, "paid")], await InvoicesAsync(account));
        var refused = await server.Admin.SendAsync("POST", $"/v1/subscriptions/{subscription}/trial", """{"trial_end": "2026-08-01T00:00:00Z"}""", Guid.NewGuid().ToString());
        Assert.Equal((422, "subscription_already_paid"), (refused.Status, refused["code"]));
    }

    [Fact]
    public async Task A_preview_shows_the_renewal_that_a_billing_day_moved_into_the_past_bills_at_once()
    {
        var (clock, account, subscription) = await StartAsync();
        await AdvanceAsync(clock, "2026-06-20T00:00:00Z");
        const string Body = """{"anchor": {"type": "day_of_month", "day": 18}, "when": "2026-06-15T00:00:00Z", "proration": "day"}""";
        var shown = (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change/preview", Body)).Json;
        var following = Assert.Single(shown.GetProperty("following").EnumerateArray().ToList());
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", Body);
        Assert.Equal([shown.GetProperty("total").GetInt64(), following.GetProperty("total").GetInt64()], (await InvoicesAsync(account)).Skip(1).Select(invoice => (long)invoice.Item1));
        Assert.Equal(3000, following.GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task A_billing_day_is_moved_with_a_preview()
    {
        var (clock, account, subscription) = await StartAsync();
        await AdvanceAsync(clock, "2026-06-11T00:00:00Z");
        const string Body = """{"anchor": {"type": "day_of_month", "day": 15}, "proration": "day"}""";
        var before = await server.RowCountsAsync();
        Assert.Equal(-1613, (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change/preview", Body)).Json.GetProperty("total").GetInt64());
        Assert.Equal(before, await server.RowCountsAsync());
        var moved = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", Body);
        Assert.Equal(("2026-06-15T00:00:00Z", 15), (moved["next_renewal_at"], moved.Json.GetProperty("anchor").GetProperty("day").GetInt32()));
        var waiting = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", """{"anchor": {"type": "calendar"}, "when": "period_end"}""");
        Assert.Equal("calendar", waiting.Json.GetProperty("pending_change").GetProperty("anchor").GetProperty("type").GetString());
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");
        // From the 15th the calendar: 16 of 30 days up to 1 July.
        Assert.Equal([(3000, "paid"), (-1613, "paid"), (1600, "paid"), (3000, "paid")], await InvoicesAsync(account));
        var refused = await server.Admin.SendAsync("POST", $"/v1/subscriptions/{subscription}/change", """{"anchor": {"type": "calendar"}}""", Guid.NewGuid().ToString());
        Assert.Equal((422, "nothing_to_change"), (refused.Status, refused["code"]));
    }

    private async Task<(string Clock, string Account, string Subscription)> StartAsync(string extra = "")
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        return (clock, account, (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"{{extra}}}""")).Id);
    }

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private async Task<IEnumerable<(long, string?)>> InvoicesAsync(string account) =>
        (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray()
        .Select(invoice => (invoice.GetProperty("total").GetInt64(), invoice.GetProperty("status").GetString())).Reverse();
}
