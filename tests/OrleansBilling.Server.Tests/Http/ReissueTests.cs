namespace OrleansBilling.Server.Tests.Http;

/// <summary>Invoices are issued anew over HTTP; what is credited later is of the new lines.</summary>
[Collection(ApiCollection.Name)]
public sealed class ReissueTests(ApiServer server)
{
    [Fact]
    public async Task A_subscriptions_invoice_is_issued_anew_by_todays_tax_and_its_charges_follow()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, """, "collection": "send_invoice", "tax": {"rates": [{"code": "vat", "percentage": "19"}]}""");
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}", "start_at": "2026-06-01T00:00:00Z"}""");
        var old = subscription["latest_invoice"];
        await server.Admin.SendAsync("PATCH", $"/v1/accounts/{account}", """{"tax": {"rates": [{"code": "vat", "percentage": "7"}]}}""");

        var key = Guid.NewGuid().ToString();
        var made = await server.Admin.PostAsync($"/v1/invoices/{old}/reissue", "{}", key);
        Assert.Equal(("open", 3_210, "reissue"), (made["status"], made.Json.GetProperty("total").GetInt64(), made["cause"]));
        Assert.EndsWith("-0002", made["number"], StringComparison.Ordinal);
        var again = await server.Admin.PostAsync($"/v1/invoices/{old}/reissue", "{}", key);
        Assert.Equal((true, made.Id), (again.Replayed, again.Id));
        Assert.Equal("void", (await server.Admin.GetAsync($"/v1/invoices/{old}"))["status"]);
        Assert.Equal(made.Id, (await server.Admin.GetAsync($"/v1/subscriptions/{subscription.Id}"))["latest_invoice"]);
        await RefusedAsync(old!, "invoice_not_open");

        // The end credits the new line, at the new rate, on the new document.
        var canceled = await server.Admin.PostAsync($"/v1/subscriptions/{subscription.Id}/cancel", """{"when": "now", "proration": "second"}""");
        var credit = await server.Admin.GetAsync($"/v1/invoices/{canceled["latest_invoice"]}");
        Assert.Equal((-3_210, made.Id), (credit.Json.GetProperty("total").GetInt64(), credit.Json.GetProperty("lines")[0].GetProperty("credited_invoice").GetString()));
        Assert.Equal("paid", (await server.Admin.GetAsync($"/v1/invoices/{made.Id}"))["status"]);
        Assert.Equal(0, (await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json.GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task A_one_off_invoice_is_issued_anew_and_charged_and_a_paid_one_is_not()
    {
        var account = await server.Admin.AccountAsync(extra: """, "collection": "send_invoice" """);
        var old = (await server.Admin.PostAsync("/v1/invoices", $$"""{"account": "{{account}}", "lines": [{"description": "Work", "amount": 5000}]}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        await server.Admin.SendAsync("PATCH", $"/v1/accounts/{account}", """{"collection": "automatic"}""");
        var made = await server.Admin.PostAsync($"/v1/invoices/{old}/reissue");
        Assert.Equal(("paid", 5_000), (made["status"], made.Json.GetProperty("amount_paid").GetInt64()));
        await RefusedAsync(made.Id, "money_received");
    }

    [Fact]
    public async Task An_invoice_whose_credit_waits_for_the_next_one_is_not_issued_anew()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-02-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, """, "collection": "send_invoice" """);
        var (large, small) = (await server.Admin.PlanAsync("""{"type": "flat", "amount": 5000}"""), await server.Admin.PlanAsync());
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{large}}"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-02-15T00:00:00Z"}""");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription.Id}/change", $$"""{"plan": "{{small}}", "invoice": "next"}""");
        await RefusedAsync(subscription["latest_invoice"]!, "lines_credited");

        // February and half of it back, half of the smaller plan, March.
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-03-02T00:00:00Z"}""");
        var invoices = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray();
        Assert.Equal([-2_500 + 1_000 + 2_000, 5_000], invoices.Select(invoice => invoice.GetProperty("total").GetInt64()));
    }

    [Fact]
    public async Task Lines_that_are_alike_are_billed_anew_each()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-02-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, """, "collection": "send_invoice" """);
        var (small, large) = (await server.Admin.PlanAsync(), await server.Admin.PlanAsync("""{"type": "flat", "amount": 5000}"""));
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{small}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-02-15T00:00:00Z"}""");
        for (var i = 0; i < 2; i++)
        {
            await server.Admin.PostAsync($"/v1/accounts/{account}/pending_lines", $$"""{"description": "Goodwill", "amount": -100, "subscription": "{{subscription}}"}""");
            await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{(i == 0 ? large : small)}}", "invoice": "next"}""");
        }

        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-03-01T12:00:00Z"}""");
        var old = (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["latest_invoice"];
        var made = await server.Admin.PostAsync($"/v1/invoices/{old}/reissue");
        Assert.Equal(1_800, made.Json.GetProperty("total").GetInt64());
        Assert.Equal(1_800, (await server.Admin.PostAsync($"/v1/invoices/{made.Id}/reissue")).Json.GetProperty("total").GetInt64());
    }

    private async Task RefusedAsync(string invoice, string code)
    {
        var refused = await server.Admin.SendAsync("POST", $"/v1/invoices/{invoice}/reissue", "{}", Guid.NewGuid().ToString());
        Assert.Equal((422, code), (refused.Status, refused["code"]));
    }
}
