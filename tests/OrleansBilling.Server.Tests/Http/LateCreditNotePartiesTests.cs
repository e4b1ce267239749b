using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Credit notes of corrected usage where others have a part in the invoice: wallets, paying parents, several subscriptions, a bank debit.</summary>
[Collection(ApiCollection.Name)]
public sealed class LateCreditNotePartiesTests(ApiServer server)
{
    private const string PerUnit = """{"type": "per_unit", "unit_amount": "10"}""";

    [Fact]
    public async Task What_prepaid_credit_paid_goes_back_to_its_grants()
    {
        var scene = await UsageScene.BeginAsync(server);
        var wallet = (await server.Admin.PostAsync("/v1/wallets", $$"""{"account": "{{scene.Account}}", "currency": "usd"}""")).Id;
        await server.Admin.PostAsync($"/v1/wallets/{wallet}/grants", """{"amount": "400"}""");
        await scene.SubscribeAsync(await scene.PlanAsync(PerUnit, withBase: false));
        await scene.AdvanceAsync("2026-06-06T00:00:00Z");
        var call = await scene.UseAsync("2026-06-05T00:00:00Z", 100);
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");
        var invoice = (await scene.InvoicesAsync()).Single();
        Assert.Equal((1000, 400, 600), (Int(invoice, "total") + 400, Int(invoice, "wallet_applied"), Int(invoice, "amount_paid")));

        await scene.AmendAsync(call, 70);
        await scene.AdvanceAsync("2026-07-03T00:00:00Z");
        var note = (await NotesAsync($"invoice={Id(invoice)}")).Single();
        Assert.Equal((300, 120, 180), (Int(note, "subtotal"), Int(note, "wallet_returned"), Int(note, "total")));

        await scene.AmendAsync(call, 0);
        await scene.AdvanceAsync("2026-07-04T00:00:00Z");
        Assert.Equal((400, 600), (await NumberAsync($"/v1/wallets/{wallet}", "balance"), await NumberAsync($"/v1/accounts/{scene.Account}", "balance")));
        Assert.Equal(1000, (await NotesAsync($"invoice={Id(invoice)}")).Sum(each => Int(each, "subtotal")));
        await BooksAsync();
    }

