using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>A pause of collection that keeps invoices drafts, over HTTP on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class KeptDraftTests(ApiServer server)
{
    [Fact]
    public async Task Renewals_in_the_pause_are_drafts_until_a_call_and_renewals_after_it_are_collected()
    {
        var (clock, account, subscription) = await StartAsync();
        var paused = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "keep_draft"}""");
        Assert.Equal("keep_draft", paused.Json.GetProperty("collection_pause").GetProperty("behavior").GetString());
        await AdvanceAsync(clock, "2026-08-20T00:00:00Z");
        Assert.Equal(["3000 paid 0001", "3000 draft -", "3000 draft -"], await InvoicesAsync(account));
        var drafts = (await server.Admin.GetAsync($"/v1/invoices?account={account}&status=draft")).Json.GetProperty("data").EnumerateArray().ToArray();
        Assert.All(drafts, draft => Assert.Equal(
            (0, JsonValueKind.Null, 0), (draft.GetProperty("attempts").GetArrayLength(), draft.GetProperty("finalizes_at").ValueKind, draft.GetProperty("amount_paid").GetInt32())));
        Assert.Equal("active", (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["status"]);

        var ended = await server.Admin.SendAsync("DELETE", $"/v1/subscriptions/{subscription}/pause_collection", key: Guid.NewGuid().ToString());
        Assert.Equal((200, JsonValueKind.Null), (ended.Status, ended.Json.GetProperty("collection_pause").ValueKind));
        await AdvanceAsync(clock, "2026-09-02T00:00:00Z");
        Assert.Equal(["3000 paid 0001", "3000 draft -", "3000 draft -", "3000 paid 0002"], await InvoicesAsync(account));

        // July is finalised and collected; August is deleted and used no number.
        var july = drafts[^1].GetProperty("id").GetString();
        var issued = await server.Admin.PostAsync($"/v1/invoices/{july}/finalize");
        Assert.Equal(("paid", 3000, "2026-09-02T00:00:00Z"), (issued["status"], Number(issued, "amount_paid"), issued["issued_at"]));
        Assert.Equal(200, (await server.Admin.SendAsync("DELETE", $"/v1/invoices/{drafts[0].GetProperty("id").GetString()}", key: Guid.NewGuid().ToString())).Status);
        Assert.Equal(["3000 paid 0001", "3000 paid 0003", "3000 void -", "3000 paid 0002"], await InvoicesAsync(account));
        Assert.Equal(0, Number(await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd"), "total"));
    }

    [Fact]
    public async Task Until_ends_it_by_itself_and_the_drafts_stay()
    {
        var (clock, account, subscription) = await StartAsync();
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "keep_draft", "until": "2026-08-01T00:00:00Z"}""");
        await AdvanceAsync(clock, "2026-08-02T00:00:00Z");
        Assert.Equal(["3000 paid 0001", "3000 draft -", "3000 paid 0002"], await InvoicesAsync(account));
    }

    /// <summary>In which order the draft and the credit for its line are finalised makes no difference to what is paid.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_downgrade_in_the_pause_lowers_what_the_drafts_come_to(bool creditFirst)
    {
        var (clock, account, subscription) = await StartAsync();
        var basic = await server.Admin.PlanAsync("""{"type": "flat", "amount": 1000}""");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "keep_draft"}""");
        await AdvanceAsync(clock, "2026-07-16T00:00:00Z");
        var charged = (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["latest_invoice"]!;
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{basic}}", "when": "now", "proration": "second"}""");
        var credit = (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["latest_invoice"]!;
        // 16 of 31 days: 3,000 come back as 1,548, and 1,000 are charged as 516.
        Assert.Equal(["3000 paid 0001", "3000 draft -", "-1032 draft -"], await InvoicesAsync(account));
        // The credit is a draft itself, and holds the charge all the same.
        var refused = await server.Admin.SendAsync("DELETE", $"/v1/invoices/{charged}", key: Guid.NewGuid().ToString());
        Assert.Equal((422, "lines_credited"), (refused.Status, refused["code"]));
        foreach (var id in creditFirst ? (string[])[credit, charged] : [charged, credit])
        {
            Assert.Equal("paid", (await server.Admin.PostAsync($"/v1/invoices/{id}/finalize"))["status"]);
        }

        var paid = await server.Admin.GetAsync($"/v1/invoices/{charged}");
        var balance = Number(await server.Admin.GetAsync($"/v1/accounts/{account}"), "balance");
        Assert.Equal((1968, creditFirst ? 0 : 1032), (Number(paid, "amount_paid") - balance, balance));
        Assert.Equal(0, Number(await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd"), "total"));
    }

    /// <summary>The pause that holds when a draft is issued says how it is collected, not the one in which it was drafted.</summary>
    [Fact]
    public async Task A_draft_of_a_grace_is_issued_by_the_pause_of_that_day()
    {
        var (clock, account, subscription) = await StartAsync(""", "invoice_grace_hours": 48""");
        await AdvanceAsync(clock, "2026-07-01T12:00:00Z");
        // Drafted before the pause, issued in it: left open.
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "open", "until": "2026-08-02T00:00:00Z"}""");
        await AdvanceAsync(clock, "2026-07-10T00:00:00Z");
        Assert.Equal(["3000 paid 0001", "3000 open 0002"], await InvoicesAsync(account));
        // Drafted in it, issued after it: collected.
        await AdvanceAsync(clock, "2026-08-10T00:00:00Z");
        Assert.Equal(["3000 paid 0001", "3000 open 0002", "3000 paid 0003"], await InvoicesAsync(account));
        // Written off where that is how the pause of the day collects.
        await AdvanceAsync(clock, "2026-09-01T12:00:00Z");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "uncollectible", "until": "2026-10-01T00:00:00Z"}""");
        await AdvanceAsync(clock, "2026-10-01T12:00:00Z");
        Assert.Equal(["3000 paid 0001", "3000 open 0002", "3000 paid 0003", "3000 uncollectible 0004", "3000 draft -"], await InvoicesAsync(account));
        // One that keeps drafts keeps this one too, until a call.
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/pause_collection", """{"behavior": "keep_draft"}""");
        await AdvanceAsync(clock, "2026-10-20T00:00:00Z");
        var kept = (await server.Admin.GetAsync($"/v1/invoices?account={account}&status=draft")).Json.GetProperty("data")[0];
        Assert.Equal(JsonValueKind.Null, kept.GetProperty("finalizes_at").ValueKind);
        Assert.Equal("paid", (await server.Admin.PostAsync($"/v1/invoices/{kept.GetProperty("id").GetString()}/finalize"))["status"]);
        Assert.Equal(0, Number(await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd"), "total"));
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/work_items?account={account}")).Json.GetProperty("data").GetArrayLength());
    }

    private async Task<(string Clock, string Account, string Subscription)> StartAsync(string extra = "")
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock, extra);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        await AdvanceAsync(clock, extra.Length == 0 ? "2026-06-02T00:00:00Z" : "2026-06-04T00:00:00Z");
        return (clock, account, subscription);
    }

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    /// <summary>Total, status and the end of the number of every invoice, oldest first.</summary>
    private async Task<IEnumerable<string>> InvoicesAsync(string account) =>
        (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Reverse()
        .Select(invoice => $"{invoice.GetProperty("total").GetInt64()} {invoice.GetProperty("status").GetString()} {invoice.GetProperty("number").GetString()?[^4..] ?? "-"}");

    private static long Number(ApiAnswer answer, string name) => answer.Json.GetProperty(name).GetInt64();
}
