using System.Globalization;
using System.Text.Json;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Coupons over HTTP: made, attached, counted, and seen on invoices.</summary>
[Collection(ApiCollection.Name)]
public sealed class CouponTests(ApiServer server)
{
    [Fact]
    public async Task A_coupon_is_made_read_listed_and_archived()
    {
        var plan = await server.Admin.PlanAsync();
        var (code, key) = (NewCode(), Guid.NewGuid().ToString());
        var body = $$"""
            {"code": "{{code}}", "percent_off": "12.5", "duration": "repeating", "periods": 3, "applies_to": ["{{plan}}", "base", "{{plan}}/base"],
             "max_redemptions": 100, "redeem_by": "2090-01-01T00:00:00Z", "metadata": {"campaign": "spring"} }
            """;
        var made = await server.Admin.PostAsync("/v1/coupons", body, key);
        Assert.Equal((201, "coupon", "12.5", "repeating"), (made.Status, made["object"], made["percent_off"], made["duration"]));
        Assert.Equal((3, 100, 0), (Whole(made.Json, "periods"), Whole(made.Json, "max_redemptions"), Whole(made.Json, "redemptions")));
        Assert.True((await server.Admin.PostAsync("/v1/coupons", body, key)).Replayed);
        Assert.Equal(made.Text, (await server.Admin.GetAsync($"/v1/coupons/{code}")).Text);
        Assert.Contains(
            code, (await server.Admin.GetAsync("/v1/coupons?limit=100")).Json.GetProperty("data").EnumerateArray().Select(coupon => coupon.GetProperty("code").GetString()));

        var archived = await server.Admin.PostAsync($"/v1/coupons/{code}/archive");
        Assert.NotEqual(JsonValueKind.Null, archived.Json.GetProperty("archived_at").ValueKind);
        Assert.Equal(archived["archived_at"], (await server.Admin.PostAsync($"/v1/coupons/{code}/archive"))["archived_at"]);
        await RefusedAsync("/v1/coupons", body, 409, "coupon_exists");
        Assert.Equal(404, (await server.Admin.GetAsync("/v1/coupons/no-such-coupon")).Status);
    }

