using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>What analysts read with SQL says the same as the API.</summary>
[Collection(ApiCollection.Name)]
public sealed class ViewTests(ApiServer server)
{
    [Fact]
    public async Task The_views_say_what_the_api_says()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-01-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, """, "tax": {"rates": [{"code": "vat", "percentage": "19"}]} """);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = await server.Admin.PlanAsync();
        await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-02-15T00:00:00Z"}""");

        var listed = await server.Admin.GetAsync($"/v1/invoices?account={account}");
        var invoices = listed.Json.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(2, invoices.Count);
        foreach (var invoice in invoices)
        {
            var id = invoice.GetProperty("id").GetString();
            foreach (var column in (string[])["subtotal", "tax_total", "total", "amount_due", "amount_paid", "amount_remaining"])
            {
                Assert.Equal(invoice.GetProperty(column).GetInt64(), await NumberAsync($"select {column} from billing_invoices where id = '{id}'"));
            }

            Assert.Equal(invoice.GetProperty("lines").GetArrayLength(), await NumberAsync($"select count(*) from billing_invoice_lines where invoice = '{id}'"));
        }

        Assert.Equal(1, await NumberAsync($"select count(*) from billing_subscriptions where account = '{account}' and status = 'active'"));
        Assert.Equal(2, await NumberAsync($"select count(*) from billing_payments where account = '{account}' and status = 'succeeded' and gateway = 'sandbox'"));
        Assert.Equal(0, await NumberAsync($"select credit_balance from billing_accounts where id = '{account}'"));
        Assert.Equal(-4000, await NumberAsync($"select sum(amount)::bigint from billing_ledger where account = '{account}' and ledger_account = 'billed_revenue'"));
        Assert.Equal(0, await NumberAsync("select coalesce(sum(amount), 0)::bigint from billing_ledger"));
    }

    private Task<long> NumberAsync(string sql) => ScratchCluster.ScalarAsync<long>(server.ConnectionString, sql)!;
}
