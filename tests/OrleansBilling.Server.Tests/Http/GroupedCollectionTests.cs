using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>What becomes of grouped invoices, and of the subscriptions that stand on them.</summary>
[Collection(ApiCollection.Name)]
public sealed class GroupedCollectionTests(ApiServer server) : GroupedAccounts(server)
{
    [Fact]
    public async Task Each_subscription_of_an_invoice_that_is_not_paid_is_past_due_then_unpaid_and_active_again_once_it_is()
    {
        var (clock, account) = await CustomerAsync();
        var plan = await Admin.PlanAsync();
        var first = await BuyAsync(account, plan);
        await BuyAsync(account, plan);
        await Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_insufficient_funds", "default": true}""");

        await AdvanceAsync(clock, "2026-03-01T12:00:00Z");
        Assert.Equal(["past_due", "past_due"], await StatusesAsync(account));
        await AdvanceAsync(clock, "2026-03-20T00:00:00Z");
        Assert.Equal(["unpaid", "unpaid"], await StatusesAsync(account));
        var late = (await InvoicesAsync(account))[^1];
        Assert.Equal(("open", "exhausted", 4000, 5), (Text(late, "status"), Text(late, "collection_stage"), Long(late, "amount_due"), late.GetProperty("attempts").GetArrayLength()));

        // Unpaid, they go on sharing invoices that nobody is charged for, also where one has been bought since.
        await BuyAsync(account, plan);
        await AdvanceAsync(clock, "2026-04-01T12:00:00Z");
        var uncharged = (await InvoicesAsync(account))[^1];
        Assert.Equal((4000, "open", 0), (Long(uncharged, "total"), Text(uncharged, "status"), uncharged.GetProperty("attempts").GetArrayLength()));
        // The last invoice of one that ends unpaid is charged to nobody, though it is no longer unpaid then.
        await Admin.PostAsync($"/v1/accounts/{account}/pending_lines", $$"""{"description": "Setup", "amount": 9000, "subscription": "{{first}}"}""");
        await Admin.PostAsync($"/v1/subscriptions/{first}/cancel", """{"when": "now"}""");
        var end = (await InvoicesAsync(account))[^1];
        Assert.Equal((7000, "open", 0), (Long(end, "total"), Text(end, "status"), end.GetProperty("attempts").GetArrayLength()));

