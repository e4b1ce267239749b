using System.Text.Json;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Accounts whose subscriptions share an invoice for each boundary, over HTTP, on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class GroupedInvoiceTests(ApiServer server) : GroupedAccounts(server)
{
    [Fact]
    public async Task Subscriptions_due_at_one_instant_stand_on_one_invoice_whose_tax_is_of_the_whole()
    {
        var (clock, account) = await CustomerAsync(""", "tax": {"rates": [{"code": "vat", "percentage": "19"}]} """);
        var plan = await Admin.PlanAsync("""{"type": "flat", "amount": 1003}""");
        var subscriptions = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            subscriptions.Add(await BuyAsync(account, plan));
        }

        // Who buys sees an invoice at once.
        var bought = await InvoicesAsync(account);
        Assert.Equal([1194, 1194, 1194], bought.Select(invoice => Long(invoice, "total")));
        Assert.All(bought, invoice => Assert.Equal(("grouped", "paid", JsonValueKind.Null), (Text(invoice, "cause"), Text(invoice, "status"), invoice.GetProperty("subscription").ValueKind)));

        await Admin.PostAsync($"/v1/accounts/{account}/pending_lines", """{"description": "Hours", "amount": 500}""");
        await Admin.PostAsync($"/v1/accounts/{account}/pending_lines", $$"""{"description": "Setup", "amount": 100, "subscription": "{{subscriptions[1]}}"}""");
        await Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-04-02T00:00:00Z"}""");

        var renewed = (await InvoicesAsync(account))[3..];
        Assert.Equal(["2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"], renewed.Select(invoice => Text(invoice, "issued_at")));
        // 3609 and 3009 at 19 %: one rounding for the document.
        Assert.Equal([(3609, 686, 4295), (3009, 572, 3581)], renewed.Select(invoice => (Long(invoice, "subtotal"), Long(invoice, "tax_total"), Long(invoice, "total"))));
        Assert.All(renewed, invoice => Assert.Equal("paid", Text(invoice, "status")));
        Assert.Equal(
            [.. subscriptions.SelectMany((id, i) => i == 1 ? new[] { id, id } : [id]).Order(StringComparer.Ordinal), null],
            renewed[0].GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("subscription").GetString()));
        Assert.Equal("2026-03-01T00:00:00Z", Text(renewed[0].GetProperty("lines").EnumerateArray().First(line => Text(line, "kind") == "recurring").GetProperty("period"), "start"));
        foreach (var subscription in subscriptions)
        {
            var named = (await Admin.GetAsync($"/v1/invoices?subscription={subscription}")).Json.GetProperty("data").EnumerateArray().ToList();
            Assert.Equal(3, named.Count);
            Assert.Equal(renewed[1].GetProperty("id").GetString(), named[0].GetProperty("id").GetString());
        }

        Assert.Empty((await Admin.GetAsync($"/v1/accounts/{account}/pending_lines")).Json.GetProperty("data").EnumerateArray());
        await BooksAgreeAsync();
    }

    [Fact]
    public async Task Grouping_does_not_go_with_a_paying_parent()
    {
        var parent = await Admin.AccountAsync();
        var refused = await Admin.SendAsync(
            "POST", "/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "billed_to": "{{parent}}", "invoice_grouping": "account"}""", Guid.NewGuid().ToString());
        Assert.Equal((422, "grouping_with_billed_to"), (refused.Status, refused["code"]));
        var grouped = await Admin.AccountAsync(extra: """, "invoice_grouping": "account" """);
        Assert.Equal("account", (await Admin.GetAsync($"/v1/accounts/{grouped}"))["invoice_grouping"]);
        Assert.Equal("grouping_with_billed_to", (await Admin.SendAsync("PATCH", $"/v1/accounts/{grouped}", $$"""{"billed_to": "{{parent}}"}"""))["code"]);
        Assert.Equal("subscription", (await Admin.SendAsync("PATCH", $"/v1/accounts/{grouped}", $$"""{"billed_to": "{{parent}}", "invoice_grouping": "subscription"}"""))["invoice_grouping"]);
    }

    [Fact]
    public async Task On_the_real_clock_who_buys_finds_the_invoice_at_once()
    {
        var account = await Admin.AccountAsync(extra: """, "invoice_grouping": "account" """);
        await Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var subscription = await BuyAsync(account, await Admin.PlanAsync());
        var invoice = Assert.Single(await InvoicesAsync(account));
        Assert.Equal(("paid", 2000), (Text(invoice, "status"), Long(invoice, "total")));
        Assert.Equal(Text(invoice, "id"), (await Admin.GetAsync($"/v1/subscriptions/{subscription}"))["latest_invoice"]);
        Assert.Equal(2000, Long((await Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice")).Json, "total"));
    }

    [Fact]
    public async Task A_renewal_that_cannot_be_committed_holds_up_nobody_and_is_billed_when_a_person_has_helped()
    {
        var (clock, account) = await CustomerAsync();
        var plan = await Admin.PlanAsync();
        var (first, broken) = (await BuyAsync(account, plan), await BuyAsync(account, plan));
        var name = "broken_" + broken[^8..];
        await ScratchCluster.ExecuteAsync(
            Server.ConnectionString,
            $"""
            create function {name}() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$;
            create trigger {name} before insert on pending_line for each row when (new.subscription = '{broken}') execute function {name}();
            """);
        await AdvanceAsync(clock, "2026-03-01T00:00:00Z");
        var invoice = (await InvoicesAsync(account))[^1];
        Assert.Equal(("2026-03-01T00:00:00Z", 2000, first), (Text(invoice, "issued_at"), Long(invoice, "total"), Text(invoice.GetProperty("lines")[0], "subscription")));
        var item = Assert.Single((await Admin.GetAsync($"/v1/work_items?account={account}")).Json.GetProperty("data").EnumerateArray());
        Assert.Equal(("subscription", broken), (Text(item, "type"), Text(item, "subject")));

        await ScratchCluster.ExecuteAsync(Server.ConnectionString, $"drop trigger {name} on pending_line");
        await Admin.PostAsync($"/v1/work_items/{Text(item, "id")}/retry");
        await AdvanceAsync(clock, "2026-03-02T00:00:00Z");
        var late = (await InvoicesAsync(account))[^1];
        Assert.Equal((2000, broken, "2026-03-01T00:00:00Z"), (Long(late, "total"), Text(late.GetProperty("lines")[0], "subscription"), Text(late.GetProperty("lines")[0].GetProperty("period"), "start")));
        Assert.Empty((await Admin.GetAsync($"/v1/work_items?account={account}")).Json.GetProperty("data").EnumerateArray());
    }
}
