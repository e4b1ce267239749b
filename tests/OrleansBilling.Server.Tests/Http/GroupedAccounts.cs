using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Accounts that gather the lines of their subscriptions, on test clocks that stand at 1 February 2026.</summary>
public abstract class GroupedAccounts(ApiServer server)
{
    protected ApiServer Server => server;

    protected ApiCaller Admin => server.Admin;

    protected async Task<(string Clock, string Account)> CustomerAsync(string extra = "", string token = "tok_visa")
    {
        var clock = (await Admin.PostAsync("/v1/test_clocks", """{"now": "2026-02-01T00:00:00Z"}""")).Id;
        var account = (await Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}", "invoice_grouping": "account"{{extra}}}""")).Id;
        await Admin.PostAsync($"/v1/accounts/{account}/payment_methods", $$"""{"gateway": "sandbox", "token": "{{token}}"}""");
        return (clock, account);
    }

    protected async Task<string> BuyAsync(string account, string plan) =>
        (await Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;

    /// <summary>Oldest first.</summary>
    protected async Task<List<JsonElement>> InvoicesAsync(string account) =>
        [.. (await Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Reverse()];

    protected static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    protected static long Long(JsonElement json, string name) => json.GetProperty(name).GetInt64();

    protected async Task AdvanceAsync(string clock, string to) => await Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    protected async Task<string[]> StatusesAsync(string account) =>
        [.. (await Admin.GetAsync($"/v1/subscriptions?account={account}")).Json.GetProperty("data").EnumerateArray().Select(each => Text(each, "status"))];

    /// <summary>Amounts of an invoice's lines with what they are, in the document's order.</summary>
    protected static (string Kind, long Amount)[] Lines(JsonElement invoice) =>
        [.. invoice.GetProperty("lines").EnumerateArray().Select(line => (Text(line, "kind"), Long(line, "amount")))];

    protected async Task BooksAgreeAsync() =>
        Assert.Equal(0, Long((await Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json, "total"));
}
