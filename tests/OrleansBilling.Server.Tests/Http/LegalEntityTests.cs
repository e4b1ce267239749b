using System.Text.Json;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Sellers over HTTP: made, versioned, and kept by the invoices that they issue.</summary>
[Collection(ApiCollection.Name)]
public sealed class LegalEntityTests(ApiServer server)
{
    [Fact]
    public async Task A_default_seller_exists_and_can_be_given_its_name()
    {
        var before = await server.Admin.GetAsync("/v1/legal_entities/default");
        Assert.Equal((200, "account", ""), (before.Status, before.Json.GetProperty("numbering").GetProperty("scope").GetString(), before.Json.GetProperty("numbering").GetProperty("prefix").GetString()));
        var version = before.Json.GetProperty("version").GetInt32();

        var named = await server.Admin.SendAsync("PATCH", "/v1/legal_entities/default", $$"""{"name": "Example {{Guid.NewGuid():N}}", "country": "de"}""", Guid.NewGuid().ToString());
        Assert.Equal((200, version + 1), (named.Status, named.Json.GetProperty("version").GetInt32()));
        var again = await server.Admin.SendAsync("PATCH", "/v1/legal_entities/default", $$"""{"name": "{{named["name"]}}"}""", Guid.NewGuid().ToString());
        Assert.Equal((200, version + 1), (again.Status, again.Json.GetProperty("version").GetInt32()));
        Assert.Contains("default", (await server.Admin.GetAsync("/v1/legal_entities?limit=100")).Text, StringComparison.Ordinal);
        Assert.Equal(before["name"], (await server.Admin.GetAsync($"/v1/legal_entities/default?version={version}"))["name"]);
    }

