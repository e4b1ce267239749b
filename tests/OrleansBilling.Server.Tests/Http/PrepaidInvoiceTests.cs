using System.Diagnostics;
using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Prepaid credit on invoices over HTTP: it pays lines before tax, and what is credited goes back to its grants.</summary>
[Collection(ApiCollection.Name)]
public sealed class PrepaidInvoiceTests(ApiServer server)
{
    private const string Vat = """, "tax": {"rates": [{"code": "vat", "percentage": "20"}]}""";

    [Fact]
    public async Task Credit_pays_a_subscription_before_tax_and_a_credit_note_gives_it_back()
    {
        var account = await server.Admin.AccountAsync(extra: Vat);
        var wallet = await WalletAsync(account);
        var second = await GrantAsync(wallet, """{"amount": 1000, "priority": 1}""");
        var first = await GrantAsync(wallet, """{"amount": 500}""");
        var plan = await server.Admin.PlanAsync();
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");

        var invoice = await InvoiceAsync(subscription["latest_invoice"]!);
        Assert.Equal((2000, 1500, 100, 600), Sums(invoice));
        var line = invoice.GetProperty("lines")[0];
        Assert.Equal(1500, line.GetProperty("wallet_amount").GetInt64());
        var steps = line.GetProperty("explain").GetProperty("steps").EnumerateArray().Where(step => step.GetProperty("operation").GetString() == "prepaid")
            .Select(step => (step.GetProperty("inputs").GetProperty("grant").GetString(), step.GetProperty("inputs").GetProperty("prepaid").GetString())).ToList();
        Assert.Equal([(first, "500"), (second, "1000")], steps);
        Assert.Equal(0, await BalanceAsync(wallet));
        Assert.Equal(new Dictionary<string, long> { ["promotional_credit"] = 1500, ["accounts_receivable"] = 600, ["billed_revenue"] = -2000, ["tax_payable"] = -100 }, await BooksAsync(account));

        // Half of the line: a quarter of what it came to was to be paid in money.
        var note = await server.Admin.PostAsync(
            "/v1/credit_notes", $$"""{"invoice": "{{subscription["latest_invoice"]}}", "lines": [{"line": "{{line.GetProperty("id").GetString()}}", "amount": 1000}], "reason": "x", "settle": "credit"}""");
        Assert.Equal((750, 50, 300), (note.Json.GetProperty("wallet_returned").GetInt64(), note.Json.GetProperty("tax_total").GetInt64(), note.Json.GetProperty("total").GetInt64()));
        Assert.Equal(750, note.Json.GetProperty("lines")[0].GetProperty("wallet_amount").GetInt64());
        Assert.Equal((250, 500), (await LeftAsync(wallet, first), await LeftAsync(wallet, second)));

        var rest = await server.Admin.PostAsync(
            "/v1/credit_notes", $$"""{"invoice": "{{subscription["latest_invoice"]}}", "lines": [{"line": "{{line.GetProperty("id").GetString()}}", "amount": 1000}], "reason": "x", "settle": "credit"}""");
        Assert.Equal(750, rest.Json.GetProperty("wallet_returned").GetInt64());
        Assert.Equal((500, 1000), (await LeftAsync(wallet, first), await LeftAsync(wallet, second)));
        Assert.Equal(new Dictionary<string, long> { ["promotional_credit"] = 1500, ["prepaid_credit"] = -1500 }, await BooksAsync(account));
    }

