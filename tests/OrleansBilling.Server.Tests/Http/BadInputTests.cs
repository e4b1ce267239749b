using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>
/// What makes no sense to sell, change or give back is refused over HTTP, each with a code of its own and a sentence, and writes
/// nothing.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed class BadInputTests(ApiServer server)
{
    private const string Plans = "/v1/plans";
    private const string Subscriptions = "/v1/subscriptions";
    private const string Change = "/v1/subscriptions/{sub}/change";
    private const string Notes = "/v1/credit_notes";

    /// <summary>Path, body, status, code. Names in braces stand for what <see cref="SceneAsync"/> makes.</summary>
    private static readonly (string Path, string Body, int Status, string Code)[] Refused =
    [
        // Tiers that overlap, leave a gap, or have no last one: a bound says where one ends and the next begins.
        (Plans, Tiers("""{"up_to": "10", "unit_amount": "2"}, {"up_to": "5", "unit_amount": "1"}, {"up_to": null, "unit_amount": "1"}"""), 422, "tiers_not_ascending"),
        (Plans, Tiers("""{"up_to": "10", "unit_amount": "2"}, {"up_to": "10", "unit_amount": "1"}, {"up_to": null, "unit_amount": "1"}"""), 422, "tiers_not_ascending"),
        (Plans, Tiers("""{"up_to": "0", "unit_amount": "2"}, {"up_to": null, "unit_amount": "1"}"""), 422, "tiers_not_ascending"),
        (Plans, Tiers("""{"up_to": "10", "unit_amount": "2"}, {"up_to": "20", "unit_amount": "1"}"""), 422, "last_tier_not_open"),
        (Plans, Tiers("""{"up_to": null, "unit_amount": "2"}, {"up_to": null, "unit_amount": "1"}"""), 422, "open_tier_not_last"),
        (Plans, Tiers("""{"up_to": "10", "unit_amount": "2"}, {"from": "12", "up_to": null, "unit_amount": "1"}"""), 400, "unknown_field"),
        (Plans, Tiers(""), 400, "too_many"),

        // Quantities below zero.
        (Subscriptions, """{"account": "{account}", "plan": "{plan}", "quantities": {"base": "-1"} }""", 422, "negative_quantity"),
        (Subscriptions, """{"account": "{account}", "plan": "{plan}", "add_ons": [{"plan": "{other}", "quantities": {"base": "-1"} }]}""", 422, "negative_quantity"),
        (Change, """{"quantities": {"base": "-0.5"} }""", 422, "negative_quantity"),
        ("/v1/subscriptions/{sub}/items", """{"plan": "{other}", "quantities": {"base": "-2"} }""", 422, "negative_quantity"),
        ("/v1/quotes/price", """{"currency": "usd", "model": {"type": "per_unit", "unit_amount": "1"}, "quantity": "-1"}""", 422, "negative_quantity"),
        ("/v1/accounts/{account}/pending_lines", """{"description": "x", "quantity": "-1", "unit_amount": "100"}""", 422, "negative_quantity"),
        ("/v1/invoices", """{"account": "{account}", "lines": [{"description": "x", "quantity": "-1", "unit_amount": "100"}]}""", 422, "negative_quantity"),

        // Price codes that the plan does not have.
        (Subscriptions, """{"account": "{account}", "plan": "{plan}", "quantities": {"seats": "1"} }""", 422, "unknown_price"),
        (Subscriptions, """{"account": "{account}", "plan": "{plan}", "price_overrides": {"seats": {"percent_off": "10"} } }""", 422, "unknown_price"),
        (Change, """{"quantities": {"seats": "1"} }""", 422, "unknown_price"),
        (Change, """{"price_overrides": {"seats": {"percent_off": "10"} } }""", 422, "unknown_price"),
        ("/v1/subscriptions/{sub}/items", """{"price": "seats"}""", 422, "unknown_price"),

        // A currency in which the plan is not sold.
        (Subscriptions, """{"account": "{euro}", "plan": "{plan}"}""", 422, "currency_not_sold"),
        (Change, """{"plan": "{in_euro}"}""", 422, "currency_not_sold"),
        ("/v1/subscriptions/{sub}/items", """{"plan": "{in_euro}"}""", 422, "currency_not_sold"),

        // Outside of the current period.
        (Change, """{"quantities": {"base": "2"}, "when": "2091-05-31T23:59:59Z"}""", 422, "outside_period"),
        (Change, """{"quantities": {"base": "2"}, "when": "2091-07-01T00:00:01Z"}""", 422, "outside_period"),
        ("/v1/subscriptions/{sub}/items", """{"plan": "{other}", "when": "2091-07-02T00:00:00Z"}""", 422, "outside_period"),
        ("/v1/subscriptions/{sub}/cancel", """{"when": "2091-05-01T00:00:00Z"}""", 422, "outside_period"),
        ("/v1/subscriptions/{sub}/pause", """{"when": "2091-05-31T00:00:00Z"}""", 422, "outside_period"),

        // Coupons that are over.
        (Subscriptions, """{"account": "{account}", "plan": "{plan}", "coupons": ["{expired}"]}""", 422, "coupon_expired"),
        (Subscriptions, """{"account": "{account}", "plan": "{plan}", "coupons": ["{exhausted}"]}""", 422, "coupon_exhausted"),
        ("/v1/subscriptions/{sub}/add_coupon", """{"coupon": "{expired}"}""", 422, "coupon_expired"),
        ("/v1/subscriptions/{sub}/add_coupon", """{"coupon": "{exhausted}"}""", 422, "coupon_exhausted"),
        ("/v1/invoices", """{"account": "{account}", "lines": [{"description": "x", "amount": 100}], "coupons": ["{exhausted}"]}""", 422, "coupon_exhausted"),

        // More credit than is left.
        (Notes, """{"invoice": "{invoice}", "amount": 2001, "reason": "r", "settle": "credit"}""", 422, "credit_above_left"),
        (Notes, """{"invoice": "{invoice}", "lines": [{"line": "{line}", "amount": 2001}], "reason": "r", "settle": "refund"}""", 422, "credit_above_left"),
        ("/v1/credit_notes/preview", """{"invoice": "{invoice}", "amount": 2001, "reason": "r", "settle": "offset"}""", 422, "credit_above_left"),
    ];

    [Fact]
    public async Task Each_bad_input_is_refused_with_its_own_code_and_a_sentence_and_nothing_is_written()
    {
        var names = await SceneAsync();
        var before = await server.RowCountsAsync();
        var wrong = new List<string>();
        foreach (var (path, body, status, code) in Refused)
        {
            var answer = await server.Admin.SendAsync("POST", Filled(path, names), Filled(body, names), Guid.NewGuid().ToString());
            var told = answer.Json;
            if ((status, code) != (answer.Status, Text(told, "code")) || Text(told, "detail") is not { } detail || !detail.Contains(' ') || !detail.EndsWith('.'))
            {
                wrong.Add($"{path} {body}: {answer.Status} {answer.Text}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(before, await server.RowCountsAsync());
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    /// <summary>A subscription in June 2091 with a paid invoice of 20.00, and what cannot be used with it.</summary>
    private async Task<Dictionary<string, string>> SceneAsync()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2091-06-01T00:00:00Z"}""")).Id;
        var account = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = await server.Admin.PlanAsync("""{"type": "per_unit", "unit_amount": "2000"}""");
        var exhausted = await CouponAsync(""" "max_redemptions": 1 """);
        var sub = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        var other = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{other}}", "plan": "{{plan}}", "coupons": ["{{exhausted}}"]}""");
        var euro = "e" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync(Plans, $$"""
            {"code": "{{euro}}", "name": "Euro", "currency": "eur", "interval": {"unit": "month", "count": 1},
             "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 100} }]}
            """);
        // A coupon is over by the account's clock.
        var expired = await CouponAsync(""" "redeem_by": "2090-01-01T00:00:00Z" """);
        var invoice = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data")[0];
        return new Dictionary<string, string>
        {
            ["account"] = account,
            ["plan"] = plan,
            ["other"] = await server.Admin.PlanAsync("""{"type": "per_unit", "unit_amount": "100"}"""),
            ["sub"] = sub,
            ["euro"] = (await server.Admin.PostAsync("/v1/accounts", """{"name": "Eve", "currency": "eur", "time_zone": "UTC"}""")).Id,
            ["in_euro"] = euro,
            ["expired"] = expired,
            ["exhausted"] = exhausted,
            ["invoice"] = invoice.GetProperty("id").GetString()!,
            ["line"] = invoice.GetProperty("lines")[0].GetProperty("id").GetString()!,
        };
    }

    private async Task<string> CouponAsync(string limits)
    {
        var code = "c" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/coupons", $$"""{"code": "{{code}}", "percent_off": "10", "duration": "once", {{limits}}}""");
        return code;
    }

    private static string Filled(string text, Dictionary<string, string> names) =>
        names.Aggregate(text, (filled, name) => filled.Replace("{" + name.Key + "}", name.Value, StringComparison.Ordinal));

    private static string Tiers(string tiers) =>
        $$"""{"code": "bad-tiers", "name": "Bad", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [{"code": "base", "kind": "recurring", "model": {"type": "graduated", "tiers": [{{tiers}}]} }]}""";
}
