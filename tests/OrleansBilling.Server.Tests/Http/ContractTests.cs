using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>What holds for every resource and every list, whatever it is of.</summary>
[Collection(ApiCollection.Name)]
public sealed class ContractTests(ApiServer server)
{
    private static readonly string[] Everywhere = ["id", "object", "created_at", "metadata"];

    [Fact]
    public async Task Every_resource_has_an_id_a_kind_a_time_and_metadata()
    {
        var clock = await server.Admin.PostAsync("/v1/test_clocks", """{"now": "2026-01-01T00:00:00Z"}""");
        var account = await server.Admin.AccountAsync(clock.Id);
        var method = await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        var adjustment = await server.Admin.PostAsync($"/v1/accounts/{account}/balance_adjustments", """{"amount": 500, "currency": "usd", "reason": "welcome"}""");
        var plan = await server.Admin.PlanAsync();
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        var invoice = await server.Admin.GetAsync("/v1/invoices/" + subscription["latest_invoice"]);
        var payment = (await server.Admin.GetAsync("/v1/payments?account=" + account)).Json.GetProperty("data")[0];
        var refund = await server.Admin.PostAsync($"/v1/payments/{payment.GetProperty("id")}/refunds", """{"amount": 1, "reason": "test"}""");
        List<JsonElement> resources =
        [
            clock.Json, method.Json, adjustment.Json, subscription.Json, invoice.Json, payment, refund.Json,
            (await server.Admin.GetAsync("/v1/accounts/" + account)).Json,
            (await server.Admin.GetAsync("/v1/plans/" + plan)).Json,
        ];
        foreach (var list in (string[])["test_clocks", "dunning_policies", "api_keys", $"events?account={account}", $"ledger/entries?account={account}"])
        {
            resources.AddRange((await server.Admin.GetAsync("/v1/" + list)).Json.GetProperty("data").EnumerateArray());
        }

        Assert.All(resources, resource => Assert.All(Everywhere, name => Assert.True(resource.TryGetProperty(name, out _), $"{name} is missing in {resource}")));
    }

    [Fact]
    public async Task Plans_and_payment_methods_keep_metadata()
    {
        const string Body = """ "name": "Pro", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [{"code": "base", "kind": "recurring", "model": {"type": "flat", "amount": 1}}] """;
        var code = "p" + Guid.NewGuid().ToString("N")[..12];
        await server.Admin.PostAsync("/v1/plans", $$"""{"code": "{{code}}", {{Body}}, "metadata": {"sku": "A-1", "none": ""} }""");
        await server.Admin.PostAsync($"/v1/plans/{code}/versions", $$"""{ {{Body}}, "metadata": {"sku": "A-2"} }""");
        Assert.Equal("""{"sku":"A-1"}""", (await server.Admin.GetAsync($"/v1/plans/{code}?version=1")).Json.GetProperty("metadata").GetRawText());
        Assert.Equal("""{"sku":"A-2"}""", (await server.Admin.GetAsync("/v1/plans/" + code)).Json.GetProperty("metadata").GetRawText());

        var path = $"/v1/accounts/{await server.Admin.AccountAsync()}/payment_methods";
        await server.Admin.PostAsync(path, """{"gateway": "sandbox", "token": "tok_visa", "metadata": {"wallet": "7"} }""");
        Assert.Equal("""{"wallet":"7"}""", (await server.Admin.GetAsync(path)).Json.GetProperty("data")[0].GetProperty("metadata").GetRawText());
    }

    [Fact]
    public async Task Small_lists_have_pages_too()
    {
        var path = $"/v1/accounts/{await server.Admin.AccountAsync()}/payment_methods";
        var made = new List<string>();
        foreach (var token in (string[])["tok_visa", "tok_amex", "tok_sepa"])
        {
            made.Insert(0, (await server.Admin.PostAsync(path, $$"""{"gateway": "sandbox", "token": "{{token}}"}""")).Id);
        }

        Assert.Equal(made, await AllAsync(path, 2, "id"));
        Assert.Equal(await AllAsync("/v1/ledger/accounts", 100, "code"), await AllAsync("/v1/ledger/accounts", 3, "code"));
    }

    [Theory]
    [InlineData("""{"type": "graduated", "tiers": [{"up_to": "10", "unit_amount": "1"}]}""", 422, "last_tier_not_open", "model.tiers[0].up_to")]
    [InlineData("""{"type": "volume", "tiers": [{"unit_amount": "1"}, {"up_to": "10", "unit_amount": "1"}]}""", 422, "open_tier_not_last", "model.tiers[0].up_to")]
    [InlineData("""{"type": "graduated", "tiers": [{"up_to": "10"}, {"up_to": "10"}, {}]}""", 422, "tiers_not_ascending", "model.tiers[1].up_to")]
    [InlineData("""{"type": "flat", "amount": 5, "minimum_amount": 10, "maximum_amount": 3}""", 422, "minimum_above_maximum", "model.maximum_amount")]
    [InlineData("""{"type": "package", "package_size": "0", "amount": 5}""", 400, "out_of_range", "model.package_size")]
    public async Task A_model_that_no_plan_could_have_is_not_quoted(string model, int status, string code, string field)
    {
        var answer = await server.Admin.SendAsync("POST", "/v1/quotes/price", $$"""{"currency": "usd", "quantity": "40", "model": {{model}}}""");
        Assert.Equal((status, code, field), (answer.Status, answer["code"], answer["field"]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task Who_sends_too_much_at_once_reads_why_it_is_refused(int megabytes)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(server.Address.Host, server.Address.Port, cancellation);
        var stream = socket.GetStream();
        var body = new byte[megabytes * 1024 * 1024];
        body.AsSpan().Fill((byte)' ');
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(
            $"POST /v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ApiServer.AdminKey}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"), cancellation);
        await stream.WriteAsync(body, cancellation);
        using var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync(cancellation));
    }

    [Fact]
    public async Task A_field_where_none_is_known_is_told_so()
    {
        var answer = await server.Admin.SendAsync("POST", $"/v1/plans/{await server.Admin.PlanAsync()}/archive", """{"x": 1}""");
        Assert.Equal("Remove it; no field is known here.", answer["detail"]);
    }

    [Fact]
    public async Task The_document_describes_the_api_alone() => Assert.All(
        (await server.Admin.GetAsync("/openapi/v1.json")).Json.GetProperty("paths").EnumerateObject(),
        path => Assert.StartsWith("/v1/", path.Name, StringComparison.Ordinal));

    private async Task<List<string>> AllAsync(string path, int limit, string name)
    {
        var seen = new List<string>();
        for (var cursor = ""; ;)
        {
            var page = (await server.Admin.GetAsync($"{path}?limit={limit}{cursor}")).Json;
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(entry => entry.GetProperty(name).GetString()!));
            if (!page.GetProperty("has_more").GetBoolean())
            {
                return seen;
            }

            cursor = "&cursor=" + page.GetProperty("next_cursor").GetString();
        }
    }
}
