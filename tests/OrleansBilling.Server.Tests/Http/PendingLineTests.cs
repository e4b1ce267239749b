using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Lines that wait for the next invoice, over HTTP, on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class PendingLineTests(ApiServer server)
{
    [Fact]
    public async Task Lines_made_by_hand_wait_are_shown_and_go_on_the_next_invoice_once()
    {
        var (clock, account) = await CustomerAsync();
        var plan = await server.Admin.PlanAsync();
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        var hours = await server.Admin.PostAsync($"/v1/accounts/{account}/pending_lines", """{"description": "Hours", "quantity": "1.5", "unit_amount": "333"}""", key: "hours-" + account);
        Assert.Equal((201, 500, "manual"), (hours.Status, hours.Json.GetProperty("amount").GetInt64(), hours["source"]));
        Assert.True((await server.Admin.PostAsync($"/v1/accounts/{account}/pending_lines", """{"description": "Hours", "quantity": "1.5", "unit_amount": "333"}""", key: "hours-" + account)).Replayed);
        await server.Admin.PostAsync($"/v1/accounts/{account}/pending_lines", $$"""{"description": "Goodwill", "period": {"start": "2026-02-01T00:00:00Z", "end": "2026-03-01T00:00:00Z"}, "amount": -100, "subscription": "{{subscription}}"}""");
        await server.Admin.PostAsync($"/v1/accounts/{account}/pending_lines", $$"""{"description": "Goodwill", "period": {"start": "2026-02-01T00:00:00Z", "end": "2026-03-01T00:00:00Z"}, "amount": -100, "subscription": "{{subscription}}"}""");
        var mistake = await server.Admin.PostAsync($"/v1/accounts/{account}/pending_lines", """{"description": "Mistake", "amount": 9999}""");
        Assert.Equal(4, (await ListAsync(account)).Count);
        Assert.Equal(200, (await server.Admin.SendAsync("DELETE", $"/v1/accounts/{account}/pending_lines/{mistake.Id}")).Status);
        Assert.Equal("pending_line_not_found", (await server.Admin.SendAsync("DELETE", $"/v1/accounts/{account}/pending_lines/{mistake.Id}"))["code"]);
        Assert.Equal(2300, (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice")).Json.GetProperty("total").GetInt64());

        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-04-02T00:00:00Z"}""");
        Assert.Empty(await ListAsync(account));
        var invoices = await InvoicesAsync(account);
        Assert.Equal([(2000, "paid"), (2300, "paid"), (2000, "paid")], invoices.Select(invoice => (invoice.GetProperty("total").GetInt64(), invoice.GetProperty("status").GetString()!)));
        var taken = invoices[1].GetProperty("lines").EnumerateArray().First(line => line.GetProperty("description").GetString() == "Hours");
        Assert.Equal(hours.Id, taken.GetProperty("id").GetString());
        Assert.Equal(["multiply", "round"], taken.GetProperty("explain").GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("operation").GetString()));
        Assert.Equal("pending_line_not_found", (await server.Admin.SendAsync("DELETE", $"/v1/accounts/{account}/pending_lines/{hours.Id}"))["code"]);
    }

    [Fact]
    public async Task A_change_billed_next_stands_on_the_renewals_invoice_and_its_end_credits_what_was_billed()
    {
        var (clock, account) = await CustomerAsync("""
            , "tax": {"rates": [{"code": "vat", "percentage": "19"}]}
            """);
        var (small, large) = (await server.Admin.PlanAsync(), await server.Admin.PlanAsync("""{"type": "flat", "amount": 5000}"""));
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{small}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-02-15T00:00:00Z"}""");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{large}}", "invoice": "next"}""");
        var waiting = await ListAsync(account);
        Assert.Equal([("proration_charge", 2500), ("proration_credit", -1000)], waiting.Select(line => (line.GetProperty("kind").GetString()!, line.GetProperty("amount").GetInt64())).Order());
        Assert.Single(await InvoicesAsync(account));
        Assert.Equal("pending_line_not_manual", (await server.Admin.SendAsync("DELETE", $"/v1/accounts/{account}/pending_lines/{waiting[0].GetProperty("id").GetString()}"))["code"]);

        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{small}}", "invoice": "next"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-03-01T12:00:00Z"}""");
        var renewal = (await InvoicesAsync(account))[^1];
        Assert.Equal([-1000, 2500, -2500, 1000, 2000], renewal.GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("amount").GetInt64()));
        Assert.Equal((2000, 380, 2380), (renewal.GetProperty("subtotal").GetInt64(), renewal.GetProperty("tax_total").GetInt64(), renewal.GetProperty("total").GetInt64()));

        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{large}}", "invoice": "next", "when": "2026-03-01T12:00:00Z"}""");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel");
        Assert.Empty(await ListAsync(account));
        var end = (await InvoicesAsync(account))[^1];
        Assert.Equal("cancel", end.GetProperty("cause").GetString());
        Assert.Equal([-2000, 5000, -5000], end.GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("amount").GetInt64()));
        Assert.Equal(-2380, end.GetProperty("total").GetInt64());
    }

    [Theory]
    [InlineData("""{"description": "x"}""", 422, "amount_or_quantity")]
    [InlineData("""{"description": "x", "amount": 1, "quantity": "1", "unit_amount": "1"}""", 422, "amount_or_quantity")]
    [InlineData("""{"description": "x", "amount": 0}""", 422, "amount_zero")]
    [InlineData("""{"description": "x", "amount": 1, "subscription": "sub_none"}""", 404, "subscription_not_found")]
    [InlineData("""{"description": "x", "amount": 1, "period": {"start": "2026-02-02T00:00:00Z", "end": "2026-02-01T00:00:00Z"}}""", 422, "period_ends_before_start")]
    [InlineData("""{"description": "4242 4242 4242 4242", "amount": 1}""", 422, "card_number_refused")]
    [InlineData("""{"description": "x", "amount": 1000000000000}""", 400, "out_of_range")]
    public async Task What_is_no_line_is_refused_and_writes_nothing(string body, int status, string code)
    {
        var account = await server.Admin.AccountAsync();
        var before = await server.RowCountsAsync();
        var refused = await server.Admin.SendAsync("POST", $"/v1/accounts/{account}/pending_lines", body, Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Fact]
    public async Task A_waiting_line_fixes_the_currency_and_an_ended_subscription_takes_none()
    {
        var account = await server.Admin.AccountAsync();
        await server.Admin.PostAsync($"/v1/accounts/{account}/pending_lines", """{"description": "x", "amount": 1}""");
        Assert.Equal("currency_fixed", (await server.Admin.SendAsync("PATCH", $"/v1/accounts/{account}", """{"currency": "eur"}"""))["code"]);
        var plan = await server.Admin.PlanAsync();
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        Assert.Empty(await ListAsync(account));
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel");
        var refused = await server.Admin.SendAsync("POST", $"/v1/accounts/{account}/pending_lines", $$"""{"description": "x", "amount": 1, "subscription": "{{subscription}}"}""");
        Assert.Equal((422, "subscription_ended"), (refused.Status, refused["code"]));
    }

    private async Task<(string Clock, string Account)> CustomerAsync(string extra = "")
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-02-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"{{extra}}}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        return (clock, account);
    }

    private async Task<List<JsonElement>> ListAsync(string account) =>
        [.. (await server.Admin.GetAsync($"/v1/accounts/{account}/pending_lines")).Json.GetProperty("data").EnumerateArray()];

    /// <summary>Oldest first.</summary>
    private async Task<List<JsonElement>> InvoicesAsync(string account) =>
        [.. (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Reverse()];
}
