using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Credits that wait for the next invoice beside credit notes, voids and coupons, over HTTP.</summary>
[Collection(ApiCollection.Name)]
public sealed class WaitingCreditTests(ApiServer server)
{
    [Fact]
    public async Task A_credit_note_leaves_what_a_waiting_credit_has_taken()
    {
        var (clock, account, subscription) = await ChangedNextAsync();
        var first = (await InvoicesAsync(account))[0];
        var (invoice, line) = (first.GetProperty("id").GetString(), first.GetProperty("lines")[0].GetProperty("id").GetString());
        var refused = await server.Admin.SendAsync("POST", "/v1/credit_notes", $$"""{"invoice": "{{invoice}}", "lines": [{"line": "{{line}}", "amount": 1001}], "reason": "x", "settle": "credit"}""", Guid.NewGuid().ToString());
        Assert.Equal((422, "credit_above_left"), (refused.Status, refused["code"]));
        await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice}}", "lines": [{"line": "{{line}}", "amount": 1000}], "reason": "x", "settle": "credit"}""");

        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-03-01T12:00:00Z"}""");
        var renewal = (await InvoicesAsync(account))[^1];
        Assert.Equal([-1000, 2500, 5000], renewal.GetProperty("lines").EnumerateArray().Select(each => each.GetProperty("amount").GetInt64()));
        Assert.Equal(subscription, renewal.GetProperty("subscription").GetString());
    }

    [Fact]
    public async Task A_waiting_credit_of_an_invoice_that_is_voided_is_not_given()
    {
        var (clock, account, _) = await ChangedNextAsync(token: null);
        var first = (await InvoicesAsync(account))[0].GetProperty("id").GetString();
        await server.Admin.PostAsync($"/v1/invoices/{first}/void");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-03-01T12:00:00Z"}""");
        var renewal = (await InvoicesAsync(account))[^1];
        Assert.Equal([2500, 5000], renewal.GetProperty("lines").EnumerateArray().Select(each => each.GetProperty("amount").GetInt64()));
        Assert.Empty((await server.Admin.GetAsync($"/v1/accounts/{account}/pending_lines")).Json.GetProperty("data").EnumerateArray());
    }

    /// <summary>A subscription at 20.00 for February, changed on the 15th to 50.00 with the next invoice: 10.00 back, 25.00 more.</summary>
    private async Task<(string Clock, string Account, string Subscription)> ChangedNextAsync(string? token = "tok_visa")
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-02-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        if (token is not null)
        {
            await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", $$"""{"gateway": "sandbox", "token": "{{token}}"}""");
        }

        var (small, large) = (await server.Admin.PlanAsync(), await server.Admin.PlanAsync("""{"type": "flat", "amount": 5000}"""));
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{small}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-02-15T00:00:00Z"}""");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{large}}", "invoice": "next", "proration": "day"}""");
        return (clock, account, subscription);
    }

    /// <summary>Oldest first.</summary>
    private async Task<List<JsonElement>> InvoicesAsync(string account) =>
        [.. (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Reverse()];
}
