namespace OrleansBilling.Server.Tests.Http;

/// <summary>Every class of bad input is refused by its code and field, and leaves nothing behind.</summary>
[Collection(ApiCollection.Name)]
public sealed class RefusalTests(ApiServer server)
{
    private const string Account = """ "name": "Ada", "currency": "usd", "time_zone": "Europe/Berlin" """;
    private const string Plan = """ "code": "refused", "name": "Pro", "currency": "usd", "interval": {"unit": "month", "count": 1} """;

    /// <summary>Body of POST /v1/accounts, status, code, field.</summary>
    public static TheoryData<string, int, string, string?> Accounts => new()
    {
        { "{", 400, "malformed_json", null },
        { "[1, 2", 400, "malformed_json", null },
        { "{'name': 1}", 400, "malformed_json", null },
        { "{} {}", 400, "malformed_json", null },
        { new string('[', 40) + new string(']', 40), 400, "malformed_json", null },
        { """{"name": "\ud800"}""", 400, "malformed_json", null },
        { "[]", 400, "invalid_type", null },
        { "null", 400, "invalid_type", null },
        { "{}", 400, "missing_field", "name" },
        { $$"""{ {{Account}}, "nmae": "x"}""", 400, "unknown_field", "nmae" },
        { $$"""{ {{Account}}, "tax": {"rate": []} }""", 400, "unknown_field", "tax.rate" },
        { $$"""{ {{Account}}, "name": "Bob"}""", 400, "duplicate_field", "name" },
        { $$"""{ {{Account}}, "metadata": {"a": "1", "a": "2"} }""", 400, "duplicate_field", "metadata.a" },
        { """{"name": null, "currency": "usd", "time_zone": "UTC"}""", 400, "missing_field", "name" },
        { """{"name": 5, "currency": "usd", "time_zone": "UTC"}""", 400, "invalid_type", "name" },
        { """{"name": "", "currency": "usd", "time_zone": "UTC"}""", 400, "invalid_value", "name" },
        { """{"name": "   ", "currency": "usd", "time_zone": "UTC"}""", 400, "invalid_value", "name" },
        { """{"name": "a\u0000b", "currency": "usd", "time_zone": "UTC"}""", 400, "invalid_value", "name" },
        { $$"""{"name": "{{new string('x', 501)}}", "currency": "usd", "time_zone": "UTC"}""", 400, "too_long", "name" },
        { """{"name": "Ada", "currency": "usdx", "time_zone": "UTC"}""", 400, "unknown_currency", "currency" },
        { """{"name": "Ada", "currency": "usd", "time_zone": "Mars/Base"}""", 400, "unknown_time_zone", "time_zone" },
        { $$"""{ {{Account}}, "email": "nobody"}""", 400, "invalid_value", "email" },
        { $$"""{ {{Account}}, "country": "deu"}""", 400, "invalid_value", "country" },
        { $$"""{ {{Account}}, "collection": "cash"}""", 400, "invalid_value", "collection" },
        { $$"""{ {{Account}}, "net_terms_days": "30"}""", 400, "invalid_type", "net_terms_days" },
        { $$"""{ {{Account}}, "net_terms_days": 12.5}""", 400, "invalid_type", "net_terms_days" },
        { $$"""{ {{Account}}, "net_terms_days": 366}""", 400, "out_of_range", "net_terms_days" },
        { $$"""{ {{Account}}, "net_terms_days": 99999999999999999999}""", 400, "out_of_range", "net_terms_days" },
        { $$"""{ {{Account}}, "tax": {"rates": [{"code": "vat", "percentage": "20"}, {"code": "x", "percentage": 5}]} }""", 400, "invalid_type", "tax.rates[1].percentage" },
        { $$"""{ {{Account}}, "tax": {"rates": [{"code": "vat", "percentage": "2e1"}]} }""", 400, "invalid_value", "tax.rates[0].percentage" },
        { $$"""{ {{Account}}, "tax": {"rates": [{"code": "vat", "percentage": "-1"}]} }""", 400, "out_of_range", "tax.rates[0].percentage" },
        { $$"""{ {{Account}}, "tax": {"rates": [{"code": "vat", "percentage": "101"}]} }""", 400, "out_of_range", "tax.rates[0].percentage" },
        { $$"""{ {{Account}}, "tax": {"rates": [{"code": "a", "percentage": "1"}, {"code": "a", "percentage": "2"}]} }""", 422, "duplicate_code", "tax.rates[1].code" },
        { $$"""{ {{Account}}, "tax": {"inclusive": "yes"} }""", 400, "invalid_type", "tax.inclusive" },
        { $$"""{ {{Account}}, "metadata": {"a": 1} }""", 400, "invalid_type", "metadata.a" },
        { $$"""{ {{Account}}, "metadata": { {{string.Join(',', Enumerable.Range(0, 51).Select(i => $"\"k{i}\": \"v\""))}} } }""", 400, "too_many", "metadata" },
        { $$"""{ {{Account}}, "metadata": {"{{new string('k', 41)}}": "v"} }""", 400, "too_long", "metadata" },
        { $$"""{ {{Account}}, "metadata": {"k": "{{new string('v', 501)}}"} }""", 400, "too_long", "metadata.k" },
        { $$"""{ {{Account}}, "external_id": "acct_01m81sqperdhp9bmn151jxn30m"}""", 422, "external_id_reserved", "external_id" },
        { $$"""{ {{Account}}, "external_id": " a"}""", 400, "invalid_value", "external_id" },
        { $$"""{ {{Account}}, "test_clock": "clk_nothing"}""", 404, "test_clock_not_found", "test_clock" },
        { $$"""{ {{Account}}, "dunning_policy": "none"}""", 422, "dunning_policy_not_found", "dunning_policy" },
        { """{"name": "4242 4242 4242 4242", "currency": "usd", "time_zone": "UTC"}""", 422, "card_number_refused", "name" },
        { $$"""{ {{Account}}, "address": {"line1": "pay 5555-5555-5555-4444 now"} }""", 422, "card_number_refused", "address.line1" },
        { $$"""{ {{Account}}, "metadata": {"note": "378282246310005"} }""", 422, "card_number_refused", "metadata.note" },
        { $$"""{ {{Account}}, "email": "4242424242424242@example.com"}""", 422, "card_number_refused", "email" },
    };

