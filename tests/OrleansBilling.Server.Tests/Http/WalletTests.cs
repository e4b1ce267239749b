using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Prepaid credit over HTTP: wallets, grants, holds.</summary>
[Collection(ApiCollection.Name)]
public sealed class WalletTests(ApiServer server)
{
    [Fact]
    public async Task Prepaid_credit_is_granted_held_used_and_expires()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "unit": "token", "unit_value": "0.5", "name": "AI"}""")).Id;
        var grant = (await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": "1000", "expires_at": "2026-06-10T00:00:00Z"}""")).Id;
        var monthly = (await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": "100", "recurrence": {"unit": "month", "count": 1}}""")).Id;

        var hold = await server.Admin.PostAsync("/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": "300.5", "expires_in_seconds": 600}""");
        Assert.Equal(("held", "300.5"), (hold["status"], hold["amount"]));
        Assert.Equal(("1100", "300.5", "799.5"), await HoldsAsync(wallet));
        var committed = await server.Admin.PostAsync($"/v1/holds/{hold.Id}/commit", """{"amount": "120"}""");
        Assert.Equal(("committed", "120"), (committed["status"], committed["committed"]));
        Assert.Equal(("980", "0", "980"), await HoldsAsync(wallet));

        var forgotten = await server.Admin.PostAsync("/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": "900", "expires_in_seconds": 60}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-01T00:01:00Z"}""");
        Assert.Equal("expired", (await server.Admin.GetAsync($"/v1/holds/{forgotten.Id}"))["status"]);
        Assert.Equal(("980", "0", "980"), await HoldsAsync(wallet));

        await server.Admin.PostAsync($"/v1/wallets/{wallet}/debits", """{"amount": "10", "reason": "goodwill"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-02T00:00:00Z"}""");
        Assert.Equal(("100", "0", "100"), await HoldsAsync(wallet));
        var moved = (await server.Admin.GetAsync($"/v1/wallets/{wallet}/movements")).Json.GetProperty("data").EnumerateArray()
            .Select(movement => (movement.GetProperty("grant").GetString(), movement.GetProperty("kind").GetString(), movement.GetProperty("amount").GetString())).Reverse().ToList();
        Assert.Equal(
            [(grant, "granted", "1000"), (monthly, "granted", "100"), (grant, "committed", "-120"), (grant, "debited", "-10"), (grant, "expired", "-870"),
             (monthly, "reset", "-100"), (monthly, "granted", "100")],
            moved);
        Assert.Equal(
            new Dictionary<string, long> { ["prepaid_credit"] = -50, ["billed_revenue"] = -65, ["promotional_credit"] = 115 }, await BooksAsync(account));
    }

    [Fact]
    public async Task Use_above_a_hold_and_above_all_grants_stands_on_the_next_invoice_once()
    {
        var account = await server.Admin.AccountAsync(extra: """, "collection": "send_invoice" """);
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 100}""");
        var hold = (await server.Admin.PostAsync("/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": 60}""")).Id;
        var key = Guid.NewGuid().ToString();
        Assert.Equal("committed", (await server.Admin.PostAsync($"/v1/holds/{hold}/commit", """{"amount": 150, "over": "charge"}""", key))["status"]);
        Assert.True((await server.Admin.PostAsync($"/v1/holds/{hold}/commit", """{"amount": 150, "over": "charge"}""", key)).Replayed);
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json.GetProperty("balance").GetInt64());
        var waiting = Assert.Single((await server.Admin.GetAsync($"/v1/accounts/{account}/pending_lines")).Json.GetProperty("data").EnumerateArray());
        Assert.Equal((50, "change"), (waiting.GetProperty("amount").GetInt64(), waiting.GetProperty("source").GetString()));
        var removed = await server.Admin.SendAsync("DELETE", $"/v1/accounts/{account}/pending_lines/{waiting.GetProperty("id").GetString()}");
        Assert.Equal((422, "pending_line_not_manual"), (removed.Status, removed["code"]));

        var plan = await server.Admin.PlanAsync();
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        Assert.Equal(2_050, (await server.Admin.GetAsync($"/v1/invoices/{subscription["latest_invoice"]}")).Json.GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task A_sold_grant_is_usable_once_its_invoice_is_paid()
    {
        var account = await server.Admin.AccountAsync(extra: """, "tax": {"rates": [{"code": "vat", "percentage": "19"}]}""");
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        var grant = await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 5000, "price": 4000}""");
        Assert.Equal("pending", grant["status"]);
        var refused = await server.Admin.SendAsync("POST", "/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": 1}""", Guid.NewGuid().ToString());
        Assert.Equal((422, "insufficient_credit"), (refused.Status, refused["code"]));

        var invoice = grant["invoice"]!;
        Assert.Equal(4760, (await server.Admin.GetAsync($"/v1/invoices/{invoice}")).Json.GetProperty("total").GetInt64());
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        Assert.Equal("paid", (await server.Admin.PostAsync($"/v1/invoices/{invoice}/pay"))["status"]);

        var shown = (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json;
        Assert.Equal((5000, "active"), (shown.GetProperty("available").GetInt64(), shown.GetProperty("grants")[0].GetProperty("status").GetString()));
    }

    /// <summary>50.00 of credit are sold for 40.00 and 20 % of tax; 20.00 are used, the rest is taken back with its part of the price.</summary>
    [Fact]
    public async Task Of_a_sold_grant_what_is_unused_is_credited_by_notes()
    {
        var account = await server.Admin.AccountAsync(extra: """, "tax": {"rates": [{"code": "vat", "percentage": "20"}]}""");
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        var grant = await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 5000, "price": 4000}""");
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/debits", """{"amount": 2000, "reason": "use"}""");
        var invoice = await server.Admin.GetAsync($"/v1/invoices/{grant["invoice"]}");
        Assert.Equal(("paid", 4800), (invoice["status"], invoice.Json.GetProperty("total").GetInt32()));
        var line = invoice.Json.GetProperty("lines")[0].GetProperty("id").GetString();
        async Task<long> AvailableAsync() => (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json.GetProperty("available").GetInt64();
        string Note(int amount) => $$"""{"invoice": "{{grant["invoice"]}}", "lines": [{"line": "{{line}}", "amount": {{amount}}}], "reason": "Leaving", "settle": "refund"}""";
        var refused = await server.Admin.SendAsync("POST", "/v1/credit_notes", Note(2401), Guid.NewGuid().ToString());
        Assert.Equal((422, "prepaid_credit_used"), (refused.Status, refused["code"]));
        Assert.Equal(1200, (await server.Admin.PostAsync("/v1/credit_notes/preview", Note(1000))).Json.GetProperty("total").GetInt32());
        Assert.Equal(3000, await AvailableAsync());
        Assert.Equal(1200, (await server.Admin.PostAsync("/v1/credit_notes", Note(1000))).Json.GetProperty("settled").GetProperty("refund").GetInt32());
        Assert.Equal(1750, await AvailableAsync());
        await server.Admin.PostAsync("/v1/credit_notes", Note(1400));
        Assert.Equal(0, await AvailableAsync());
        // 16.00 are what the used part cost, with their tax of 3.20.
        Assert.Equal(
            new Dictionary<string, long> { ["billed_revenue"] = -1600, ["tax_payable"] = -320, ["gateway_clearing"] = 1920 },
            (await BooksAsync(account)).Where(book => book.Value != 0).ToDictionary());
    }

    /// <summary>50.00 are sold for 40.00 and 20 % of tax, 10.00 used, 5.00 credited, the rest lapses; then the money goes back and the invoice is void.</summary>
    [Fact]
    public async Task Of_a_sale_that_is_void_nothing_stays_in_the_books_also_where_it_has_lapsed()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, """, "tax": {"rates": [{"code": "vat", "percentage": "20"}]}""");
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        var invoice = (await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 5000, "price": 4000, "expires_at": "2026-06-10T00:00:00Z"}"""))["invoice"];
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/debits", """{"amount": 1000, "reason": "use"}""");
        await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice}}", "amount": 480, "reason": "r", "settle": "refund"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-11T00:00:00Z"}""");
        Assert.Equal(-2800, (await BooksAsync(account))["breakage"]);

        var payment = (await server.Admin.GetAsync($"/v1/payments?account={account}")).Json.GetProperty("data")[0].GetProperty("id").GetString();
        await server.Admin.PostAsync($"/v1/payments/{payment}/refunds", """{"amount": 4320, "reason": "r"}""");
        await server.Admin.PostAsync($"/v1/invoices/{invoice}/void");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-12T00:00:00Z"}""");
        Assert.DoesNotContain(await BooksAsync(account), book => book.Value != 0);
    }

    [Fact]
    public async Task A_top_up_is_charged_when_the_balance_falls_to_its_bound()
    {
        var account = await server.Admin.AccountAsync();
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 3000}""");
        await server.Admin.SendAsync("PATCH", $"/v1/wallets/{wallet}", """{"top_up": {"below": 1000, "amount": 2500} }""");
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/debits", """{"amount": 2000, "reason": "use"}""");

        var shown = (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json;
        Assert.Equal(3500, shown.GetProperty("available").GetInt64());
        var invoice = Assert.Single((await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray());
        Assert.Equal((2500, "paid"), (invoice.GetProperty("total").GetInt64(), invoice.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_wallet_that_opens_at_the_bound_of_its_top_up_is_topped_up_at_once()
    {
        var account = await server.Admin.AccountAsync();
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var key = Guid.NewGuid().ToString();
        var body = $$"""{"account": "{{account}}", "currency": "usd", "top_up": {"below": 1000, "amount": 700} }""";
        var wallet = await server.Admin.SendAsync("POST", "/v1/wallets", body, key);
        Assert.Equal(wallet.Id, (await server.Admin.SendAsync("POST", "/v1/wallets", body, key)).Id);

        Assert.Equal(1400, (await server.Admin.GetAsync($"/v1/wallets/{wallet.Id}")).Json.GetProperty("available").GetInt64());
        Assert.Equal(1400, Assert.Single((await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray()).GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task Two_top_ups_at_one_instant_of_a_test_clock_are_two()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 3000}""");
        await server.Admin.SendAsync("PATCH", $"/v1/wallets/{wallet}", """{"top_up": {"below": 1000, "amount": 2500} }""");
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/debits", """{"amount": 2000, "reason": "use"}""");
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/debits", """{"amount": 2600, "reason": "use"}""");

        Assert.Equal(3400, (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json.GetProperty("available").GetInt64());
        Assert.Equal(2, (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("void")]
    [InlineData("mark_uncollectible")]
    public async Task A_top_up_whose_invoice_comes_to_nothing_is_suspended_until_it_is_set_anew(string end)
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd", "top_up": {"below": 1000, "amount": 2500} }""")).Id;
        var invoice = Assert.Single(await InvoicesAsync());
        await server.Admin.PostAsync($"/v1/invoices/{invoice}/{end}");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-02T00:00:00Z"}""");
        Assert.Equal(JsonValueKind.String, (await TopUpAsync()).GetProperty("suspended_at").ValueKind);
        // Whatever the wallet does, nothing is sold.
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 100}""");
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/debits", """{"amount": 50, "reason": "use"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-20T00:00:00Z"}""");
        Assert.Single(await InvoicesAsync());
        var told = (await server.Admin.GetAsync($"/v1/accounts/{account}/timeline?limit=100")).Json.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("type").GetString());
        Assert.Single(told, type => type == "wallet.top_up_suspended");

        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        await server.Admin.SendAsync("PATCH", $"/v1/wallets/{wallet}", """{"top_up": {"below": 1000, "amount": 2500} }""", Guid.NewGuid().ToString());
        Assert.Equal(JsonValueKind.Null, (await TopUpAsync()).GetProperty("suspended_at").ValueKind);
        Assert.Equal(2, (await InvoicesAsync()).Count);
        Assert.Equal(2550, (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json.GetProperty("available").GetInt64());

        async Task<List<string>> InvoicesAsync() =>
            [.. (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("id").GetString()!)];

        async Task<JsonElement> TopUpAsync() => (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json.GetProperty("top_up");
    }

    [Fact]
    public async Task An_account_has_a_bounded_number_of_wallets()
    {
        var account = await server.Admin.AccountAsync();
        var body = $$"""{"account": "{{account}}", "currency": "usd"}""";
        for (var i = 0; i < 100; i++)
        {
            await server.Admin.PostAsync("/v1/wallets", body);
        }

        var answer = await server.Admin.SendAsync("POST", "/v1/wallets", body, Guid.NewGuid().ToString());
        Assert.Equal((422, "too_many_wallets", "account"), (answer.Status, answer["code"], answer["field"]));
    }

    [Fact]
    public async Task Many_holds_at_once_never_overspend_a_wallet()
    {
        var account = await server.Admin.AccountAsync();
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 500}""");
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 499, "priority": -1}""");
        var answers = await Task.WhenAll(Enumerable.Range(0, 150).Select(_ => server.Admin.SendAsync(
            "POST", "/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": 10}""", Guid.NewGuid().ToString())));
        Assert.Equal((99, 51), (answers.Count(answer => answer.Status == 201), answers.Count(answer => answer.Status == 422)));
        var ends = await Task.WhenAll(answers.Where(answer => answer.Status == 201).Select((answer, i) => server.Admin.SendAsync(
            "POST", $"/v1/holds/{answer.Id}/{(i % 3 == 0 ? "release" : "commit")}", i % 3 == 0 ? "{}" : """{"amount": 7}""", Guid.NewGuid().ToString())));
        Assert.All(ends, end => Assert.Equal(200, end.Status));
        var shown = (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json;
        Assert.Equal((999 - (66 * 7), 0), (shown.GetProperty("balance").GetInt64(), shown.GetProperty("held").GetInt64()));
    }

    [Fact]
    public async Task A_repeat_under_its_key_holds_once()
    {
        var account = await server.Admin.AccountAsync();
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": 15}""");
        var key = Guid.NewGuid().ToString();
        var first = await server.Admin.PostAsync("/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": 10}""", key);
        var second = await server.Admin.PostAsync("/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": 10}""", key);
        Assert.Equal((first.Id, true), (second.Id, second.Replayed));
    }

    [Theory]
    [InlineData("""{"amount": 0}""", 400, "out_of_range")]
    [InlineData("""{"amount": "1.5"}""", 400, "invalid_amount")]
    [InlineData("""{"amount": 100, "expires_at": "2020-01-01T00:00:00Z"}""", 422, "expires_before_effective")]
    [InlineData("""{"amount": 100, "effective_at": "2020-01-01T00:00:00Z"}""", 422, "effective_in_the_past")]
    [InlineData("""{"amount": 100, "rollover": {"maximum": 100}}""", 422, "rollover_needs_recurrence")]
    [InlineData("""{"amount": 100, "recurrence": {"unit": "month", "count": 1}, "rollover": {"maximum": 99}}""", 422, "rollover_maximum_too_small")]
    [InlineData("""{"amount": 100, "price": 5, "recurrence": {"unit": "month", "count": 1}}""", 422, "recurring_grant_not_sold")]
    public async Task A_grant_that_cannot_be_is_refused(string body, int status, string code)
    {
        var account = await server.Admin.AccountAsync();
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""")).Id;
        var refused = await server.Admin.SendAsync("POST", $"/v1/wallets/{wallet}/grants", body, Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json.GetProperty("grants").GetArrayLength());
    }

    private async Task<(string?, string?, string?)> HoldsAsync(string wallet)
    {
        var shown = await server.Admin.GetAsync($"/v1/wallets/{wallet}");
        return (shown["balance"], shown["held"], shown["available"]);
    }

    private async Task<Dictionary<string, long>> BooksAsync(string account) =>
        (await server.Admin.GetAsync($"/v1/ledger/entries?account={account}&limit=100")).Json.GetProperty("data").EnumerateArray()
            .SelectMany(entry => new[]
            {
                (Account: entry.GetProperty("debit").GetString()!, Amount: entry.GetProperty("amount").GetInt64()),
                (Account: entry.GetProperty("credit").GetString()!, Amount: -entry.GetProperty("amount").GetInt64()),
            })
            .GroupBy(leg => leg.Account).ToDictionary(group => group.Key, group => group.Sum(leg => leg.Amount));
}
