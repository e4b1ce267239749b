using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Progressive billing over HTTP on a test clock: an amount is passed, and what was used so far is invoiced.</summary>
[Collection(ApiCollection.Name)]
public sealed class ProgressiveBillingTests(ApiServer server)
{
    private int _event;

    [Fact]
    public async Task Each_threshold_invoices_what_is_not_billed_yet_and_the_renewal_bills_the_rest()
    {
        var (clock, account) = await AccountAsync();
        var meter = await MeterAsync();
        var subscription = await SubscribeAsync(account, await PlanAsync(meter));
        var alert = await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "spend", "thresholds": [500, 1500], "invoice": true}""");
        Assert.True(alert.Json.GetProperty("invoice").GetBoolean());
        await AdvanceAsync(clock, "2026-06-10T00:00:00Z");
        await UseAsync(account, meter, ("2026-06-09T00:00:00Z", 49));
        await UseAsync(account, meter, ("2026-06-10T00:00:00Z", 2));
        await ToldAsync(account, "paid: 2026-06-01 base 3000", "paid: 2026-06-01 calls 51 510");

        // A firing makes one piece, however often it is looked at; the cost so far goes on, and what comes next is the rest.
        var grain = server.Services.GetRequiredService<IGrainFactory>().GetGrain<ISubscriptionGrain>(subscription);
        await grain.RunDue(new RunDue(Instant.FromUtc(2026, 6, 10, 0, 0), null, DueKind.UsagePiece));
        await UseAsync(account, meter, ("2026-06-10T00:00:00Z", 9));
        var usage = (await server.Admin.GetAsync($"/v1/accounts/{account}/usage")).Json;
        var charge = Assert.Single(usage.GetProperty("charges").EnumerateArray());
        Assert.Equal((600, 600, 510), (usage.GetProperty("amount").GetInt64(), charge.GetProperty("amount").GetInt64(), charge.GetProperty("billed").GetInt64()));
        Assert.Equal(900, Assert.Single(usage.GetProperty("limits").EnumerateArray()).GetProperty("remaining").GetInt64());
        Assert.Equal(3000 + 90, (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice")).Json.GetProperty("total").GetInt64());

        await AdvanceAsync(clock, "2026-06-15T00:00:00Z");
        await UseAsync(account, meter, ("2026-06-12T00:00:00Z", 140));
        // 100 calls cost 10 each, further ones 5: 1000 and 500.
        await ToldAsync(account, "paid: 2026-06-01 base 3000", "paid: 2026-06-01 calls 51 510", "paid: 2026-06-01 calls 149 990");
        var facts = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data")[0].GetProperty("lines")[0].GetProperty("explain").GetProperty("facts");
        Assert.Equal(("510", "51", "1500", "200"), (Text(facts, "previous_amount"), Text(facts, "previous_quantity"), Text(facts, "running_amount"), Text(facts, "quantity")));

        // An event of before that comes late is in what the renewal bills; one that comes later still is on the next invoice.
        await UseAsync(account, meter, ("2026-06-02T00:00:00Z", 4));
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");
        await UseAsync(account, meter, ("2026-06-20T00:00:00Z", 6));
        await AdvanceAsync(clock, "2026-08-02T00:00:00Z");
        await ToldAsync(
            account, "paid: 2026-06-01 base 3000", "paid: 2026-06-01 calls 51 510", "paid: 2026-06-01 calls 149 990",
            "paid: 2026-06-01 calls 4 20, 2026-07-01 base 3000", "paid: 2026-06-01 calls 6 30, 2026-08-01 base 3000");
        var check = (await server.Admin.GetAsync($"/v1/accounts/{account}/usage/check?meter={meter}")).Json;
        Assert.Equal((true, 6), (check.GetProperty("holds").GetBoolean(), check.GetProperty("once").GetInt32()));
    }

    [Fact]
    public async Task A_plan_s_alert_invoices_the_subscription_that_reaches_it()
    {
        var (clock, account) = await AccountAsync();
        var meter = await MeterAsync();
        var plan = await PlanAsync(meter);
        var (one, other) = (await SubscribeAsync(account, plan), await SubscribeAsync(account, plan));
        await server.Admin.PostAsync("/v1/alerts", $$"""{"plan": "{{plan}}", "kind": "spend", "thresholds": [500], "invoice": true}""");
        await AdvanceAsync(clock, "2026-06-10T00:00:00Z");
        await UseAsync(account, meter, one, ("2026-06-09T00:00:00Z", 30));
        await UseAsync(account, meter, other, ("2026-06-09T00:00:00Z", 60));

        await ToldAsync(account, "paid: 2026-06-01 base 3000", "paid: 2026-06-01 base 3000", "paid: 2026-06-01 calls 60 600");
    }

    [Fact]
    public async Task An_account_s_alert_invoices_all_its_subscriptions_together_where_it_gathers()
    {
        var (clock, account) = await AccountAsync(""", "invoice_grouping": "account" """);
        var meter = await MeterAsync();
        var plan = await PlanAsync(meter);
        var (one, other) = (await SubscribeAsync(account, plan), await SubscribeAsync(account, plan));
        await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "spend", "thresholds": [500], "invoice": true}""");
        await AdvanceAsync(clock, "2026-06-10T00:00:00Z");
        await UseAsync(account, meter, one, ("2026-06-09T00:00:00Z", 35));
        await UseAsync(account, meter, other, ("2026-06-09T00:00:00Z", 35));

        await ToldAsync(account, "paid: 2026-06-01 base 3000", "paid: 2026-06-01 base 3000", "paid: 2026-06-01 calls 35 350, 2026-06-01 calls 35 350");
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");
        Assert.Equal("paid: 2026-07-01 base 3000, 2026-07-01 base 3000", (await InvoicesAsync(account))[^1]);
    }

    [Fact]
    public async Task What_is_voided_is_billed_again_and_what_corrections_made_too_much_is_given_back_by_the_renewal()
    {
        var (clock, account) = await AccountAsync(""", "collection": "send_invoice" """);
        var meter = await MeterAsync();
        await SubscribeAsync(account, await PlanAsync(meter));
        await server.Admin.PostAsync("/v1/alerts", $$"""{"account": "{{account}}", "kind": "spend", "thresholds": [500, 700], "invoice": true}""");
        await AdvanceAsync(clock, "2026-06-10T00:00:00Z");
        await UseAsync(account, meter, ("2026-06-09T00:00:00Z", 60));
        await UntilAsync(async () => (await InvoicesAsync(account)).Count == 2);
        var piece = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data")[0].GetProperty("id").GetString();
        await server.Admin.PostAsync($"/v1/invoices/{piece}/void");
        await UseAsync(account, meter, ("2026-06-09T00:00:00Z", 15));
        await ToldAsync(account, "open: 2026-06-01 base 3000", "void: 2026-06-01 calls 60 600", "open: 2026-06-01 calls 75 750");

        await server.Admin.PostAsync("/v1/usage/corrections", $$"""{"ids": ["e1"], "account": "{{account}}", "action": "amend", "value": "20"}""");
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");
        await ToldAsync(
            account, "open: 2026-06-01 base 3000", "void: 2026-06-01 calls 60 600", "open: 2026-06-01 calls 75 750", "open: 2026-06-01 calls -40 -400, 2026-07-01 base 3000");
        var check = (await server.Admin.GetAsync($"/v1/accounts/{account}/usage/check?meter={meter}")).Json;
        Assert.Equal((true, 2), (check.GetProperty("holds").GetBoolean(), check.GetProperty("once").GetInt32()));
    }

    private static string? Text(JsonElement facts, string name) => facts.GetProperty(name).GetString();

    private async Task<(string Clock, string Account)> AccountAsync(string more = "")
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"{{more}} }""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        return (clock, account);
    }

    private async Task<string> PlanAsync(string meter) => (await server.Admin.PostAsync("/v1/plans", $$"""
        {"code": "u{{Guid.NewGuid():N}}", "name": "Metered", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [
            {"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 3000} },
            {"code": "calls", "kind": "usage", "meter": "{{meter}}", "model": {"type": "graduated", "tiers": [{"up_to": "100", "unit_amount": "10"}, {"up_to": null, "unit_amount": "5"}]} }]}
        """)).Id;

    private async Task<string> SubscribeAsync(string account, string plan) =>
        (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;

    private Task UseAsync(string account, string meter, params (string At, int Value)[] events) => UseAsync(account, meter, null, events);

    private async Task UseAsync(string account, string meter, string? subscription, params (string At, int Value)[] events)
    {
        var named = subscription is null ? "" : $", \"subscription\": \"{subscription}\"";
        var body = string.Join(", ", events.Select(one => $$"""{"id": "e{{++_event}}", "account": "{{account}}", "meter": "{{meter}}", "at": "{{one.At}}", "value": {{one.Value}}{{named}}}"""));
        await server.Admin.PostAsync("/v1/usage/events", $$"""{"events": [{{body}}]}""");
    }

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private async Task<string> MeterAsync()
    {
        var code = "m" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{code}}", "name": "M", "aggregation": "sum"}""");
        return code;
    }

    /// <summary>Waits until the account's invoices are these, the oldest first.</summary>
    private async Task ToldAsync(string account, params string[] expected)
    {
        await UntilAsync(async () => (await InvoicesAsync(account)).SequenceEqual(expected), throws: false);
        Assert.Equal(expected, await InvoicesAsync(account));
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, bool throws = true)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(20))
            {
                Assert.False(throws, "It did not come about.");
                return;
            }

            await Task.Delay(100);
        }
    }

    private async Task<List<string>> InvoicesAsync(string account) =>
        [.. (await server.Admin.GetAsync($"/v1/invoices?account={account}&limit=50")).Json.GetProperty("data").EnumerateArray().Reverse().Select(invoice =>
            $"{invoice.GetProperty("status").GetString()}: " + string.Join(", ", invoice.GetProperty("lines").EnumerateArray().Select(Told)))];

    private static string Told(JsonElement line)
    {
        var quantity = line.GetProperty("kind").GetString() == "usage" ? line.GetProperty("quantity").GetString() + " " : "";
        return $"{line.GetProperty("period").GetProperty("start").GetString()![..10]} {line.GetProperty("price").GetString()} {quantity}{line.GetProperty("amount").GetInt64()}";
    }
}
