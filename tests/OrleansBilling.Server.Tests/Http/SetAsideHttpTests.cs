using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>A line that cannot be rated, from the renewal to the retry, on real rows.</summary>
[Collection(ApiCollection.Name)]
public sealed class SetAsideHttpTests(ApiServer server)
{
    [Fact]
    public async Task One_bad_line_of_ten_leaves_nine_billed_and_its_retry_bills_it_once()
    {
        var clock = (await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).Id;
        var account = await server.Admin.AccountAsync(clock);
        await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var plan = $"ten-{Guid.NewGuid():N}";
        var prices = string.Join(", ", Enumerable.Range(0, 10).Select(i => $$"""{"code": "p{{i}}", "kind": "recurring", "model": {"type": "per_unit", "unit_amount": "{{1000 + i}}"} }"""));
        await server.Admin.PostAsync("/v1/plans", $$"""{"code": "{{plan}}", "name": "Ten", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [{{prices}}]}""");
        var subscription = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""")).Id;
        await AdvanceAsync(clock, "2026-07-02T00:00:00Z");

        // The state is damaged by hand: no request can do that, and it must not stop a whole invoice.
        await SpoilAsync(subscription, "\"price\":\"p4\",\"quantity\":1", "\"price\":\"p4\",\"quantity\":2000000000000000000");
        await AdvanceAsync(clock, "2026-08-02T00:00:00Z");
        Assert.Equal([10045, 10045, 9041], await TotalsAsync(account));

        var item = (await server.Admin.GetAsync($"/v1/work_items?account={account}")).Json.GetProperty("data").EnumerateArray().Single();
        Assert.Equal(("line", "recurring", "p4"), (item.GetProperty("type").GetString(), item.GetProperty("kind").GetString(), item.GetProperty("line").GetProperty("price").GetString()));
        Assert.StartsWith("amount_too_large", item.GetProperty("reason").GetString(), StringComparison.Ordinal);
        var retry = $"/v1/work_items/{item.GetProperty("id").GetString()}/retry";
        await SpoilAsync(subscription, "2000000000000000000", "1");
        var key = Guid.NewGuid().ToString();
        var billed = await server.Admin.PostAsync(retry, "{}", key);
        Assert.True((await server.Admin.PostAsync(retry, "{}", key)).Replayed);
        Assert.Equal(404, (await server.Admin.SendAsync("POST", retry, "{}", Guid.NewGuid().ToString())).Status);
        await AdvanceAsync(clock, "2026-08-03T00:00:00Z");

        Assert.Equal([10045, 10045, 9041, 1004], await TotalsAsync(account));
        var invoice = await server.Admin.GetAsync($"/v1/invoices/{billed["invoice"]}");
        Assert.Equal(("paid", "2026-08-01T00:00:00Z"), (invoice["status"], invoice.Json.GetProperty("lines")[0].GetProperty("period").GetProperty("start").GetString()));
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/work_items?account={account}")).Json.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Units_that_fit_no_cell_wait_with_their_reason_until_a_negotiated_price_has_one()
    {
        var scene = await UsageScene.BeginAsync(server, """ "aggregation": "sum", "group_by": ["region"] """);
        static string Matrix(string region, int amount) => $$"""{"type": "matrix", "dimensions": ["region"], "cells": [{"values": {"region": "{{region}}"}, "unit_amount": "{{amount}}"}]}""";
        var subscription = await scene.SubscribeAsync(await scene.PlanAsync(Matrix("eu", 10)));
        await scene.AdvanceAsync("2026-06-12T00:00:00Z");
        var fits = await scene.UseAsync("2026-06-10T00:00:00Z", 5, ", \"properties\": {\"region\": \"eu\"}");
        var fitsNot = await scene.UseAsync("2026-06-11T00:00:00Z", 7, ", \"properties\": {\"region\": \"mars\"}");
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");

        Assert.Equal("2026-06-01 calls 50, 2026-07-01 base 3000", (await scene.ToldAsync()).Last());
        var item = (await server.Admin.GetAsync($"/v1/work_items?account={scene.Account}")).Json.GetProperty("data").EnumerateArray().Single();
        Assert.Equal(
            ("line", "usage", "no_cell: 7 units fit no cell of price calls, which has no default: 7 with region mars.", "7"),
            (item.GetProperty("type").GetString(), item.GetProperty("kind").GetString(), item.GetProperty("reason").GetString(), item.GetProperty("line").GetProperty("quantity").GetString()));
        var retry = $"/v1/work_items/{item.GetProperty("id").GetString()}/retry";
        var refused = await server.Admin.SendAsync("POST", retry, "{}", Guid.NewGuid().ToString());
        Assert.Equal((422, "no_cell"), (refused.Status, refused["code"]));

        await server.Admin.PostAsync($"/v1/subscriptions/{subscription}/change", $$"""{"price_overrides": {"calls": {"model": {{Matrix("mars", 100)}} } } }""");
        await server.Admin.PostAsync(retry, "{}", Guid.NewGuid().ToString());

        Assert.Equal("2026-06-01 calls 700", (await scene.ToldAsync()).Last());
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/work_items?account={scene.Account}")).Json.GetProperty("data").GetArrayLength());

        // What corrections take back is credited to the invoice that billed it, and to no other.
        await scene.AmendAsync(fits, 3);
        await scene.AmendAsync(fitsNot, 4);
        await scene.AdvanceAsync("2026-07-03T00:00:00Z");
        Assert.Equal([("2026-06-01 calls 50, 2026-07-01 base 3000", 20), ("2026-06-01 calls 700", 300)], await CreditedAsync(scene));
        await scene.AmendAsync(fitsNot, 6);
        await scene.AdvanceAsync("2026-07-04T00:00:00Z");
        item = (await server.Admin.GetAsync($"/v1/work_items?account={scene.Account}")).Json.GetProperty("data").EnumerateArray().Single();
        Assert.Equal("2", item.GetProperty("line").GetProperty("quantity").GetString());
        await server.Admin.PostAsync($"/v1/work_items/{item.GetProperty("id").GetString()}/retry", "{}", Guid.NewGuid().ToString());
        Assert.Equal("2026-06-01 calls 200", (await scene.ToldAsync()).Last());
    }

    [Fact]
    public async Task Usage_that_was_voided_since_ends_its_work_item_without_an_invoice_and_late_events_find_its_span()
    {
        var scene = await UsageScene.BeginAsync(server);
        await scene.SubscribeAsync(await scene.PlanAsync("""{"type": "per_unit", "unit_amount": "1000000"}"""));
        await scene.AdvanceAsync("2026-06-12T00:00:00Z");
        var huge = await scene.UseAsync("2026-06-10T00:00:00Z", 2_000_000_000);
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");
        var item = (await server.Admin.GetAsync($"/v1/work_items?account={scene.Account}")).Json.GetProperty("data").EnumerateArray().Single();
        Assert.StartsWith("amount_too_large", item.GetProperty("reason").GetString(), StringComparison.Ordinal);
        await server.Admin.PostAsync("/v1/usage/corrections", $$"""{"account": "{{scene.Account}}", "ids": ["{{huge}}"], "action": "void"}""");

        var ended = await server.Admin.PostAsync($"/v1/work_items/{item.GetProperty("id").GetString()}/retry", "{}", Guid.NewGuid().ToString());

        Assert.Equal(System.Text.Json.JsonValueKind.Null, ended.Json.GetProperty("invoice").ValueKind);
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/work_items?account={scene.Account}")).Json.GetProperty("data").GetArrayLength());
        Assert.Equal("2026-07-01 base 3000", (await scene.ToldAsync()).Last());
        await scene.UseAsync("2026-06-11T00:00:00Z", 3);
        await scene.AdvanceAsync("2026-08-02T00:00:00Z");
        Assert.Equal("2026-06-01 calls 3000000, 2026-08-01 base 3000", (await scene.ToldAsync()).Last());
    }

    /// <summary>Each credit note: the lines of its invoice, and its total.</summary>
    private async Task<List<(string Invoice, long Total)>> CreditedAsync(UsageScene scene)
    {
        var (invoices, told) = (await scene.InvoicesAsync(), await scene.ToldAsync());
        var notes = (await server.Admin.GetAsync($"/v1/credit_notes?account={scene.Account}")).Json.GetProperty("data").EnumerateArray().ToList();
        return [.. notes.Select(note => (told[invoices.FindIndex(invoice => invoice.GetProperty("id").GetString() == note.GetProperty("invoice").GetString())], note.GetProperty("total").GetInt64())).OrderBy(note => note.Item2)];
    }

    private Task SpoilAsync(string subscription, string from, string to) => ScratchCluster.ExecuteAsync(
        server.ConnectionString,
        $"update grain_state set payload = convert_to(replace(convert_from(payload, 'UTF8'), '{from}', '{to}'), 'UTF8') where grain_key = '{subscription}'");

    private Task<ApiAnswer> AdvanceAsync(string clock, string to) => server.Admin.PostAsync($"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private async Task<List<long>> TotalsAsync(string account) =>
        [.. (await server.Admin.GetAsync($"/v1/invoices?account={account}")).Json.GetProperty("data").EnumerateArray().Select(invoice => invoice.GetProperty("total").GetInt64()).Reverse()];
}