    [Fact]
    public async Task An_issued_invoice_keeps_its_seller_and_its_buyer_as_they_were()
    {
        var code = await EntityAsync("\"tax_ids\": [\"CHE-123.456.789 MWST\"], \"address\": {\"line1\": \"Weg 1\", \"city\": \"Bern\"}, \"country\": \"CH\", \"numbering\": {\"scope\": \"account\", \"prefix\": \"CH\"}");
        var account = await server.Admin.AccountAsync(extra: $", \"legal_entity\": \"{code}\", \"language\": \"fr\", \"country\": \"FR\", \"address\": {{\"city\": \"Lyon\"}}");
        var shown = await server.Admin.GetAsync($"/v1/accounts/{account}");
        Assert.Equal((code, "fr", "fr"), (shown["legal_entity"], shown["language"], shown["country"]));
        var plan = await server.Admin.PlanAsync();
        var first = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}"""))["latest_invoice"];
        var issued = await server.Admin.GetAsync($"/v1/invoices/{first}");
        Assert.Equal(code, issued["legal_entity"]);
        Assert.Matches("^CH-[0-9A-Z]{8}-0001$", issued["number"]);

        Assert.Equal(200, (await server.Admin.SendAsync("PATCH", $"/v1/legal_entities/{code}", """{"name": "Moved AG", "address": {"city": "Basel"}}""", Guid.NewGuid().ToString())).Status);
        Assert.Equal(200, (await server.Admin.SendAsync("PATCH", $"/v1/accounts/{account}", """{"address": {"city": "Nice"}}""", Guid.NewGuid().ToString())).Status);
        Assert.Equal(200, (await server.Admin.SendAsync("PATCH", $"/v1/accounts/{account}", """{"net_terms_days": 3}""", Guid.NewGuid().ToString())).Status);
        var second = (await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}"""))["latest_invoice"];

        Assert.Equal(["1 Bern Lyon", "2 Basel Nice"], [await KeptAsync(first!), await KeptAsync(second!)]);
        Assert.Equal("2", await ScratchCluster.ScalarAsync<string>(server.ConnectionString, $"select count(*)::text from account_buyer where account = '{account}'"));
    }

    [Fact]
    public async Task An_account_may_leave_its_currency_to_its_seller()
    {
        var code = await EntityAsync("\"default_currency\": \"CHF\"");
        Assert.Equal("chf", (await server.Admin.PostAsync("/v1/accounts", $$"""{"name": "Ada", "time_zone": "Europe/Zurich", "legal_entity": "{{code}}"}"""))["currency"]);
        var without = await server.Admin.SendAsync("POST", "/v1/accounts", """{"name": "Ada", "time_zone": "Europe/Zurich"}""");
        Assert.Equal((400, "missing_field", "currency"), (without.Status, without["code"], without["field"]));
    }

    [Theory]
    [InlineData("""{"code": "default", "name": "Twice"}""", 409, "legal_entity_exists", "code")]
    [InlineData("""{"code": "x1", "name": "X", "numbering": {"scope": "entity", "prefix": "a b"}}""", 422, "numbering_prefix_invalid", "numbering.prefix")]
    [InlineData("""{"code": "x2", "name": "X", "numbering": {"scope": "planet"}}""", 400, "invalid_value", "numbering.scope")]
    [InlineData("""{"code": "x3", "name": "X", "cash_rounding": {"chf": 1}}""", 400, "out_of_range", "cash_rounding.chf")]
    [InlineData("""{"code": "x4", "name": "X", "cash_rounding": {"zzz": 5}}""", 422, "unknown_currency", "cash_rounding.zzz")]
    [InlineData("""{"code": "x5", "name": "4242 4242 4242 4242"}""", 422, "card_number_refused", "name")]
    [InlineData("""{"code": "x6", "name": "X", "footer": "pay to 4242424242424242"}""", 422, "card_number_refused", "footer")]
    [InlineData("""{"code": "x7", "name": "X", "country": "zz"}""", 400, "invalid_value", "country")]
    [InlineData("""{"code": "x8"}""", 400, "missing_field", "name")]
    [InlineData("""{"code": "x9", "name": "X", "vat": "1"}""", 400, "unknown_field", "vat")]
    public async Task A_seller_that_cannot_be_is_refused(string body, int status, string code, string field)
    {
        var before = await server.RowCountsAsync();
        var refused = await server.Admin.SendAsync("POST", "/v1/legal_entities", body, Guid.NewGuid().ToString());
        Assert.Equal((status, code, field), (refused.Status, refused["code"], refused["field"]));
        Assert.Equal(before, await server.RowCountsAsync());
    }

    [Theory]
    [InlineData("""{"legal_entity": "nobody"}""", 422, "legal_entity_not_found")]
    [InlineData("""{"language": "xx"}""", 400, "invalid_value")]
    [InlineData("""{"country": "uk"}""", 400, "invalid_value")]
    public async Task An_account_with_an_unknown_seller_language_or_country_is_refused(string body, int status, string code)
    {
        var account = await server.Admin.AccountAsync();
        var refused = await server.Admin.SendAsync("PATCH", $"/v1/accounts/{account}", body, Guid.NewGuid().ToString());
        Assert.Equal((status, code), (refused.Status, refused["code"]));
        var opened = await server.Admin.SendAsync("POST", "/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "UTC", {{body[1..]}}""", Guid.NewGuid().ToString());
        Assert.Equal((status, code), (opened.Status, opened["code"]));
    }

    [Fact]
    public async Task Two_sellers_that_number_by_themselves_have_prefixes_of_their_own()
    {
        var prefix = $"P{Guid.NewGuid():N}"[..12];
        await EntityAsync($$"""
            "numbering": {"scope": "entity", "prefix": "{{prefix}}"}
            """);
        var taken = await server.Admin.SendAsync("POST", "/v1/legal_entities", $$$"""{"code": "e{{{Guid.NewGuid():N}}}", "name": "X", "numbering": {"scope": "entity", "prefix": "{{{prefix}}}"}}""", Guid.NewGuid().ToString());
        Assert.Equal((409, "numbering_prefix_taken"), (taken.Status, taken["code"]));
        Assert.Equal(404, (await server.Admin.SendAsync("PATCH", "/v1/legal_entities/nobody", """{"name": "X"}""", Guid.NewGuid().ToString())).Status);
        Assert.Equal(404, (await server.Admin.GetAsync("/v1/legal_entities/default?version=99999")).Status);
    }

    [Fact]
    public async Task A_seller_that_numbers_by_itself_gives_numbers_right_after_the_issue()
    {
        var prefix = $"N{Guid.NewGuid():N}"[..12];
        var code = await EntityAsync($$"""
            "numbering": {"scope": "entity", "prefix": "{{prefix}}"}
            """);
        var plan = await server.Admin.PlanAsync();
        var invoices = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var account = await server.Admin.AccountAsync(extra: $", \"legal_entity\": \"{code}\"");
            invoices.Add((await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}"""))["latest_invoice"]!);
        }

        for (var i = 0; i < invoices.Count; i++)
        {
            string? number = null;
            for (var look = 0; number is null && look < 600; look++)
            {
                number = (await server.Admin.GetAsync($"/v1/invoices/{invoices[i]}"))["number"];
                await Task.Delay(number is null ? 50 : 0);
            }

            Assert.Equal($"{prefix}-00000{i + 1}", number);
        }

        var voided = await server.Admin.PostAsync($"/v1/invoices/{invoices[1]}/void");
        Assert.Equal(("void", $"{prefix}-000002"), (voided["status"], voided["number"]));
        Assert.Equal(invoices[2], (await server.Admin.GetAsync($"/v1/invoices?number={prefix}-000003")).Json.GetProperty("data")[0].GetProperty("id").GetString());
    }

    private async Task<string> EntityAsync(string fields)
    {
        var code = $"e{Guid.NewGuid():N}"[..16];
        await server.Admin.PostAsync("/v1/legal_entities", $$"""{"code": "{{code}}", "name": "Acme", {{fields}}}""");
        return code;
    }

    private Task<string?> KeptAsync(string invoice) => ScratchCluster.ScalarAsync<string>(
        server.ConnectionString,
        $"""
        select concat_ws(' ', i.legal_entity_version, v.definition -> 'address' ->> 'city', (
            select b.buyer -> 'address' ->> 'city' from account_buyer b
            where b.account = i.account and b.version <= i.facts_version order by b.version desc limit 1))
        from invoice i join legal_entity_version v on v.code = i.legal_entity and v.version = i.legal_entity_version where i.id = '{invoice}'
        """);
}