    [Fact]
    public async Task It_is_for_whom_the_invoice_was_issued_to_also_where_another_pays_by_then()
    {
        var scene = await UsageScene.BeginAsync(server);
        var parent = (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Parent", "currency": "usd", "time_zone": "UTC", "test_clock": "{{scene.Clock}}"}""")).Id;
        await server.Admin.PostAsync($"/v1/accounts/{parent}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        Assert.Equal(200, (await server.Admin.SendAsync("PATCH", $"/v1/accounts/{scene.Account}", $$"""{"billed_to": "{{parent}}"}""")).Status);
        await scene.SubscribeAsync(await scene.PlanAsync(PerUnit));
        await scene.AdvanceAsync("2026-06-06T00:00:00Z");
        var call = await scene.UseAsync("2026-06-05T00:00:00Z", 100);
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");
        Assert.Equal(200, (await server.Admin.SendAsync("PATCH", $"/v1/accounts/{scene.Account}", """{"billed_to": null}""")).Status);

        await scene.AmendAsync(call, 70);
        await scene.AdvanceAsync("2026-07-03T00:00:00Z");

        var note = (await NotesAsync($"account={parent}")).Single();
        Assert.Equal((300, parent), (Int(note, "total"), note.GetProperty("account").GetString()));
        Assert.Equal((300, 0), (await NumberAsync($"/v1/accounts/{parent}", "balance"), await NumberAsync($"/v1/accounts/{scene.Account}", "balance")));
        await BooksAsync();
    }

    [Fact]
    public async Task Of_an_invoice_that_gathers_several_subscriptions_each_takes_back_its_own_line()
    {
        var scene = await UsageScene.BeginAsync(server);
        Assert.Equal(200, (await server.Admin.SendAsync("PATCH", $"/v1/accounts/{scene.Account}", """{"invoice_grouping": "account"}""")).Status);
        var plan = await scene.PlanAsync(PerUnit);
        var (one, two) = (await scene.SubscribeAsync(plan), await scene.SubscribeAsync(plan));
        await scene.AdvanceAsync("2026-06-06T00:00:00Z");
        var first = await scene.UseAsync("2026-06-05T00:00:00Z", 100, $", \"subscription\": \"{one}\"");
        var second = await scene.UseAsync("2026-06-05T00:00:00Z", 50, $", \"subscription\": \"{two}\"");
        await scene.AdvanceAsync("2026-07-02T00:00:00Z");
        var invoice = (await scene.InvoicesAsync()).Last();
        var lines = invoice.GetProperty("lines").EnumerateArray().Where(line => line.GetProperty("kind").GetString() == "usage").ToDictionary(line => line.GetProperty("subscription").GetString()!, Id);
        Assert.Equal(2, lines.Count);

        await scene.AmendAsync(first, 70);
        await scene.AmendAsync(second, 0);
        await scene.AdvanceAsync("2026-07-03T00:00:00Z");

        var taken = (await NotesAsync($"invoice={Id(invoice)}")).SelectMany(note => note.GetProperty("lines").EnumerateArray()).ToDictionary(line => line.GetProperty("line").GetString()!, line => Int(line, "amount"));
        Assert.Equal((300, 500), (taken[lines[one]], taken[lines[two]]));
        Assert.Equal(800, await NumberAsync($"/v1/accounts/{scene.Account}", "balance"));
        await BooksAsync();
    }

    [Fact]
    public async Task While_a_bank_debit_is_on_its_way_it_is_listed_and_made_once_that_has_settled()
    {
        var scene = await UsageScene.BeginAsync(server);
        var bank = (await server.Admin.PostAsync($"/v1/accounts/{scene.Account}/payment_methods", """{"gateway": "sandbox", "token": "tok_sepa"}""")).Id;
        var subscription = await scene.SubscribeAsync(await scene.PlanAsync(PerUnit, withBase: false));
        Assert.Equal(200, (await server.Admin.SendAsync("PATCH", $"/v1/subscriptions/{subscription}", $$"""{"payment_method": "{{bank}}"}""")).Status);
        await scene.AdvanceAsync("2026-06-06T00:00:00Z");
        var call = await scene.UseAsync("2026-06-05T00:00:00Z", 100);
        await scene.AdvanceAsync("2026-07-01T00:00:00Z");
        var invoice = (await scene.InvoicesAsync()).Single();
        Assert.Equal("open", invoice.GetProperty("status").GetString());

        await scene.AmendAsync(call, 70);
        await scene.AdvanceAsync("2026-07-01T01:00:00Z");
        Assert.Empty(await NotesAsync($"invoice={Id(invoice)}"));
        var waits = (await server.Admin.GetAsync($"/v1/accounts/{scene.Account}/pending_lines")).Json.GetProperty("data").EnumerateArray().Single();
        Assert.Equal(("credit_note", -300, Id(invoice)), (waits.GetProperty("source").GetString(), Int(waits, "amount"), waits.GetProperty("credited_invoice").GetString()));
        Assert.Equal("pending_line_not_manual", (await server.Admin.SendAsync("DELETE", $"/v1/accounts/{scene.Account}/pending_lines/{Id(waits)}"))["code"]);

        await scene.AdvanceAsync("2026-07-20T00:00:00Z");
        var note = (await NotesAsync($"invoice={Id(invoice)}")).Single();
        Assert.Equal((1000, 300), (await NumberAsync($"/v1/invoices/{Id(invoice)}", "amount_paid"), Int(note.GetProperty("settled"), "credit")));
        Assert.Equal(0, (await server.Admin.GetAsync($"/v1/accounts/{scene.Account}/pending_lines")).Json.GetProperty("data").GetArrayLength());
        await BooksAsync();
    }

    private async Task<List<JsonElement>> NotesAsync(string filter) => [.. (await server.Admin.GetAsync($"/v1/credit_notes?{filter}")).Json.GetProperty("data").EnumerateArray()];

    private async Task<long> NumberAsync(string path, string name) => (await server.Admin.GetAsync(path)).Json.GetProperty(name).GetInt64();

    private async Task BooksAsync() => Assert.Equal(0, (await server.Admin.GetAsync("/v1/ledger/trial_balance?currency=usd")).Json.GetProperty("total").GetInt64());

    private static string Id(JsonElement json) => json.GetProperty("id").GetString()!;

    private static int Int(JsonElement json, string name) => json.GetProperty(name).GetInt32();
}
