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

    private async Task RefusedAsync(string invoice, string code)
    {
        var refused = await server.Admin.SendAsync("POST", $"/v1/invoices/{invoice}/reissue", "{}", Guid.NewGuid().ToString());
        Assert.Equal((422, code), (refused.Status, refused["code"]));
    }
}
