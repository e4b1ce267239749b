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

    [Fact]
    public async Task What_was_carried_over_many_periods_is_given_back_of_all_of_them()
    {
        var scene = await UsageScene.BeginAsync(server, "\"aggregation\": \"sum\", \"late_policy\": \"carry_forward\"");
        var plan = (await server.Admin.PostAsync("/v1/plans", $$"""
            {"code": "w{{Guid.NewGuid():N}}", "name": "Daily", "currency": "usd", "interval": {"unit": "day", "count": 1},
             "prices": [{"code": "calls", "kind": "usage", "meter": "{{scene.Meter}}", "model": {"type": "per_unit", "unit_amount": "10"} }]}
            """)).Id;
        var subscription = await scene.SubscribeAsync(plan);
        var ids = new List<string>();
        for (var day = 2; day <= 12; day++)
        {
            // Each comes late to the first day, and is charged with the day that runs.
            await scene.AdvanceAsync($"2026-06-{day:00}T06:00:00Z");
            ids.Add(await scene.UseAsync("2026-06-01T03:00:00Z", 20));
            await scene.AdvanceAsync($"2026-06-{day:00}T12:00:00Z");
        }

        await scene.AdvanceAsync("2026-06-13T12:00:00Z");
        Assert.Equal(11 * 200, await BilledAsync(scene));
        foreach (var id in ids)
        {
            await scene.AmendAsync(id, 0);
        }

        await scene.AdvanceAsync("2026-06-13T18:00:00Z");
        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/cancel", """{"when": "now"}""");
        await scene.AdvanceAsync("2026-06-15T00:00:00Z");

        Assert.Equal(0, await BilledAsync(scene));
    }

    private async Task<long> BilledAsync(UsageScene scene)
    {
        var invoices = await scene.InvoicesAsync();
        var notes = (await server.Admin.GetAsync($"/v1/credit_notes?account={scene.Account}&limit=50")).Json.GetProperty("data").EnumerateArray();
        return invoices.Sum(invoice => invoice.GetProperty("total").GetInt64()) - notes.Sum(note => note.GetProperty("total").GetInt64());
    }
}