    [Theory]
    [InlineData("""{"duration": "once"}""", 422, "one_discount_needed")]
    [InlineData("""{"percent_off": "10", "amount_off": 5, "currency": "usd", "duration": "once"}""", 422, "one_discount_needed")]
    [InlineData("""{"percent_off": "0", "duration": "once"}""", 400, "percent_out_of_range")]
    [InlineData("""{"percent_off": "-5", "duration": "once"}""", 400, "percent_out_of_range")]
    [InlineData("""{"percent_off": "100.01", "duration": "once"}""", 400, "percent_out_of_range")]
    [InlineData("""{"percent_off": 10, "duration": "once"}""", 400, "invalid_type")]
    [InlineData("""{"percent_off": "10", "currency": "usd", "duration": "once"}""", 422, "currency_needs_amount")]
    [InlineData("""{"amount_off": 0, "currency": "usd", "duration": "once"}""", 400, "amount_out_of_range")]
    [InlineData("""{"amount_off": -1, "currency": "usd", "duration": "once"}""", 400, "amount_out_of_range")]
    [InlineData("""{"amount_off": 100, "duration": "once"}""", 422, "currency_needed")]
    [InlineData("""{"amount_off": 100, "currency": "zzz", "duration": "once"}""", 400, "unknown_currency")]
    [InlineData("""{"percent_off": "10"}""", 400, "missing_field")]
    [InlineData("""{"percent_off": "10", "duration": "sometimes"}""", 400, "invalid_value")]
    [InlineData("""{"percent_off": "10", "duration": "repeating"}""", 422, "periods_needed")]
    [InlineData("""{"percent_off": "10", "duration": "repeating", "periods": 0}""", 400, "periods_out_of_range")]
    [InlineData("""{"percent_off": "10", "duration": "once", "periods": 2}""", 422, "periods_need_repeating")]
    [InlineData("""{"percent_off": "10", "duration": "forever", "periods": 2}""", 422, "periods_need_repeating")]
    [InlineData("""{"percent_off": "10", "duration": "once", "max_redemptions": 0}""", 400, "max_redemptions_out_of_range")]
    [InlineData("""{"percent_off": "10", "duration": "once", "redeem_by": "2020-01-01T00:00:00Z"}""", 422, "redeem_by_in_past")]
    [InlineData("""{"percent_off": "10", "duration": "once", "carry_remainder": true}""", 422, "carry_remainder_needs_amount_once")]
    [InlineData("""{"amount_off": 10, "currency": "usd", "duration": "forever", "carry_remainder": true}""", 422, "carry_remainder_needs_amount_once")]
    [InlineData("""{"percent_off": "10", "duration": "once", "applies_to": ["no-such-plan-or-price"]}""", 422, "unknown_applies_to")]
    [InlineData("""{"percent_off": "10", "duration": "once", "applies_to": ["a/b/c"]}""", 400, "invalid_code")]
    [InlineData("""{"percent_off": "10", "duration": "once", "applies_to": ["x", "x"]}""", 422, "duplicate_code")]
    [InlineData("""{"percent_off": "10", "duration": "once", "applies_to": []}""", 400, "too_many")]
    [InlineData("""{"percent_off": "10", "duration": "once", "plan": "pro"}""", 400, "unknown_field")]
    public async Task A_coupon_that_cannot_be_is_refused(string body, int status, string code)
    {
        var before = await server.RowCountsAsync();
        await RefusedAsync("/v1/coupons", body.Replace("{", $$"""{"code": "{{NewCode()}}", """, StringComparison.Ordinal), status, code);
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Fact]
    public async Task Coupons_reduce_invoices_in_order_and_end_when_they_have_served()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-04-01T00:00:00Z"}""")).Id;
        var account = await AccountAsync(clock);
        var (pro, max) = (await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}"""), await server.Admin.PlanAsync("""{"type": "flat", "amount": 6000}"""));
        var percent = await CouponAsync(""" "percent_off": "10", "duration": "repeating", "periods": 2 """);
        var amount = await CouponAsync(""" "amount_off": 600, "currency": "usd", "duration": "forever" """);

        var subscription = await server.Admin.PostAsync(
            "/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{pro}}", "coupons": ["{{percent}}", "{{amount}}"]}""");
        var attached = subscription.Json.GetProperty("coupons").EnumerateArray().ToList();
        Assert.Equal([percent, amount], attached.Select(coupon => coupon.GetProperty("coupon").GetString()));
        Assert.Equal((1, 0), (Whole(attached[0], "periods_left"), Whole(attached[1], "amount_left")));

        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-04-11T12:00:00Z"}""");
        var preview = await server.Admin.PostAsync($"/v1/subscriptions/{subscription.Id}/change/preview", $$"""{"plan": "{{max}}", "proration": "day"}""");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription.Id}/change", $$"""{"plan": "{{max}}", "proration": "day"}""");
        var upcoming = await server.Admin.GetAsync($"/v1/subscriptions/{subscription.Id}/upcoming_invoice");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-02T00:00:00Z"}""");

        // 3000 - 300 - 600; then -2000 with 200 and 400 back, and 4000 - 400 - 400 of the amount that was taken back.
        var invoices = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Reverse().ToList();
        Assert.Equal([2100, 1800, 4800, 5400], invoices.Select(invoice => Whole(invoice, "total")));
        Assert.All(invoices, invoice => Assert.Equal("paid", invoice.GetProperty("status").GetString()));
        Assert.Equal((1800, 4800), (Whole(preview.Json, "total"), Whole(upcoming.Json, "total")));
        var line = invoices[0].GetProperty("lines")[0];
        Assert.Equal((900, 900), (Whole(line, "discount_amount"), Whole(invoices[0], "discount_total")));
        Assert.Equal([(percent, 300L), (amount, 600L)], line.GetProperty("discounts").EnumerateArray().Select(part => (part.GetProperty("coupon").GetString()!, part.GetProperty("amount").GetInt64())));

        var shown = (await server.Admin.GetAsync($"/v1/subscriptions/{subscription.Id}")).Json.GetProperty("coupons").EnumerateArray();
        Assert.Equal([amount], shown.Select(coupon => coupon.GetProperty("coupon").GetString()));
        Assert.Equal(1, Whole((await server.Admin.GetAsync($"/v1/coupons/{amount}")).Json, "redemptions"));
        var events = (await server.Admin.GetAsync($"/v1/events?account={account}&limit=100")).Json.GetProperty("data").EnumerateArray().Select(told => told.GetProperty("type").GetString()).ToList();
        Assert.Equal((2, 1), (events.Count(type => type == "coupon.redeemed"), events.Count(type => type == "discount.ended")));
        Assert.Equal(
            14100, await ScratchCluster.ScalarAsync<long>(server.ConnectionString, $"select sum(amount)::bigint from journal_entry where account = '{account}' and credit = 'billed_revenue'"));
        Assert.Equal(
            900 + 200 + 1200, await ScratchCluster.ScalarAsync<long>(server.ConnectionString, $"select sum(amount)::bigint from billing_discounts where account = '{account}' and issued_at < '2026-06-01'"));
    }

    [Fact]
    public async Task A_coupon_is_added_and_taken_off()
    {
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{await AccountAsync()}}", "plan": "{{plan}}"}""")).Id;
        var coupon = await CouponAsync($$""" "percent_off": "50", "duration": "forever", "applies_to": ["{{plan}}"] """);

        var added = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/add_coupon", $$"""{"coupon": "{{coupon}}"}""");
        Assert.Equal(coupon, added.Json.GetProperty("coupons")[0].GetProperty("coupon").GetString());
        Assert.Equal(1500, Whole((await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice")).Json, "total"));
        await RefusedAsync($"/v1/subscriptions/{subscription}/add_coupon", $$"""{"coupon": "{{coupon}}"}""", 422, "coupon_attached");

        var removed = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/remove_coupon", $$"""{"coupon": "{{coupon}}"}""");
        Assert.Equal(0, removed.Json.GetProperty("coupons").GetArrayLength());
        Assert.Equal(3000, Whole((await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice")).Json, "total"));
        await RefusedAsync($"/v1/subscriptions/{subscription}/remove_coupon", $$"""{"coupon": "{{coupon}}"}""", 422, "coupon_not_attached");
        await RefusedAsync($"/v1/subscriptions/{subscription}/add_coupon", """{"coupon": "no-such-coupon"}""", 404, "coupon_not_found");
    }

    [Fact]
    public async Task A_coupon_that_cannot_be_redeemed_is_refused_and_nothing_is_written()
    {
        var account = await AccountAsync();
        var plan = await server.Admin.PlanAsync();
        var archived = await CouponAsync(""" "percent_off": "10", "duration": "once" """);
        await server.Admin.PostAsync($"/v1/coupons/{archived}/archive");
        var euro = await CouponAsync(""" "amount_off": 100, "currency": "eur", "duration": "once" """);
        var other = await CouponAsync($$""" "percent_off": "10", "duration": "once", "applies_to": ["{{await server.Admin.PlanAsync()}}"] """);
        var single = await CouponAsync(""" "percent_off": "10", "duration": "once", "max_redemptions": 1 """);
        await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}", "coupons": ["{{single}}"]}""");
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2091-01-01T00:00:00Z"}""")).Id;
        var late = await AccountAsync(clock);
        var dated = await CouponAsync(""" "percent_off": "10", "duration": "once", "redeem_by": "2090-01-01T00:00:00Z" """);
        var before = await server.RowCountsAsync();

        foreach (var (who, coupons, status, code) in new[]
        {
            (account, $"\"{archived}\"", 422, "coupon_archived"), (account, $"\"{euro}\"", 422, "coupon_wrong_currency"),
            (account, $"\"{other}\"", 422, "coupon_applies_to_nothing"), (account, $"\"{single}\"", 422, "coupon_exhausted"),
            (late, $"\"{dated}\"", 422, "coupon_expired"), (account, "\"no-such\"", 404, "coupon_not_found"), (account, $"\"{dated}\", \"{dated}\"", 422, "coupon_attached"),
        })
        {
            await RefusedAsync("/v1/subscriptions", $$"""{"account": "{{who}}", "plan": "{{plan}}", "coupons": [{{coupons}}]}""", status, code);
        }

        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Theory]
    [InlineData("""[{"percent_off": "10"}, {"amount_off": 600}]""", "900,450", 6150)]
    [InlineData("""[{"amount_off": 600}, {"percent_off": "10"}]""", "860,430", 6210)]
    [InlineData("""[{"percent_off": "100"}]""", "5000,2500", 0)]
    [InlineData("""[{"percent_off": "50", "applies_to": ["seats"]}]""", "0,1250", 6250)]
    [InlineData("""[{"amount_off": 9000, "applies_to": ["base"]}, {"percent_off": "1"}]""", "5000,25", 2475)]
    public async Task An_invoice_is_quoted_with_coupons(string coupons, string discounts, long net)
    {
        var answer = await server.Admin.PostAsync("/v1/quotes/invoice", $$"""
            {"currency": "usd", "coupons": {{coupons}},
             "lines": [{"amount": 5000, "price": "base", "tax_rates": ["20"]}, {"amount": 2500, "price": "seats", "tax_rates": ["20"]}]}
            """);
        Assert.Equal(discounts, string.Join(',', answer.Json.GetProperty("lines").EnumerateArray().Select(line => Whole(line, "discount_amount"))));
        Assert.Equal((7500, 7500 - net, net / 5, net + (net / 5)), (Whole(answer.Json, "subtotal"), Whole(answer.Json, "discount_total"), Whole(answer.Json, "tax_total"), Whole(answer.Json, "total")));
    }

    [Fact]
    public async Task A_one_off_invoice_takes_coupons_and_redeems_them()
    {
        var account = await AccountAsync();
        var coupon = await CouponAsync(""" "percent_off": "25", "duration": "once", "max_redemptions": 1 """);
        var body = $$"""{"account": "{{account}}", "lines": [{"description": "Workshop", "amount": 1000}], "coupons": ["{{coupon}}"] }""";

        var made = await server.Admin.PostAsync("/v1/invoices", body);

        Assert.Equal((750, 250, "paid"), (Whole(made.Json, "total"), Whole(made.Json, "discount_total"), made["status"]));
        Assert.Equal(coupon, made.Json.GetProperty("lines")[0].GetProperty("discounts")[0].GetProperty("coupon").GetString());
        var before = await server.RowCountsAsync();
        await RefusedAsync("/v1/invoices", body, 422, "coupon_exhausted");
        await RefusedAsync("/v1/invoices", body.Replace(coupon, "no-such", StringComparison.Ordinal), 404, "coupon_not_found");
        Assert.Equal(before, await server.RowCountsAsync());
        Assert.Equal(1, Whole((await server.Admin.GetAsync($"/v1/coupons/{coupon}")).Json, "redemptions"));
    }

    [Theory]
    [InlineData("""{"percent_off": "101"}""", 400, "percent_out_of_range", "coupons[0].percent_off")]
    [InlineData("""{"amount_off": 0}""", 400, "amount_out_of_range", "coupons[0].amount_off")]
    [InlineData("{}", 422, "one_discount_needed", "coupons[0].percent_off")]
    public async Task A_quote_refuses_what_no_coupon_can_be(string coupon, int status, string code, string field)
    {
        var refused = await server.Admin.SendAsync("POST", "/v1/quotes/invoice", $$"""{"currency": "usd", "coupons": [{{coupon}}], "lines": [{"amount": 1}]}""");
        Assert.Equal((status, code, field), (refused.Status, refused["code"], refused["field"]));
    }

    [Fact]
    public async Task Many_subscriptions_redeem_a_coupon_at_the_same_time_and_its_limit_holds()
    {
        var coupon = await CouponAsync(""" "percent_off": "10", "duration": "once", "max_redemptions": 7 """);
        var plan = await server.Admin.PlanAsync();
        var accounts = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => AccountAsync()));

        var answers = await Task.WhenAll(accounts.Select(account => server.Admin.SendAsync(
            "POST", "/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}", "coupons": ["{{coupon}}"]}""", Guid.NewGuid().ToString())));

        Assert.Equal(7, answers.Count(answer => answer.Status == 201));
        Assert.All(answers.Where(answer => answer.Status != 201), answer => Assert.Equal((422, "coupon_exhausted"), (answer.Status, answer["code"])));
        Assert.Equal(7, Whole((await server.Admin.GetAsync($"/v1/coupons/{coupon}")).Json, "redemptions"));
        Assert.Equal(7, await ScratchCluster.ScalarAsync<long>(server.ConnectionString, $"select count(*) from coupon_redemption where coupon = '{coupon}'"));
        Assert.Equal(7, await ScratchCluster.ScalarAsync<long>(server.ConnectionString, $"select count(*) from billing_discounts where coupon = '{coupon}'"));
    }

    private static string NewCode() => "C" + Guid.NewGuid().ToString("N")[..12].ToUpper(CultureInfo.InvariantCulture);

    private static long Whole(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private async Task<string> AccountAsync(string? clock = null)
    {
        var account = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        return account;
    }

    private async Task<string> CouponAsync(string members) => (await server.Admin.PostAsync("/v1/coupons", $$"""{"code": "{{NewCode()}}", {{members}}}""")).Id;

    private async Task RefusedAsync(string path, string body, int status, string code)
    {
        var refused = await server.Admin.SendAsync("POST", path, body, Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
    }
}