        await Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa", "default": true}""");
        foreach (var invoice in await InvoicesAsync(account))
        {
            if (Text(invoice, "status") == "open")
            {
                await Admin.PostAsync($"/v1/invoices/{Text(invoice, "id")}/pay");
            }
        }

        Assert.Equal(["active", "active", "canceled"], (await StatusesAsync(account)).Order());
        await BooksAgreeAsync();
    }

    [Fact]
    public async Task Where_the_policy_says_so_each_subscription_is_canceled_and_what_waits_for_it_is_billed()
    {
        var policy = "p" + Guid.NewGuid().ToString("N")[..12];
        await Admin.PostAsync("/v1/dunning_policies", $$"""{"code": "{{policy}}", "retry_days": [1], "final_action": "cancel"}""");
        var (clock, account) = await CustomerAsync($$""", "dunning_policy": "{{policy}}" """);
        var plan = await Admin.PlanAsync();
        var first = await BuyAsync(account, plan);
        await BuyAsync(account, plan);
        await Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_insufficient_funds", "default": true}""");
        await AdvanceAsync(clock, "2026-03-01T12:00:00Z");
        await Admin.PostAsync($"/v1/accounts/{account}/pending_lines", $$"""{"description": "Setup", "amount": 100, "subscription": "{{first}}"}""");
        await AdvanceAsync(clock, "2026-03-03T00:00:00Z");
        Assert.Equal(["canceled", "canceled"], await StatusesAsync(account));
        Assert.Equal([("adjustment", 100)], Lines((await InvoicesAsync(account))[^1]));
        Assert.Empty((await Admin.GetAsync($"/v1/accounts/{account}/pending_lines")).Json.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task A_grouped_invoice_that_is_voided_counts_as_not_billed_and_one_that_stands_is_credited_once()
    {
        var (clock, account) = await CustomerAsync(""", "collection": "send_invoice", "net_terms_days": 30""");
        var (small, large) = (await Admin.PlanAsync("""{"type": "flat", "amount": 2800}"""), await Admin.PlanAsync("""{"type": "flat", "amount": 5600}"""));
        var (first, second) = (await BuyAsync(account, small), await BuyAsync(account, small));
        await AdvanceAsync(clock, "2026-03-01T00:00:00Z");
        await Admin.PostAsync($"/v1/invoices/{Text((await InvoicesAsync(account))[^1], "id")}/void");
        await AdvanceAsync(clock, "2026-03-31T00:00:00Z");
        Assert.Equal(422, (await Admin.SendAsync("POST", $"/v1/invoices/{Text((await InvoicesAsync(account))[^1], "id")}/reissue", "{}", Guid.NewGuid().ToString())).Status);
        var billed = (await InvoicesAsync(account)).Count;
        await Admin.PostAsync($"/v1/subscriptions/{first}/cancel", """{"when": "now"}""");
        Assert.Equal(billed, (await InvoicesAsync(account)).Count);

        await AdvanceAsync(clock, "2026-04-01T00:00:00Z");
        var april = (await InvoicesAsync(account))[^1];
        Assert.Equal([("recurring", 2800)], Lines(april));
        await AdvanceAsync(clock, "2026-04-16T00:00:00Z");
        await Admin.PostAsync($"/v1/subscriptions/{second}/change", $$"""{"plan": "{{large}}", "proration": "day"}""");
        var change = (await InvoicesAsync(account))[^1];
        Assert.Equal([("proration_charge", 2800), ("proration_credit", -1400)], Lines(change).Order());
        Assert.Equal(Text(april, "id"), Text(change.GetProperty("lines").EnumerateArray().First(line => Text(line, "kind") == "proration_credit"), "credited_invoice"));
        await Admin.PostAsync($"/v1/subscriptions/{second}/cancel", """{"when": "now"}""");
        var end = (await InvoicesAsync(account))[^1];
        // The whole of what the change charged, on the day on which it did.
        Assert.Equal([("proration_credit", -2800)], Lines(end));
        Assert.Equal(2800 + 1400 - 2800, (await InvoicesAsync(account)).Where(invoice => Text(invoice, "issued_at").CompareTo("2026-03-15", StringComparison.Ordinal) > 0).Sum(invoice => Long(invoice, "total")));
        await BooksAgreeAsync();
    }

    [Fact]
    public async Task What_is_collected_in_a_way_of_its_own_stands_on_an_invoice_of_its_own()
    {
        var (clock, account) = await CustomerAsync();
        var plan = await Admin.PlanAsync();
        var shared = await BuyAsync(account, plan);
        var method = (await Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_mastercard", "default": false}""")).Id;
        var own = (await Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}", "payment_method": "{{method}}"}""")).Id;
        var gated = await Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}", "payment_behavior": "require_payment"}""");
        Assert.Equal("active", gated["status"]);
        var paused = await BuyAsync(account, plan);
        await Admin.PostAsync($"/v1/subscriptions/{paused}/pause_collection", """{"behavior": "open"}""");
        foreach (var (subscription, amount) in new[] { (own, 1), (paused, 2), (shared, 4) })
        {
            await Admin.PostAsync($"/v1/accounts/{account}/pending_lines", $$"""{"description": "Setup", "amount": {{amount}}, "subscription": "{{subscription}}"}""");
        }

        await AdvanceAsync(clock, "2026-03-02T00:00:00Z");
        var renewed = (await InvoicesAsync(account))[4..];
        Assert.Equal(
            [(null, 4004, "paid"), (own, 2001, "paid"), (paused, 2002, "open")],
            renewed.Select(invoice => (invoice.GetProperty("subscription").GetString(), Long(invoice, "total"), Text(invoice, "status")))
                .OrderBy(row => row.Item1 is null ? 0 : row.Item1 == own ? 1 : 2));
        Assert.Equal(method, Text(renewed.Single(invoice => invoice.GetProperty("subscription").GetString() == own).GetProperty("attempts")[0], "payment_method"));
    }

    [Fact]
    public async Task Hundreds_share_an_invoice_that_is_paged_printed_and_collected()
    {
        const int Count = 300;
        var (clock, account) = await CustomerAsync();
        var plan = await Admin.PlanAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) => await BuyAsync(account, plan));
        await Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_insufficient_funds", "default": true}""");
        await AdvanceAsync(clock, "2026-03-01T00:00:00Z");
        var invoice = (await Admin.GetAsync($"/v1/invoices?account={account}&limit=1")).Json.GetProperty("data")[0];
        Assert.Equal((2000L * Count, "grouped", true, 100), (Long(invoice, "total"), Text(invoice, "cause"), invoice.GetProperty("has_more_lines").GetBoolean(), invoice.GetProperty("lines").GetArrayLength()));

        var named = new HashSet<string>(StringComparer.Ordinal);
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await Admin.GetAsync($"/v1/invoices/{Text(invoice, "id")}/lines?limit=70{(cursor.Length > 0 ? "&cursor=" + cursor : "")}")).Json;
            Assert.All(page.GetProperty("data").EnumerateArray(), line => Assert.True(named.Add(Text(line, "subscription"))));
            cursor = page.GetProperty("next_cursor").GetString();
        }

        Assert.Equal(Count, named.Count);
        Assert.Equal(200, (await Admin.GetAsync($"/v1/invoices/{Text(invoice, "id")}/pdf")).Status);
        var pastDue = (await Admin.GetAsync($"/v1/subscriptions?account={account}&status=past_due&limit=100")).Json;
        Assert.Equal(100, pastDue.GetProperty("data").GetArrayLength());
        Assert.All(pastDue.GetProperty("data").EnumerateArray(), each => Assert.Equal(Text(invoice, "id"), Text(each, "latest_invoice")));
        Assert.Empty((await Admin.GetAsync($"/v1/subscriptions?account={account}&status=active")).Json.GetProperty("data").EnumerateArray());
    }
}
