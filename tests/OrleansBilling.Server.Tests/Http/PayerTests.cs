using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>A paying parent over HTTP, on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class PayerTests(ApiServer server)
{
    [Fact]
    public async Task A_childs_renewals_are_issued_to_its_parent_whose_card_is_charged_until_the_payer_changes()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-04-01T00:00:00Z"}""")).Id;
        var parent = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync($"/v1/accounts/{parent}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var child = await server.Admin.AccountAsync(clock, $$""", "billed_to": "{{parent}}" """);
        await server.Admin.PostAsync($"/v1/accounts/{child}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        Assert.Equal(parent, (await server.Admin.GetAsync($"/v1/accounts/{child}"))["billed_to"]);
        var (pro, max) = (await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}"""), await server.Admin.PlanAsync("""{"type": "flat", "amount": 6000}"""));
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{child}}", "plan": "{{pro}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-05-02T00:00:00Z"}""");

        Assert.Equal([(3000, "paid"), (3000, "paid")], await InvoicesAsync(parent));
        Assert.Empty(await InvoicesAsync(child));
        var renewal = (await server.Admin.GetAsync($"/v1/invoices?account={parent}")).Json.GetProperty("data")[0];
        Assert.Equal((child, subscription), (renewal.GetProperty("for_account").GetString(), renewal.GetProperty("subscription").GetString()));
        Assert.Equal(3000, renewal.GetProperty("amount_paid").GetInt64());
        Assert.NotEqual(0, (await server.Admin.GetAsync($"/v1/accounts/{parent}/statement")).Json.GetProperty("data").GetArrayLength());
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/accounts/{child}/statement")).Json.GetProperty("data").GetArrayLength());

        // The child pays itself from now on: what the parent has paid for comes back to the parent.
        Assert.Equal(200, (await PatchAsync(child, """{"billed_to": null}""")).Status);
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-05-16T12:00:00Z"}""");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{max}}", "proration": "day"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-05-17T00:00:00Z"}""");
        Assert.Equal([(3000, "paid"), (3000, "paid"), (-1548, "paid")], await InvoicesAsync(parent));
        Assert.Equal([(3097, "paid")], await InvoicesAsync(child));
        Assert.Equal(1548, (await server.Admin.GetAsync($"/v1/accounts/{parent}")).Json.GetProperty("balance").GetInt64());
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/accounts/{child}")).Json.GetProperty("balance").GetInt64());
        Assert.Equal(0, (await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json.GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task Payers_that_cannot_be_are_refused_and_write_nothing()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-04-01T00:00:00Z"}""")).Id;
        var (top, parent, child) = (await server.Admin.AccountAsync(clock), await server.Admin.AccountAsync(clock), await server.Admin.AccountAsync(clock));
        var elsewhere = await server.Admin.AccountAsync();
        var euros = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "eur", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{child}/pending_lines", """{"amount": 100, "description": "Setup"}""");
        var before = await server.RowCountsAsync();
        Assert.Equal((422, "pending_lines_wait"), await RefusedAsync(child, parent));
        Assert.Equal((422, "billed_to_itself"), await RefusedAsync(parent, parent));
        Assert.Equal((422, "payer_clock_differs"), await RefusedAsync(parent, elsewhere));
        Assert.Equal((422, "payer_currency_differs"), await RefusedAsync(parent, euros));
        Assert.Equal((404, "account_not_found"), await RefusedAsync(parent, "acct_none"));
        Assert.Equal(before, await server.RowCountsAsync());

        Assert.Equal(200, (await PatchAsync(parent, $$"""{"billed_to": "{{top}}"}""")).Status);
        before = await server.RowCountsAsync();
        Assert.Equal((422, "payer_is_billed_to_another"), await RefusedAsync(euros, parent, """, "currency": "usd" """));
        Assert.Equal((422, "account_pays_for_others"), await RefusedAsync(top, child));
        Assert.Equal("currency_fixed", (await PatchAsync(top, """{"currency": "eur"}"""))["code"]);
        Assert.Equal("payer_currency_differs", (await PatchAsync(parent, """{"currency": "eur"}"""))["code"]);
        var line = await server.Admin.SendAsync("POST", $"/v1/accounts/{parent}/pending_lines", """{"amount": 100, "description": "Setup"}""", Guid.NewGuid().ToString());
        Assert.Equal((422, "billed_to_another"), (line.Status, line["code"]));
        Assert.Equal(before, await server.RowCountsAsync());
    }

    private Task<ApiAnswer> PatchAsync(string account, string body) => server.Admin.SendAsync("PATCH", $"/v1/accounts/{account}", body, Guid.NewGuid().ToString());

    private async Task<(int Status, string? Code)> RefusedAsync(string account, string payer, string more = "")
    {
        var answer = await PatchAsync(account, $$"""{"billed_to": "{{payer}}"{{more}}}""");
        return (answer.Status, answer["code"]);
    }

    private async Task<IReadOnlyList<(long Total, string? Status)>> InvoicesAsync(string account) =>
    [
        .. (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray()
            .Select(invoice => (invoice.GetProperty("total").GetInt64(), invoice.GetProperty("status").GetString())).Reverse(),
    ];
}
