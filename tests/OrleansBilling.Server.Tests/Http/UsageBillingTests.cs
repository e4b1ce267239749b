using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Usage over HTTP on a test clock: from the event to the paid line.</summary>
[Collection(ApiCollection.Name)]
public sealed class UsageBillingTests(ApiServer server)
{
    private int _event;

    [Fact]
    public async Task Usage_is_billed_at_the_end_of_its_period_at_a_change_and_at_the_end()
    {
        var (clock, account) = await AccountAsync();
        var meter = await MeterAsync("\"aggregation\": \"sum\"");
        var (basic, tiered) = (await PlanAsync(meter, PerUnit), await PlanAsync(meter, """{"type": "graduated", "tiers": [{"up_to": "100", "unit_amount": "10"}, {"up_to": null, "unit_amount": "5"}]}"""));
        var subscription = await SubscribeAsync(account, basic);
        await UseAsync(account, meter, ("2026-06-01T00:00:00Z", 50), ("2026-06-01T00:00:00.000001Z", 70));
        await AdvanceAsync(clock, "2026-06-30T12:00:00Z");
        await UseAsync(account, meter, ("2026-06-30T11:59:59Z", 30), ("2026-07-01T00:00:00Z", 7));

        var upcoming = (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice")).Json;
        Assert.Equal(3000 + 500, upcoming.GetProperty("total").GetInt64());
        await AdvanceAsync(clock, "2026-07-11T00:00:00Z");
        await UseAsync(account, meter, ("2026-07-10T23:59:59Z", 200), ("2026-07-11T00:00:00Z", 150));
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{tiered}}", "proration": "none"}""");
        await AdvanceAsync(clock, "2026-08-05T00:00:00Z");
        await UseAsync(account, meter, ("2026-08-04T00:00:00Z", 10));
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel", """{"when": "now", "proration": "none"}""");
        await AdvanceAsync(clock, "2026-08-06T00:00:00Z");

        Assert.Equal(
            [
                "paid: 2026-06-01 base 3000",
                "paid: 2026-06-01 calls 150 500, 2026-07-01 base 3000",
                "paid: 2026-07-01 calls 207 1070",
                "paid: 2026-07-11 calls 150 1250, 2026-08-01 base 3000",
                "paid: 2026-08-01 calls 10 100",
            ],
            await ToldAsync(account));
        await HoldsAsync(account, meter, once: 7);
        var line = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data")[3].GetProperty("lines")[0];
        var explain = line.GetProperty("explain").GetProperty("facts");
        Assert.Equal(("usage", "3", meter), (line.GetProperty("kind").GetString(), explain.GetProperty("events").GetString(), explain.GetProperty("meter").GetString()));
        Assert.Equal(("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"), (explain.GetProperty("from").GetString(), explain.GetProperty("to").GetString()));
    }

    [Fact]
    public async Task Stragglers_are_waited_for_as_long_as_the_plan_says()
    {
        var (clock, account) = await AccountAsync();
        var meter = await MeterAsync("\"aggregation\": \"count\"");
        var plan = await PlanAsync(meter, PerUnit, ", \"usage_grace_hours\": 48");
        var subscription = await SubscribeAsync(account, plan);
        await UseAsync(account, meter, [.. Enumerable.Repeat(("2026-06-01T10:00:00Z", 1), 101)]);
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");
        await UseAsync(account, meter, ("2026-06-30T10:00:00Z", 1), ("2026-07-01T10:00:00Z", 1));
        Assert.Equal(10 * 2, (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice")).Json.GetProperty("total").GetInt64());
        await AdvanceAsync(clock, "2026-07-04T00:00:00Z");

        Assert.Equal(["paid: 2026-06-01 base 3000", "paid: 2026-07-01 base 3000", "paid: 2026-06-01 calls 102 20"], await ToldAsync(account));
    }

    [Fact]
    public async Task Events_without_a_subscription_belong_to_the_oldest_that_prices_their_meter()
    {
        var (clock, account) = await AccountAsync();
        var meter = await MeterAsync("\"aggregation\": \"sum\"");
        var plan = await PlanAsync(meter, """{"type": "per_unit", "unit_amount": "1"}""");
        var (old, young) = (await SubscribeAsync(account, plan), await SubscribeAsync(account, plan));
        await AdvanceAsync(clock, "2026-06-02T00:00:00Z");
        await UseAsync(account, meter, ("2026-06-01T10:00:00Z", 1));
        await UseAsync(account, meter, young, ("2026-06-01T10:00:00Z", 20));
        await UseAsync(account, meter, old, ("2026-06-01T11:00:00Z", 300));
        await AdvanceAsync(clock, "2026-06-11T00:30:00Z");
        await server.Admin.PostAsync($"/v1/subscriptions/{old}/cancel", """{"when": "now", "proration": "none"}""");
        await UseAsync(account, meter, ("2026-06-11T00:29:59.999999Z", 4000), ("2026-06-11T00:30:00Z", 50000));
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");

        Assert.Equal(
            ["paid: 2026-06-01 base 3000", "paid: 2026-06-01 base 3000", "paid: 2026-06-01 calls 301 301", "paid: 2026-06-01 calls 4000 4000", "paid: 2026-06-01 calls 50020 50020, 2026-07-01 base 3000"],
            await ToldAsync(account));
        await HoldsAsync(account, meter, once: 5);
    }

    [Theory]
    [InlineData(false, "void: 2026-06-01 base 3000|paid: 2026-06-01 base 3000|paid: 2026-06-01 calls 7 7, 2026-07-01 base 3000")]
    [InlineData(true, "paid: 2026-06-01 base 3000|paid: 2026-06-01 base 3000|paid: 2026-06-01 calls 7 7, 2026-07-01 base 3000|paid: 2026-07-01 base 3000")]
    public async Task Events_without_a_subscription_belong_to_one_that_waits_for_its_first_payment_once_it_is_paid(bool paid, string told)
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        var meter = await MeterAsync("\"aggregation\": \"sum\"");
        var plan = await PlanAsync(meter, """{"type": "per_unit", "unit_amount": "1"}""");
        var gated = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}", "payment_behavior": "require_payment"}""");
        Assert.Equal("incomplete", gated["status"]);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        await AdvanceAsync(clock, "2026-06-01T01:00:00Z");
        await SubscribeAsync(account, plan);
        await UseAsync(account, meter, ("2026-06-01T01:00:00Z", 7));
        if (paid)
        {
            var first = (await server.Admin.GetAsync($"/v1/subscriptions/{gated.Id}")).Json.GetProperty("latest_invoice").GetString();
            await server.Admin.SendAsync("POST", $"/v1/invoices/{first}/pay", "{}");
        }

        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");

        Assert.Equal(told.Split('|'), await ToldAsync(account));
        await HoldsAsync(account, meter, once: 1);
    }

    [Fact]
    public async Task A_change_dated_back_takes_events_from_who_has_billed_them()
    {
        var (clock, account) = await AccountAsync();
        var meter = await MeterAsync("\"aggregation\": \"sum\"");
        var metered = await PlanAsync(meter, """{"type": "per_unit", "unit_amount": "1"}""");
        var old = (await server.Admin.PostAsync(
            "/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{await server.Admin.PlanAsync()}}", "start_at": "2026-06-15T00:00:00Z"}""")).Id;
        await AdvanceAsync(clock, "2026-06-02T00:00:00Z");
        await SubscribeAsync(account, metered);
        await AdvanceAsync(clock, "2026-06-25T00:00:00Z");
        await UseAsync(account, meter, ("2026-06-19T00:00:00Z", 10), ("2026-06-24T00:00:00Z", 300));
        await AdvanceAsync(clock, "2026-07-05T00:00:00Z");

        await server.Admin.PostAsync($"/v1/subscriptions/{old}/change", $$"""{"plan": "{{metered}}", "when": "2026-06-20T00:00:00Z", "proration": "none"}""");
        await AdvanceAsync(clock, "2026-07-16T00:00:00Z");

        Assert.Equal(
            ["2026-06-02 calls 310 310", "2026-06-20 calls 300 300"],
            (await ToldAsync(account)).SelectMany(told => told[(told.IndexOf(": ", StringComparison.Ordinal) + 2)..].Split(", ")).Where(line => line.Contains("calls", StringComparison.Ordinal)));
        var note = (await server.Admin.GetAsync($"/v1/credit_notes?account={account}")).Json.GetProperty("data").EnumerateArray().Single();
        Assert.Equal(("usage_corrected", 300), (note.GetProperty("reason").GetString(), note.GetProperty("total").GetInt32()));
        await HoldsAsync(account, meter, once: 2);
    }

    [Fact]
    public async Task Plans_name_meters_that_there_are_and_no_event_is_charged_twice()
    {
        var meter = await MeterAsync("\"aggregation\": \"count\"");
        string Plan(string prices) => $$"""{"code": "u{{Guid.NewGuid():N}}", "name": "U", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [{{prices}}]}""";
        string Price(string code, string of, string more) => $$"""{"code": "{{code}}", "kind": "usage", "meter": "{{of}}", "model": {"type": "per_unit", "unit_amount": "1"}{{more}}}""";

        Assert.Equal("unknown_meter", (await server.Admin.SendAsync("POST", "/v1/plans", Plan(Price("a", "nothing", ""))))["code"]);
        Assert.Equal("overlapping_filters", (await server.Admin.SendAsync("POST", "/v1/plans", Plan(Price("a", meter, "") + "," + Price("b", meter, ", \"filters\": {\"region\": [\"eu\"]}"))))["code"]);
        Assert.Equal(
            "meter_without_values",
            (await server.Admin.SendAsync("POST", "/v1/plans", Plan(Price("a", meter, "").Replace("\"type\": \"per_unit\", \"unit_amount\": \"1\"", "\"type\": \"percentage\", \"rate\": \"1\"", StringComparison.Ordinal))))["code"]);
        var plan = (await server.Admin.PostAsync("/v1/plans", Plan(Price("a", meter, ", \"filters\": {\"region\": [\"eu\"]}") + "," + Price("b", meter, ", \"filters\": {\"region\": [\"us\"]}")))).Id;
        var account = await server.Admin.AccountAsync();
        Assert.Equal("quantity_is_metered", (await server.Admin.SendAsync("POST", "/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}", "quantities": {"a": "2"} }"""))["code"]);
    }

    [Theory]
    [InlineData("rerate", "paid: 2026-06-01 calls 20 200, 2026-08-01 base 3000")]
    [InlineData("carry_forward", "paid: 2026-07-01 calls 20 0, 2026-08-01 base 3000")]
    [InlineData("ignore", "paid: 2026-08-01 base 3000")]
    public async Task Events_that_come_beside_the_close_go_by_the_policy_of_their_meter(string policy, string told)
    {
        var (clock, account) = await AccountAsync();
        var meter = await MeterAsync($"\"aggregation\": \"sum\", \"late_policy\": \"{policy}\"");
        await SubscribeAsync(account, await PlanAsync(meter, PerUnit));
        await UseAsync(account, meter, ("2026-06-01T00:00:00Z", 150));
        await AdvanceAsync(clock, "2026-07-01T00:00:00Z");

        await UseAsync(account, meter, ("2026-06-30T23:59:59Z", 20));
        await AdvanceAsync(clock, "2026-08-02T00:00:00Z");

        Assert.Equal(["paid: 2026-06-01 base 3000", "paid: 2026-06-01 calls 150 500, 2026-07-01 base 3000", told], await ToldAsync(account));
        await HoldsAsync(account, meter, once: 2);
    }

    [Fact]
    public async Task Late_events_and_corrections_of_a_closed_period_are_found_by_themselves()
    {
        var (clock, account) = await AccountAsync();
        var meter = await MeterAsync("\"aggregation\": \"sum\"");
        await SubscribeAsync(account, await PlanAsync(meter, PerUnit));
        await AdvanceAsync(clock, "2026-06-06T00:00:00Z");
        await UseAsync(account, meter, ("2026-06-05T00:00:00Z", 150), ("2026-06-06T00:00:00Z", 50));
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");

        var correction = $$"""{"ids": ["e{{_event}}"], "account": "{{account}}", "action": "amend", "value": "10", "preview": true}""";
        var rows = await server.RowCountsAsync();
        var billed = (await server.Admin.PostAsync("/v1/usage/corrections", correction)).Json.GetProperty("billed").EnumerateArray().Single();
        Assert.Equal(rows, await server.RowCountsAsync());
        var period = billed.GetProperty("periods").EnumerateArray().Single();
        Assert.Equal(
            ("rerate", "billed", "200", "160", 1000, 600),
            (period.GetProperty("late_policy").GetString(), period.GetProperty("outcome").GetString(), period.GetProperty("quantity_before").GetString(),
                period.GetProperty("quantity_after").GetString(), period.GetProperty("amount_before").GetInt32(), period.GetProperty("amount_after").GetInt32()));
        var taken = billed.GetProperty("lines").EnumerateArray().Single();
        Assert.Equal((-400, period.GetProperty("invoices")[0].GetString()), (taken.GetProperty("amount").GetInt32(), taken.GetProperty("credited_invoice").GetString()));

        await server.Admin.PostAsync("/v1/usage/corrections", correction.Replace(", \"preview\": true", "", StringComparison.Ordinal));
        await AdvanceAsync(clock, "2026-07-03T00:00:00Z");
        Assert.Equal((true, false), (taken.GetProperty("credit_note").GetBoolean(), taken.GetProperty("waits").GetBoolean()));
        var credit = (await server.Admin.GetAsync($"/v1/credit_notes?invoice={period.GetProperty("invoices")[0]}")).Json.GetProperty("data").EnumerateArray().Single();
        Assert.Equal((400, taken.GetProperty("credited_line").GetString()), (credit.GetProperty("total").GetInt64(), credit.GetProperty("lines")[0].GetProperty("line").GetString()));
        Assert.Equal(400, (await server.Admin.GetAsync($"/v1/accounts/{account}")).Json.GetProperty("balance").GetInt64());

        // Events are rolled up in their own time: whoever does it asks for the look.
        await UseAsync(account, meter, ("2026-06-07T00:00:00Z", 5));
        var found = "";
        for (var minute = 1; minute < 600 && found.Length == 0; minute++)
        {
            await Task.Delay(20);
            await AdvanceAsync(clock, $"2026-07-04T{minute / 60:00}:{minute % 60:00}:00Z");
            found = (await server.Admin.GetAsync($"/v1/accounts/{account}/pending_lines")).Json.GetProperty("data").EnumerateArray().Select(Told).SingleOrDefault() ?? "";
        }

        Assert.Equal("2026-06-01 calls 5 50", found);
    }

    /// <summary>Every event of billed periods was counted once.</summary>
    private async Task HoldsAsync(string account, string meter, int once, int unbilled = 0)
    {
        var check = (await server.Admin.GetAsync($"/v1/accounts/{account}/usage/check?meter={meter}")).Json;
        Assert.True(check.GetProperty("holds").GetBoolean(), check.GetRawText());
        Assert.Equal((once, unbilled), (check.GetProperty("once").GetInt32(), check.GetProperty("unbilled").GetInt32()));
    }

    private const string PerUnit = """{"type": "per_unit", "unit_amount": "10", "free_units": "100"}""";

    private async Task<(string Clock, string Account)> AccountAsync()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        return (clock, account);
    }

    private async Task<string> PlanAsync(string meter, string model, string more = "") => (await server.Admin.PostAsync("/v1/plans", $$"""
        {"code": "u{{Guid.NewGuid():N}}", "name": "Metered", "currency": "usd", "interval": {"unit": "month", "count": 1}{{more}}, "prices": [
            {"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 3000} },
            {"code": "calls", "kind": "usage", "meter": "{{meter}}", "model": {{model}} }]}
        """)).Id;

    private async Task<string> SubscribeAsync(string account, string plan) =>
        (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;

    private Task UseAsync(string account, string meter, params (string At, int Value)[] events) => UseAsync(account, meter, null, events);

    private async Task UseAsync(string account, string meter, string? subscription, params (string At, int Value)[] events)
    {
        var named = subscription is null ? "" : $", \"subscription\": \"{subscription}\"";
        var body = string.Join(", ", events.Select(one => $$"""{"id": "e{{++_event}}", "account": "{{account}}", "meter": "{{meter}}", "at": "{{one.At}}", "value": {{one.Value}}{{named}}}"""));
        var taken = (await server.Admin.PostAsync("/v1/usage/events", $$"""{"events": [{{body}}]}""")).Json;
        Assert.Equal((events.Length, 0), (taken.GetProperty("accepted").GetInt32(), taken.GetProperty("rejected").GetArrayLength()));
    }

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private async Task<string> MeterAsync(string members)
    {
        var code = "m" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/meters", $$"""{"code": "{{code}}", "name": "M", {{members}} }""");
        return code;
    }

    private async Task<List<string>> ToldAsync(string account) =>
        [.. (await server.Admin.GetAsync($"/v1/invoices?account={account}&limit=50")).Json.GetProperty("data").EnumerateArray().Reverse().Select(invoice =>
            $"{invoice.GetProperty("status").GetString()}: " + string.Join(", ", invoice.GetProperty("lines").EnumerateArray().Select(Told)))];

    private static string Told(JsonElement line)
    {
        var quantity = line.GetProperty("kind").GetString() == "usage" ? line.GetProperty("quantity").GetString() + " " : "";
        return $"{line.GetProperty("period").GetProperty("start").GetString()![..10]} {line.GetProperty("price").GetString()} {quantity}{line.GetProperty("amount").GetInt64()}";
    }
}
