namespace OrleansBilling.Server.Tests.Http;

/// <summary>Usage carried forward to a period that cannot take it, on rows.</summary>
[Collection(ApiCollection.Name)]
public sealed class UsageReturnHttpTests(ApiServer server)
{
    [Theory]
    // What 90 of June become after it was billed, what is billed for it then, and what a credit note gives back.
    [InlineData(120, 300, 0)]
    [InlineData(50, 0, 400)]
    public async Task An_end_that_leaves_usage_out_returns_what_was_carried_to_the_period_that_it_is_of(int becomes, long more, long noted)
    {
        var scene = await UsageScene.BeginAsync(server, "\"aggregation\": \"sum\", \"late_policy\": \"carry_forward\"");
        var subscription = await scene.SubscribeAsync(await scene.PlanAsync("""{"type": "per_unit", "unit_amount": "10"}""", withBase: false));
        await scene.AdvanceAsync("2026-06-11T00:00:00Z");
        var june = await scene.UseAsync("2026-06-10T00:00:00Z", 90);
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");
        await scene.AmendAsync(june, becomes);
        await scene.AdvanceAsync("2026-07-03T00:00:00Z");
        await scene.UseAsync("2026-07-02T10:00:00Z", 7);
        Assert.Equal(["2026-06-01 calls 900"], await scene.ToldAsync());

        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel", """{"when": "now", "invoice_usage": false}""");
        await scene.AdvanceAsync("2026-07-04T00:00:00Z");

        var invoices = await scene.InvoicesAsync();
        Assert.Equal(900 + more, invoices.SelectMany(invoice => invoice.GetProperty("lines").EnumerateArray()).Sum(line => line.GetProperty("amount").GetInt64()));
        var notes = (await server.Admin.GetAsync($"/v1/credit_notes?invoice={invoices[0].GetProperty("id").GetString()}")).Json.GetProperty("data").EnumerateArray();
        Assert.Equal(noted, notes.Sum(note => note.GetProperty("total").GetInt64()));
        var check = (await server.Admin.GetAsync($"/v1/accounts/{scene.Account}/usage/check?meter={scene.Meter}")).Json;
        Assert.True(check.GetProperty("holds").GetBoolean(), check.GetRawText());
        // Looked at again nothing more comes.
        await scene.AdvanceAsync("2026-07-06T00:00:00Z");
        Assert.Equal(invoices.Count, (await scene.InvoicesAsync()).Count);
    }
}
