using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>The life of a subscription that another account pays for, over HTTP on a test clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class PayerLifeTests(ApiServer server)
{
    [Fact]
    public async Task What_becomes_of_the_parents_invoice_decides_about_the_childs_subscription()
    {
        var (clock, parent, child, subscription) = await StartAsync("tok_insufficient_funds");
        await AdvanceAsync(clock, "2026-04-02T00:00:00Z");
        Assert.Equal(("past_due", "open"), (await StatusAsync(subscription), (await InvoicesAsync(parent))[0].Status));
        // The child's own card is none of the parent's.
        Assert.All((await server.Admin.GetAsync($"/v1/payments?account={parent}")).Json.GetProperty("data").EnumerateArray().ToList(), payment => Assert.Equal("pending", payment.GetProperty("status").GetString()));
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/payments?account={child}")).Json.GetProperty("data").GetArrayLength());

        await AdvanceAsync(clock, "2026-04-12T00:00:00Z");
        Assert.Equal("unpaid", await StatusAsync(subscription));
        await server.Admin.PostAsync($"/v1/accounts/{parent}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa", "default": true}""");
        var open = (await server.Admin.GetAsync($"/v1/invoices?account={parent}")).Json.GetProperty("data")[0].GetProperty("id").GetString();
        Assert.Equal("paid", (await server.Admin.PostAsync($"/v1/invoices/{open}/pay"))["status"]);
        Assert.Equal("active", await StatusAsync(subscription));
        await AdvanceAsync(clock, "2026-05-02T00:00:00Z");
        Assert.Equal([(3000L, "paid"), (3000L, "paid")], await InvoicesAsync(parent));
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/work_items?account={parent}")).Json.GetProperty("data").GetArrayLength());
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/work_items?account={child}")).Json.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_draft_stays_its_payers_when_another_pays_from_then_on()
    {
        var (clock, parent, child, subscription) = await StartAsync("tok_visa", """, "invoice_grace_hours": 48""");
        await AdvanceAsync(clock, "2026-05-01T12:00:00Z");
        Assert.Equal([(3000L, "paid"), (3000L, "draft")], await InvoicesAsync(parent));
        await PatchAsync(child, """{"billed_to": null}""");
        var max = await server.Admin.PlanAsync("""{"type": "flat", "amount": 6000}""");
        await AdvanceAsync(clock, "2026-05-02T00:00:00Z");
        // Thirty of May's 31 days are left: 2,903 come back on a draft of the parent, 5,806 are the child's.
        var change = await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"plan": "{{max}}", "when": "now", "proration": "day"}""");
        Assert.Equal([(3000L, "paid"), (3000L, "draft"), (-2903L, "draft")], await InvoicesAsync(parent));
        Assert.Equal([(5806L, "paid")], await InvoicesAsync(child));
        await AdvanceAsync(clock, "2026-05-10T00:00:00Z");
        Assert.Equal([(3000L, "paid"), (3000L, "paid"), (-2903L, "paid")], await InvoicesAsync(parent));
        // What the draft's card paid, less what came back, is one day.
        var paid = (await server.Admin.GetAsync($"/v1/invoices?account={parent}")).Json.GetProperty("data").EnumerateArray().Sum(invoice => invoice.GetProperty("amount_paid").GetInt64());
        Assert.Equal((3000 + 97, 0), (paid - await BalanceAsync(parent), await BalanceAsync(child)));
        Assert.Equal(0, (await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json.GetProperty("total").GetInt64());
    }

    [Theory]
    [InlineData("change")]
    [InlineData("change/preview")]
    public async Task What_cannot_wait_for_the_childs_next_invoice_is_refused_by_the_preview_too(string path)
    {
        var (_, _, _, subscription) = await StartAsync("tok_visa");
        var max = await server.Admin.PlanAsync("""{"type": "flat", "amount": 6000}""");
        var refused = await server.Admin.SendAsync(
            "POST", $"/v1/subscriptions/{subscription}/{path}", $$"""{"plan": "{{max}}", "when": "now", "invoice": "next"}""", Guid.NewGuid().ToString());
        Assert.Equal((422, "billed_to_another"), (refused.Status, refused["code"]));
    }

    [Fact]
    public async Task A_preview_shows_what_earlier_payers_get_beside_what_the_new_one_is_charged()
    {
        var (clock, parent, child, subscription) = await StartAsync("tok_visa");
        await PatchAsync(child, """{"billed_to": null}""");
        await AdvanceAsync(clock, "2026-04-10T22:00:00Z");
        var max = await server.Admin.PlanAsync("""{"type": "flat", "amount": 6000}""");
        var order = $$"""{"plan": "{{max}}", "when": "now", "proration": "day"}""";
        var shown = (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change/preview", order)).Json;
        var earlier = Assert.Single(shown.GetProperty("earlier_payers").EnumerateArray().ToList());
        Assert.Equal((4000, child, -2000, parent, child), (
            shown.GetProperty("total").GetInt32(), shown.GetProperty("account").GetString(), earlier.GetProperty("total").GetInt32(), earlier.GetProperty("account").GetString(),
            earlier.GetProperty("for_account").GetString()));
        var each = (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change/preview", $$"""{"plan": "{{max}}", "when": "now"}""")).Json.GetProperty("data");
        Assert.All(each.EnumerateArray().ToList(), one => Assert.Equal(
            one.GetProperty("proration").GetString() is "none" or "full_difference" ? 0 : 1, one.GetProperty("earlier_payers").GetArrayLength()));
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", order);
        Assert.Equal([(3000L, "paid"), (-2000L, "paid")], await InvoicesAsync(parent));
        Assert.Equal([(4000L, "paid")], await InvoicesAsync(child));
        // The end gives back to the one who paid for it: nobody else gets anything.
        var end = (await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel/preview", """{"when": "now", "proration": "day"}""")).Json;
        Assert.Equal((-4000, 0), (end.GetProperty("total").GetInt32(), end.GetProperty("earlier_payers").GetArrayLength()));
    }

    [Fact]
    public async Task A_deleted_clock_ends_the_lives_of_parent_and_child()
    {
        var (clock, parent, child, subscription) = await StartAsync("tok_insufficient_funds");
        await AdvanceAsync(clock, "2026-04-02T00:00:00Z");
        Assert.Equal(200, (await server.Admin.SendAsync("DELETE", $"/v1/test_clocks/{clock}", key: Guid.NewGuid().ToString())).Status);
        Assert.Equal(404, (await server.Admin.GetAsync($"/v1/test_clocks/{clock}")).Status);
        // Nothing is due of either any more, wherever its row stands.
        Assert.Equal(0, await OrleansBilling.Testing.ScratchCluster.ScalarAsync<long>(server.ConnectionString, $"select count(*) from due_work where account in ('{parent}', '{child}') or grain_key = '{subscription}'"));
        foreach (var (path, body) in new[]
        {
            ($"/v1/accounts/{child}", """{"billed_to": null}"""), ($"/v1/accounts/{parent}", """{"name": "Other"}"""),
        })
        {
            var refused = await server.Admin.SendAsync("PATCH", path, body, Guid.NewGuid().ToString());
            Assert.Equal(404, refused.Status);
        }
    }

    private async Task<(string Clock, string Parent, string Child, string Subscription)> StartAsync(string token, string extra = "")
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-03-31T22:00:00Z"}""")).Id;
        var parent = await server.Admin.AccountAsync(clock, extra);
        await server.Admin.PostAsync($"/v1/accounts/{parent}/payment_methods", $$"""{"gateway": "sandbox", "token": "{{token}}"}""");
        var child = await server.Admin.AccountAsync(clock, $$""", "billed_to": "{{parent}}" """);
        await server.Admin.PostAsync($"/v1/accounts/{child}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = await server.Admin.PlanAsync("""{"type": "flat", "amount": 3000}""");
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{child}}", "plan": "{{plan}}"}""")).Id;
        return (clock, parent, child, subscription);
    }

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private Task<ApiAnswer> PatchAsync(string account, string body) => server.Admin.SendAsync("PATCH", $"/v1/accounts/{account}", body, Guid.NewGuid().ToString());

    private async Task<string?> StatusAsync(string subscription) => (await server.Admin.GetAsync($"/v1/subscriptions/{subscription}"))["status"];

    private async Task<long> BalanceAsync(string account) => (await server.Admin.GetAsync($"/v1/accounts/{account}")).Json.GetProperty("balance").GetInt64();

    private async Task<IReadOnlyList<(long Total, string? Status)>> InvoicesAsync(string account) =>
    [
        .. (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray()
            .Select(invoice => (invoice.GetProperty("total").GetInt64(), invoice.GetProperty("status").GetString())).Reverse(),
    ];
}