    [Theory]
    [MemberData(nameof(Accounts))]
    public Task An_account_is_refused(string body, int status, string code, string? field) =>
        RefusedAsync("POST", "/v1/accounts", body, status, code, field);

    /// <summary>A price of POST /v1/plans, status, code, field.</summary>
    public static TheoryData<string, int, string, string?> Prices => new()
    {
        { """{"code": "a", "kind": "recurring", "model": {"amount": 1} }""", 400, "missing_field", "prices[0].model.type" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "flat"} }""", 400, "missing_field", "prices[0].model.amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "flatt", "amount": 1} }""", 400, "invalid_value", "prices[0].model.type" },
        { """{"code": "a", "kind": "recurring", "model": {"type": 1, "amount": 1} }""", 400, "invalid_type", "prices[0].model.type" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "flat", "amount": "12"} }""", 400, "invalid_type", "prices[0].model.amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "flat", "amount": 12.5} }""", 400, "invalid_type", "prices[0].model.amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "flat", "amount": 1e3} }""", 400, "invalid_type", "prices[0].model.amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "flat", "amount": -1} }""", 400, "out_of_range", "prices[0].model.amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "flat", "amount": 1, "unit_amount": "1"} }""", 400, "unknown_field", "prices[0].model.unit_amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "per_unit", "unit_amount": 35} }""", 400, "invalid_type", "prices[0].model.unit_amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "per_unit", "unit_amount": "1.0000000000001"} }""", 400, "out_of_range", "prices[0].model.unit_amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "per_unit", "unit_amount": "1234567890123456789012345678.9"} }""", 400, "out_of_range", "prices[0].model.unit_amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "per_unit", "unit_amount": "1."} }""", 400, "invalid_value", "prices[0].model.unit_amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "per_unit", "unit_amount": " 1"} }""", 400, "invalid_value", "prices[0].model.unit_amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "per_unit", "unit_amount": ""} }""", 400, "invalid_value", "prices[0].model.unit_amount" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "graduated", "tiers": [{"up_to": "10", "unit_amount": "1"}, {"up_to": 20}]} }""", 400, "invalid_type", "prices[0].model.tiers[1].up_to" },
        { """{"code": "a", "kind": "recurring", "model": {"type": "graduated", "tiers": []} }""", 400, "too_many", "prices[0].model.tiers" },
        { """{"code": "a b", "kind": "recurring", "model": {"type": "flat", "amount": 1} }""", 400, "invalid_value", "prices[0].code" },
        { """{"code": "a", "kind": "sometimes", "model": {"type": "flat", "amount": 1} }""", 400, "invalid_value", "prices[0].kind" },
        { """{"code": "a", "kind": "recurring", "proration": "day30", "model": {"type": "flat", "amount": 1} }""", 400, "invalid_value", "prices[0].proration" },
        { """{"code": "a", "kind": "recurring", "model": [1]}""", 400, "invalid_type", "prices[0].model" },
        { """5""", 400, "invalid_type", "prices[0]" },
        { """null""", 400, "invalid_type", "prices[0]" },
    };

    [Theory]
    [MemberData(nameof(Prices))]
    public Task A_price_is_refused(string price, int status, string code, string? field) =>
        RefusedAsync("POST", "/v1/plans", $$"""{ {{Plan}}, "prices": [{{price}}]}""", status, code, field);

    /// <summary>Method, path, body, status, code, field.</summary>
    public static TheoryData<string, string, string?, int, string, string?> Others => new()
    {
        { "GET", "/v1/nothing", null, 404, "not_found", null },
        { "GET", "/nothing", null, 404, "not_found", null },
        { "PUT", "/v1/accounts", "{}", 405, "method_not_allowed", null },
        { "GET", "/v1/accounts/acct_01m81sqperdhp9bmn151jxn30m", null, 404, "account_not_found", null },
        { "GET", "/v1/accounts/sub_01m81sqperdhp9bmn151jxn30m", null, 404, "account_not_found", null },
        { "GET", "/v1/invoices/pay_01m81sqperdhp9bmn151jxn30m", null, 404, "invoice_not_found", null },
        { "GET", "/v1/plans/nothing", null, 404, "plan_not_found", null },
        { "GET", "/v1/plans/a%20b", null, 404, "plan_not_found", null },
        { "GET", "/v1/accounts/a%01b", null, 404, "not_found", null },
        { "GET", "/v1/accounts/" + new string('a', 256), null, 404, "not_found", null },
        { "GET", "/v1/test_clocks/clk_nothing", null, 404, "test_clock_not_found", null },
        { "GET", "/v1/accounts?limit=0", null, 400, "invalid_parameter", "limit" },
        { "GET", "/v1/accounts?limit=101", null, 400, "invalid_parameter", "limit" },
        { "GET", "/v1/accounts?limit=ten", null, 400, "invalid_parameter", "limit" },
        { "GET", "/v1/accounts?limit=5&limit=6", null, 400, "invalid_parameter", "limit" },
        { "GET", "/v1/accounts?acount=x", null, 400, "unknown_parameter", "acount" },
        { "GET", "/v1/accounts?cursor=abc", null, 400, "invalid_cursor", "cursor" },
        { "GET", "/v1/accounts?cursor=MXxwbGFuc3wxfGE", null, 400, "invalid_cursor", "cursor" },
        { "GET", "/v1/accounts?email=%00", null, 400, "invalid_value", "email" },
        { "GET", "/v1/subscriptions?status=happy", null, 400, "invalid_parameter", "status" },
        { "GET", "/v1/invoices?status=happy", null, 400, "invalid_parameter", "status" },
        { "GET", "/v1/payments?status=happy", null, 400, "invalid_parameter", "status" },
        { "GET", "/v1/ledger/trial_balance?at=yesterday", null, 400, "invalid_value", "at" },
        { "GET", "/v1/ledger/trial_balance?currency=xxx", null, 400, "unknown_currency", "currency" },
        { "POST", "/v1/subscriptions", """{"account": "acct_nothing", "plan": "p"}""", 404, "account_not_found", "account" },
        { "POST", "/v1/subscriptions", """{"account": "a", "plan": "p", "start_at": "2026-01-01T00:00:00"}""", 400, "invalid_value", "start_at" },
        { "POST", "/v1/subscriptions", """{"account": "a", "plan": "p", "start_at": 5}""", 400, "invalid_type", "start_at" },
        { "POST", "/v1/subscriptions", """{"account": "a", "plan": "p", "start_at": "2300-01-01T00:00:00Z"}""", 400, "instant_out_of_range", "start_at" },
        { "POST", "/v1/subscriptions", """{"account": "a", "plan": "p", "quantities": {"base": 5} }""", 400, "invalid_type", "quantities.base" },
        { "POST", "/v1/subscriptions", """{"account": "a", "plan": "p", "anchor": {"type": "day_of_month", "day": 32} }""", 400, "out_of_range", "anchor.day" },
        { "POST", "/v1/test_clocks", """{"now": "2026-13-01T00:00:00Z"}""", 400, "invalid_value", "now" },
        { "POST", "/v1/quotes/schedule", """{"start_at": "2026-01-01T00:00:00Z", "time_zone": "UTC", "interval": {"unit": "month", "count": 37}, "periods": 1}""", 400, "invalid_interval", "interval.count" },
        { "POST", "/v1/quotes/schedule", """{"start_at": "2026-01-01T00:00:00Z", "time_zone": "UTC", "interval": {"unit": "month", "count": 1}, "periods": 1001}""", 400, "out_of_range", "periods" },
        { "POST", "/v1/quotes/price", """{"currency": "usd", "model": {"type": "per_unit", "unit_amount": "999999999999"}, "quantity": "999999999999"}""", 422, "amount_too_large", null },
        { "POST", "/v1/api_keys", """{"name": "x", "role": "owner"}""", 400, "invalid_value", "role" },
        { "POST", "/v1/work_items/nothing/retry", "{}", 404, "work_item_not_found", null },
        { "DELETE", "/v1/api_keys/key_nothing", null, 404, "api_key_not_found", null },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public Task A_request_is_refused(string method, string path, string? body, int status, string code, string? field) =>
        RefusedAsync(method, path, body, status, code, field);

    [Fact]
    public async Task A_body_of_another_type_or_size_is_refused()
    {
        var form = await server.Admin.SendAsync("POST", "/v1/accounts", "name=Ada", contentType: "application/x-www-form-urlencoded");
        Assert.Equal((415, "unsupported_media_type"), (form.Status, form["code"]));
        var large = await server.Admin.SendAsync("POST", "/v1/accounts", "{\"name\": \"" + new string('x', 1024 * 1024) + "\"}");
        Assert.Equal((413, "body_too_large"), (large.Status, large["code"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("auto/1")]
    public async Task A_bad_idempotency_key_is_refused(string key)
    {
        var answer = await server.Admin.SendAsync("POST", "/v1/accounts", $$"""{ {{Account}} }""", key);
        Assert.Equal((400, "invalid_idempotency_key", "Idempotency-Key"), (answer.Status, answer["code"], answer["field"]));
    }

    [Fact]
    public async Task A_key_of_256_characters_is_refused_and_one_of_255_is_not()
    {
        Assert.Equal(400, (await server.Admin.SendAsync("POST", "/v1/accounts", $$"""{ {{Account}} }""", new string('k', 256))).Status);
        Assert.Equal(201, (await server.Admin.SendAsync("POST", "/v1/accounts", $$"""{ {{Account}} }""", new string('k', 255))).Status);
    }

    [Fact]
    public async Task What_looks_like_a_card_number_is_fine_in_names_of_the_caller()
    {
        var answer = await server.Admin.SendAsync("POST", "/v1/accounts", $$"""{ {{Account}}, "external_id": "4242424242424242"}""");
        Assert.Equal(201, answer.Status);
        Assert.Equal(answer.Id, (await server.Admin.GetAsync("/v1/accounts/4242424242424242")).Id);
    }

    private async Task RefusedAsync(string method, string path, string? body, int status, string code, string? field)
    {
        var before = await server.RowCountsAsync();
        var answer = await server.Admin.SendAsync(method, path, body);
        Assert.True(answer.Status == status, $"{answer.Status} {answer.Text}");
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Equal((status, code, field), (answer.Json.GetProperty("status").GetInt32(), answer["code"], answer["field"]));
        Assert.False(string.IsNullOrWhiteSpace(answer["detail"]));
        Assert.False(string.IsNullOrWhiteSpace(answer["title"]));
        Assert.Equal("/docs#problem-" + code, answer["type"]);
        Assert.Equal(before, await server.RowCountsAsync());
    }
}