    [Fact]
    public async Task An_invoice_that_credit_pays_whole_is_paid_at_once_and_a_void_gives_it_back()
    {
        var account = await server.Admin.AccountAsync(extra: Vat);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var wallet = await WalletAsync(account, """, "unit": "token", "unit_value": "0.3" """);
        var grant = await GrantAsync(wallet, """{"amount": "5000.5"}""");
        var invoice = (await server.Admin.PostAsync("/v1/invoices", $$"""{"account": "{{account}}", "lines": [{"description": "a", "amount": 700}, {"description": "b", "amount": 300}], "finalize": true}""")).Json;
        Assert.Equal((1000, 1000, 0, 0), Sums(invoice));
        Assert.Equal(("paid", 0), (invoice.GetProperty("status").GetString(), invoice.GetProperty("attempts").GetArrayLength()));
        Assert.Equal("1667.166666666666", (await server.Admin.GetAsync($"/v1/wallets/{wallet}"))["balance"]);

        var id = invoice.GetProperty("id").GetString();
        Assert.Equal("void", (await server.Admin.PostAsync($"/v1/invoices/{id}/void"))["status"]);
        Assert.Equal("5000.5", (await server.Admin.GetAsync($"/v1/wallets/{wallet}"))["balance"]);
        var moved = (await server.Admin.GetAsync($"/v1/wallets/{wallet}/movements?grant={grant}")).Json.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["restored", "restored", "applied", "applied", "granted"], moved.Select(movement => movement.GetProperty("kind").GetString()));
        Assert.Equal([-300, -700, 300, 700], moved.Take(4).Select(movement => movement.GetProperty("paid").GetInt64()));
        Assert.All(moved.Take(4), movement => Assert.Equal(id, movement.GetProperty("invoice").GetString()));
        Assert.Equal(new Dictionary<string, long> { ["promotional_credit"] = 1500, ["prepaid_credit"] = -1500 }, await BooksAsync(account));
    }

    [Fact]
    public async Task A_change_gives_the_unused_share_back_and_the_new_charge_uses_it()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, Vat);
        var (small, large) = (await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}"""), await server.Admin.PlanAsync("""{"type": "flat", "amount": 6000}"""));
        var wallet = await WalletAsync(account);
        await GrantAsync(wallet, """{"amount": 2000}""");
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{small}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-16T00:00:00Z"}""");

        // Of 3000 for 30 days, 2000 were prepaid: 15 days give back 1000 of it and 500 in money.
        var canceled = (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel/preview", """{"when": "now", "proration": "day"}""")).Json;
        Assert.Equal((-1500, -1000, -100, -600), Sums(canceled));
        var previewed = (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change/preview", $$"""{"plan": "{{large}}", "when": "now", "proration": "day"}""")).Json;
        Assert.Equal((1500, 0, 300, 1800), Sums(previewed));
        var changed = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{large}}", "when": "now", "proration": "day"}""");
        var invoice = await InvoiceAsync(changed["latest_invoice"]!);
        Assert.Equal((1500, 0, 300, 1800), Sums(invoice));
        Assert.Equal([-1000, 1000], invoice.GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("wallet_amount").GetInt64()));
        Assert.Equal(0, await BalanceAsync(wallet));
        var refused = await server.Admin.SendAsync("POST", $"/v1/invoices/{changed["latest_invoice"]}/void", null, Guid.NewGuid().ToString());
        Assert.Equal((422, "prepaid_given_back"), (refused.Status, refused["code"]));

        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel", """{"when": "now", "proration": "day"}""");
        Assert.Equal(1000, await BalanceAsync(wallet));
        var books = await BooksAsync(account);
        Assert.Equal((-1000, 0), (books["prepaid_credit"], books.Values.Sum()));
    }

    [Fact]
    public async Task A_later_cancellation_is_shown_as_the_renewal_before_it_leaves_the_wallet()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-05-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, Vat);
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        var wallet = await WalletAsync(account);
        await GrantAsync(wallet, """{"amount": 4000}""");
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;

        // May takes 3000; 1000 are left for June, half of which is given back: 1500, of which 500 were prepaid.
        var shown = (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel/preview", """{"when": "2026-06-16T00:00:00Z", "proration": "day"}""")).Json;
        Assert.Equal((-1500, -500, -200, -1200), Sums(shown));
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel", """{"when": "2026-06-16T00:00:00Z", "proration": "day"}""");
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-17T00:00:00Z"}""");
        var made = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Select(Sums);
        Assert.Equal([(-1500, -500, -200, -1200), (3000, 1000, 400, 2400), (3000, 3000, 0, 0)], made);
    }

    [Fact]
    public async Task A_renewal_uses_what_a_reset_has_just_granted_and_a_draft_that_is_deleted_gives_back()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, """, "collection": "send_invoice" """);
        var plan = await server.Admin.PlanAsync();
        var wallet = await WalletAsync(account);
        var grant = await GrantAsync(wallet, """{"amount": 700, "recurrence": {"unit": "month", "count": 1}}""");
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        var upcoming = (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}/upcoming_invoice")).Json;
        Assert.Equal((2000, 700, 0, 1300), Sums(upcoming));
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-01T00:00:00Z"}""");
        var renewed = (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal([700, 700], renewed.Select(invoice => invoice.GetProperty("wallet_applied").GetInt64()));

        await GrantAsync(wallet, """{"amount": 250}""");
        var draft = (await server.Admin.PostAsync("/v1/invoices", $$"""{"account": "{{account}}", "lines": [{"description": "a", "amount": 300}], "finalize": false}""")).Json;
        Assert.Equal((300, 250, 0, 50), Sums(draft));
        Assert.Equal(0, await LeftAsync(wallet, grant));
        await server.Admin.SendAsync("DELETE", $"/v1/invoices/{draft.GetProperty("id").GetString()}", null, Guid.NewGuid().ToString());
        Assert.Equal(250, await BalanceAsync(wallet));
    }

    [Fact]
    public async Task What_comes_back_to_a_grant_that_has_expired_is_breakage_and_a_reissue_uses_credit_anew()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, """, "collection": "send_invoice" """);
        var wallet = await WalletAsync(account);
        await GrantAsync(wallet, """{"amount": 100, "expires_at": "2026-06-10T00:00:00Z"}""");
        await GrantAsync(wallet, """{"amount": 1000}""");
        var invoice = (await server.Admin.PostAsync("/v1/invoices", $$"""{"account": "{{account}}", "lines": [{"description": "a", "amount": 500}], "finalize": true}""")).Json;
        Assert.Equal((500, 500, 0, 0), Sums(invoice));
        await server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-06-11T00:00:00Z"}""");

        var again = (await server.Admin.PostAsync($"/v1/invoices/{invoice.GetProperty("id").GetString()}/reissue")).Json;
        Assert.Equal((500, 500, 0, 0), Sums(again));
        Assert.Equal(500, await BalanceAsync(wallet));
        Assert.Equal(
            new Dictionary<string, long> { ["promotional_credit"] = 1000, ["prepaid_credit"] = -500, ["billed_revenue"] = -500 }, await BooksAsync(account));
    }

    [Fact]
    public async Task A_wallet_pays_only_the_prices_that_it_applies_to_and_tops_itself_up_after_an_invoice()
    {
        var account = await server.Admin.AccountAsync();
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = await server.Admin.PlanAsync();
        var other = await WalletAsync(account, """, "currency": "usd", "priority": -1, "applies_to": ["other"] """);
        await GrantAsync(other, """{"amount": 900}""");
        var wallet = await WalletAsync(account, """, "currency": "usd", "applies_to": ["base"] """);
        await GrantAsync(wallet, """{"amount": 1500}""");
        await server.Admin.SendAsync("PATCH", $"/v1/wallets/{wallet}", """{"top_up": {"below": 100, "amount": 1500} }""");
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        Assert.Equal((2000, 1500, 0, 500), Sums(await InvoiceAsync(subscription["latest_invoice"]!)));
        // The request hands the top-up over; where the machine is too slow for that, the schedule's poll is the net.
        await BalanceBecomesAsync(wallet, 1500);
        Assert.Equal(900, await BalanceAsync(other));
    }

    [Fact]
    public async Task Invoices_and_holds_at_once_never_overspend_a_wallet()
    {
        var account = await server.Admin.AccountAsync(extra: """, "collection": "send_invoice" """);
        var wallet = await WalletAsync(account);
        await GrantAsync(wallet, """{"amount": 400}""");
        await GrantAsync(wallet, """{"amount": 300}""");
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => i % 2 == 0
            ? server.Admin.SendAsync("POST", "/v1/invoices", $$"""{"account": "{{account}}", "lines": [{"description": "a", "amount": 70}], "finalize": true}""", Guid.NewGuid().ToString())
            : server.Admin.SendAsync("POST", "/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": 30}""", Guid.NewGuid().ToString())));

        Assert.Equal("", string.Join(" ", answers.Where(answer => answer.Status is not (201 or 422)).Select(answer => $"{answer.Status} {answer.Text}")));
        var invoices = answers.Where(answer => answer.Status == 201 && answer.Json.GetProperty("object").GetString() == "invoice").ToList();
        var applied = invoices.Sum(invoice => invoice.Json.GetProperty("wallet_applied").GetInt64());
        var shown = (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json;
        Assert.Equal(700 - applied, shown.GetProperty("balance").GetInt64());
        var held = answers.Count(answer => answer.Status == 201) - invoices.Count;
        Assert.Equal(held * 30, shown.GetProperty("held").GetInt64());
        Assert.InRange(shown.GetProperty("available").GetInt64(), 0, 700);
        Assert.Equal(applied - 700, (await BooksAsync(account))["prepaid_credit"]);
    }

    private async Task<string> WalletAsync(string account, string settings = """, "currency": "usd" """) =>
        (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{account}}"{{settings}}}""")).Id;

    private async Task<string> GrantAsync(string wallet, string body) => (await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", body)).Id;

    private async Task<JsonElement> InvoiceAsync(string id) => (await server.Admin.GetAsync($"/v1/invoices/{id}")).Json;

    private async Task<long> BalanceAsync(string wallet) => (await server.Admin.GetAsync($"/v1/wallets/{wallet}")).Json.GetProperty("balance").GetInt64();

    private async Task BalanceBecomesAsync(string wallet, long expected)
    {
        var began = Stopwatch.GetTimestamp();
        while (await BalanceAsync(wallet) != expected && Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(2))
        {
            await Task.Delay(50);
        }

        Assert.Equal(expected, await BalanceAsync(wallet));
    }

    private async Task<long> LeftAsync(string wallet, string grant) =>
        (await server.Admin.GetAsync($"/v1/wallets/{wallet}/grants")).Json.GetProperty("data").EnumerateArray()
            .Single(one => one.GetProperty("id").GetString() == grant).GetProperty("remaining").GetInt64();

    private static (long Subtotal, long Wallet, long Tax, long Total) Sums(JsonElement invoice) => (
        invoice.GetProperty("subtotal").GetInt64(), invoice.GetProperty("wallet_applied").GetInt64(), invoice.GetProperty("tax_total").GetInt64(),
        invoice.GetProperty("total").GetInt64());

    private async Task<Dictionary<string, long>> BooksAsync(string account) =>
        (await server.Admin.GetAsync($"/v1/ledger/entries?account={account}&limit=100")).Json.GetProperty("data").EnumerateArray()
            .SelectMany(entry => new[]
            {
                (Account: entry.GetProperty("debit").GetString()!, Amount: entry.GetProperty("amount").GetInt64()),
                (Account: entry.GetProperty("credit").GetString()!, Amount: -entry.GetProperty("amount").GetInt64()),
            })
            .GroupBy(leg => leg.Account).Select(group => (group.Key, Sum: group.Sum(leg => leg.Amount))).Where(sum => sum.Sum != 0)
            .ToDictionary(sum => sum.Key, sum => sum.Sum);
}
