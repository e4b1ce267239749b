using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>PDFs of invoices and credit notes over HTTP: made anew at each asking, from what the document kept.</summary>
[Collection(ApiCollection.Name)]
public sealed class PdfTests(ApiServer server)
{
    [Fact]
    public async Task A_pdf_is_never_missing_since_it_is_made_at_each_asking_from_what_the_invoice_kept()
    {
        var (seller, account, invoice) = await IssueAsync("de");
        var first = await FileAsync($"/v1/invoices/{invoice}/pdf");
        Assert.Equal(first, await FileAsync($"/v1/invoices/{invoice}/pdf"));
        var text = PdfText.All(first);
        Assert.All((string[])["Rechnung", "BEZAHLT", "Alte Firma AG", "8001 Zürich", "CHE-1", "Ada", "Wien", "23,80\u00a0$", "USt. 19\u00a0% auf 20,00\u00a0$", "Danke"], part => Assert.Contains(part, text, StringComparison.Ordinal));

        await PatchAsync($"/v1/legal_entities/{seller}", """{"name": "Neue Firma AG"}""");
        await PatchAsync($"/v1/accounts/{account}", """{"name": "Eve", "language": "fr"}""");
        Assert.Equal(first, await FileAsync($"/v1/invoices/{invoice}/pdf"));
        Assert.Contains("Facture", PdfText.All(await FileAsync($"/v1/invoices/{invoice}/pdf?language=fr")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pdf_tells_how_the_invoice_stands_now()
    {
        var (_, _, invoice) = await IssueAsync("en", pay: false);
        Assert.Contains("DUE", PdfText.All(await FileAsync($"/v1/invoices/{invoice}/pdf")), StringComparison.Ordinal);
        await server.Admin.PostAsync($"/v1/invoices/{invoice}/void");
        Assert.Contains("VOID", PdfText.All(await FileAsync($"/v1/invoices/{invoice}/pdf")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credit_note_has_a_pdf_that_names_its_invoice_and_where_the_value_went()
    {
        var (_, _, invoice) = await IssueAsync("en", numbering: """, "numbering": {"scope": "account", "prefix": "CH"}""");
        var number = (await server.Admin.GetAsync($"/v1/invoices/{invoice}"))["number"];
        var note = await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice}}", "amount": 1190, "reason": "Sorry for the outage", "settle": "credit"}""");
        Assert.Matches("^CH-[0-9A-Z]{8}-CN-0001$", note["number"]);
        var text = PdfText.All(await FileAsync($"/v1/credit_notes/{note.Id}/pdf"));
        Assert.All((string[])["Credit note", note["number"]!, number!, "Sorry for the outage", "VAT 19% on $10.00", "$1.90", "$11.90", "Credited to you", "Alte Firma AG"], part => Assert.Contains(part, text, StringComparison.Ordinal));
        Assert.Contains("Rechnungskorrektur", PdfText.All(await FileAsync($"/v1/credit_notes/{note.Id}/pdf?language=de")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/invoices/inv_none/pdf", 404, "invoice_not_found")]
    [InlineData("/v1/credit_notes/cn_none/pdf", 404, "credit_note_not_found")]
    [InlineData("/v1/invoices/inv_none/pdf?language=xx", 400, "invalid_parameter")]
    [InlineData("/v1/invoices/inv_none/pdf?size=a5", 400, "unknown_parameter")]
    public async Task What_cannot_be_shown_is_refused(string path, int status, string code)
    {
        var refused = await server.Admin.GetAsync(path);
        Assert.Equal((status, code), (refused.Status, refused["code"]));
    }

    [Fact]
    public async Task What_is_due_is_rounded_where_the_seller_says_so_and_a_full_credit_note_gives_exactly_that_back()
    {
        foreach (var (amount, line, total) in ((long, long, long)[])[(1993, 2, 1995), (1992, -2, 1990)])
        {
            var (_, account, invoice) = await IssueAsync("en", amount, rounding: true, tax: false);
            var shown = (await server.Admin.GetAsync($"/v1/invoices/{invoice}")).Json;
            Assert.Equal((total, total, "paid"), (shown.GetProperty("total").GetInt64(), shown.GetProperty("amount_paid").GetInt64(), shown.GetProperty("status").GetString()));
            var rounding = shown.GetProperty("lines")[1];
            Assert.Equal(("adjustment", line, 0), (rounding.GetProperty("kind").GetString(), rounding.GetProperty("amount").GetInt64(), rounding.GetProperty("tax_rates").GetArrayLength()));
            Assert.Contains("Arrondi", PdfText.All(await FileAsync($"/v1/invoices/{invoice}/pdf?language=fr")), StringComparison.Ordinal);
            Assert.Contains("round_to", rounding.GetProperty("explain").ToString(), StringComparison.Ordinal);

            var note = await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice}}", "amount": {{total}}, "reason": "All", "settle": "refund"}""");
            Assert.Equal((total, total), (note.Json.GetProperty("total").GetInt64(), note.Json.GetProperty("settled").GetProperty("refund").GetInt64()));
            Assert.Equal(2, note.Json.GetProperty("lines").GetArrayLength());
            Assert.Equal(422, (await server.Admin.SendAsync("POST", "/v1/credit_notes", $$"""{"invoice": "{{invoice}}", "amount": 1, "reason": "More", "settle": "credit"}""", Guid.NewGuid().ToString())).Status);
            Assert.Equal(0, (await server.Admin.GetAsync($"/v1/accounts/{account}")).Json.GetProperty("balance").GetInt64());
        }
    }

    [Fact]
    public async Task Credit_notes_of_a_seller_that_numbers_by_itself_have_a_series_of_their_own()
    {
        var prefix = $"C{Guid.NewGuid():N}"[..12];
        var (_, _, invoice) = await IssueAsync("en", numbering: $$""", "numbering": {"scope": "entity", "prefix": "{{prefix}}"}""");
        var notes = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            notes.Add((await server.Admin.PostAsync("/v1/credit_notes", $$"""{"invoice": "{{invoice}}", "amount": {{10 + i}}, "reason": "Part", "settle": "credit"}""")).Id);
        }

        for (var i = 0; i < notes.Count; i++)
        {
            string? number = null;
            for (var look = 0; number is null && look < 600; look++)
            {
                number = (await server.Admin.GetAsync($"/v1/credit_notes/{notes[i]}"))["number"];
                await Task.Delay(number is null ? 50 : 0);
            }

            Assert.Equal($"{prefix}-CN-00000{i + 1}", number);
        }
    }

    private async Task<(string Seller, string Account, string Invoice)> IssueAsync(string language, long amount = 2000, bool pay = true, bool rounding = false, bool tax = true, string numbering = "")
    {
        var seller = $"s{Guid.NewGuid():N}"[..16];
        var step = rounding ? """, "cash_rounding": {"usd": 5}""" : "";
        await server.Admin.PostAsync("/v1/legal_entities", $$"""
            {"code": "{{seller}}", "name": "Alte Firma AG", "country": "ch", "address": {"line1": "Weg 1", "postal_code": "8001", "city": "Zürich"}, "tax_ids": ["CHE-1"], "footer": "Danke"{{numbering}}{{step}}}
            """);
        var rates = tax ? """{"code": "vat", "percentage": "19"}""" : "";
        var account = await server.Admin.AccountAsync(extra: $$"""
            , "legal_entity": "{{seller}}", "language": "{{language}}", "country": "at", "address": {"city": "Wien"}, "tax": {"rates": [{{rates}}]}{{(pay ? "" : """, "collection": "send_invoice", "net_terms_days": 14""")}}
            """);
        if (pay)
        {
            await server.Admin.PostAsync($"/v1/accounts/{account}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
        }

        var plan = await server.Admin.PlanAsync($$"""{"type": "flat", "amount": {{amount}}}""");
        var subscription = await server.Admin.PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "{{plan}}"}""");
        return (seller, account, subscription["latest_invoice"]!);
    }

    private async Task PatchAsync(string path, string body) =>
        Assert.Equal(200, (await server.Admin.SendAsync("PATCH", path, body, Guid.NewGuid().ToString())).Status);

    private async Task<byte[]> FileAsync(string path)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", ApiServer.AdminKey);
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal(("application/pdf", "inline"), (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.DispositionType));
        return await answer.Content.ReadAsByteArrayAsync();
    }
}
