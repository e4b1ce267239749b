using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Infrastructure.Pdf;
using OrleansBilling.Testing;
using static OrleansBilling.Infrastructure.Tests.Pdf.PaperSamples;

namespace OrleansBilling.Infrastructure.Tests.Pdf;

/// <summary>What stands on an invoice's PDF, read back from the file as a viewer selects it.</summary>
public sealed class InvoicePaperTests
{
    [Theory]
    // Issued on 31 January in UTC, which is 1 February in the account's zone.
    [InlineData(DocumentLanguage.En, "eur", "Invoice|DUE|February 1, 2026|€1,469.13 due February 15, 2026|Feb 1, 2026 – Mar 1, 2026|VAT 19% on €1,234.56|€234.57|Amount due|Page 1 of 1|United Kingdom|Tax ID: GB 1")]
    [InlineData(DocumentLanguage.De, "eur", "Rechnung|OFFEN|1. Februar 2026|1.469,13\u00a0€, fällig am 15. Februar 2026|01.02.2026 – 01.03.2026|USt. 19\u00a0% auf 1.234,56\u00a0€|234,57\u00a0€|Offener Betrag|Seite 1 von 1|Vereinigtes Königreich|Steuernummer: GB 1")]
    [InlineData(DocumentLanguage.Fr, "eur", "Facture|À PAYER|1er février 2026|1\u00a0469,13\u00a0€ à payer avant le 15 février 2026|01/02/2026 – 01/03/2026|TVA 19\u00a0% sur 1\u00a0234,56\u00a0€|234,57\u00a0€|Montant dû|Page 1 sur 1|Royaume-Uni|N° fiscal\u00a0: GB 1")]
    [InlineData(DocumentLanguage.Ja, "jpy", "請求書|未払い|2026年2月1日|￥146,913　お支払期日 2026年2月15日|2026/02/01 – 2026/03/01|消費税 19%（対象 ￥123,456）|￥23,457|ご請求額|1 / 1 ページ|イギリス|登録番号: GB 1")]
    [InlineData(DocumentLanguage.En, "kwd", "KWD\u00a0146.913 due February 15, 2026|KWD\u00a0123.456|VAT 19% on KWD\u00a0123.456")]
    [InlineData(DocumentLanguage.De, "kwd", "146,913\u00a0KWD, fällig am 15. Februar 2026|123,456\u00a0KWD")]
    [InlineData(DocumentLanguage.Fr, "usd", "1\u00a0469,13\u00a0$US à payer avant le 15 février 2026")]
    [InlineData(DocumentLanguage.En, "jpy", "¥146,913 due February 15, 2026")]
    [InlineData(DocumentLanguage.En, "chf", "CHF\u00a01,469.13 due February 15, 2026")]
    public void An_invoice_speaks_the_language_of_its_buyer(DocumentLanguage language, string currency, string expected)
    {
        var texts = Texts(InvoicePaper.Write(Invoice(currency, "19", [Line(123_456)]), Acme, Buyer(language)));
        Assert.All(expected.Split('|'), text => Assert.Contains(text, texts));
        Assert.All((string[])["ACME-000042", "Acme GmbH", "Chausseestraße 5", "10115 Berlin", "USt-IdNr. DE123456789", "Ada Lovelace", "London, SW1Y 4JH", "IBAN DE89 3704 0044 0532 0130 00"], text => Assert.Contains(text, texts));
    }

    [Theory]
    [InlineData(DocumentLanguage.En, LineKind.ProrationCredit, -100, "Unused time: Pro (base)", "Unused time: Pro (base)")]
    [InlineData(DocumentLanguage.De, LineKind.ProrationCredit, -100, "Unused time: Pro (base)", "Nicht genutzte Zeit: Pro (base)")]
    [InlineData(DocumentLanguage.Fr, LineKind.Commitment, 100, "Pro: minimum commitment", "Pro\u00a0: minimum garanti")]
    [InlineData(DocumentLanguage.Ja, LineKind.Commitment, -100, "Pro: minimum commitment, less", "Pro: 最低利用料金の減額")]
    [InlineData(DocumentLanguage.De, LineKind.Usage, -100, "Less used: Pro (calls)", "Weniger genutzt: Pro (calls)")]
    // What a person wrote is his.
    [InlineData(DocumentLanguage.De, LineKind.Adjustment, 100, "Unused time: Pro", "Unused time: Pro")]
    public void Lines_that_billing_describes_speak_the_language_of_the_buyer(DocumentLanguage language, LineKind kind, long amount, string description, string expected)
    {
        var line = Line(amount, description) with { Kind = kind, CreditedLine = amount < 0 ? "line_1" : null };
        Assert.Contains(expected, Texts(InvoicePaper.Write(Invoice("eur", "", [Line(1_000), line]), Acme, Buyer(language))));
    }

    [Theory]
    [InlineData(InvoiceStatus.Draft, CollectionStage.Current, 1000, "DRAFT", "€10.00, not issued yet")]
    [InlineData(InvoiceStatus.Open, CollectionStage.Current, 1000, "DUE", "€10.00 due February 15, 2026")]
    [InlineData(InvoiceStatus.Open, CollectionStage.PastDue, 1000, "PAST DUE", "€10.00 due February 15, 2026")]
    [InlineData(InvoiceStatus.Open, CollectionStage.Exhausted, 1000, "PAST DUE", "€10.00 due February 15, 2026")]
    [InlineData(InvoiceStatus.Paid, CollectionStage.Current, 1000, "PAID", "€10.00 paid on February 1, 2026")]
    [InlineData(InvoiceStatus.Paid, CollectionStage.Current, -1000, "CREDIT", "€10.00 credited on February 1, 2026")]
    [InlineData(InvoiceStatus.Void, CollectionStage.Current, 1000, "VOID", "Voided on February 2, 2026")]
    [InlineData(InvoiceStatus.Uncollectible, CollectionStage.Current, 1000, "UNCOLLECTIBLE", "€10.00 not collected")]
    public void A_badge_and_a_sentence_say_how_it_stands(InvoiceStatus status, CollectionStage stage, long amount, string badge, string sentence)
    {
        var texts = Texts(InvoicePaper.Write(Invoice("eur", "", [Line(amount)], status, state => state with { Stage = stage }), Acme, Buyer(DocumentLanguage.En)));
        Assert.Equal(("Invoice", badge), (texts[0], texts[1]));
        Assert.Contains(sentence, texts);
    }

    [Fact]
    public void Sums_lead_from_the_subtotal_to_what_is_due()
    {
        var invoice = Invoice("eur", "20", [Line(10_000), Line(2_000)], InvoiceStatus.Open, state => state with { CreditApplied = 1_400, AmountPaid = 3_000 });
        var texts = Texts(InvoicePaper.Write(invoice, Acme, Buyer(DocumentLanguage.En)));
        Assert.Equal(
            ["€120.00", "Subtotal", "€24.00", "VAT 20% on €120.00", "€144.00", "Total", "-€14.00", "Credit applied", "-€30.00", "Amount paid", "€100.00", "Amount due"],
            texts.SkipWhile((_, i) => texts[i + 1] != "Subtotal").Take(12));
    }

    [Fact]
    public void Contained_tax_is_told_beside_the_total_and_not_added()
    {
        var texts = Texts(InvoicePaper.Write(Invoice("eur", "19", [Line(11_900)], inclusive: true), Acme, Buyer(DocumentLanguage.De)));
        Assert.Equal(
            ["119,00\u00a0€", "Zwischensumme", "119,00\u00a0€", "Gesamtbetrag", "19,00\u00a0€", "Enthält USt. 19\u00a0% auf 100,00\u00a0€", "119,00\u00a0€", "Offener Betrag"],
            texts.SkipWhile((_, i) => texts[i + 1] != "Zwischensumme").Take(8));
    }

    [Fact]
    public void A_thousand_lines_are_all_shown_under_a_heading_on_each_page()
    {
        var lines = Enumerable.Range(1, 1000).Select(i => Line(100 + i, $"Licence {i:D4} " + (i % 9 == 0 ? string.Concat(Enumerable.Repeat("with a description that goes on ", 8)) : "for one seat")));
        var pages = PdfText.Pages(InvoicePaper.Write(Invoice("eur", "19", lines), Acme, Buyer(DocumentLanguage.En)));
        Assert.InRange(pages.Count, 40, 70);
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"Licence {i:D4}"), pages.SelectMany(page => page).Where(text => text.StartsWith("Licence", StringComparison.Ordinal)).Select(text => text[..12]));
        for (var i = 0; i < pages.Count; i++)
        {
            Assert.Contains($"Page {i + 1} of {pages.Count}", pages[i]);
            Assert.Equal(pages[i].Any(text => text.StartsWith("Licence", StringComparison.Ordinal)), pages[i].Contains("Description"));
            Assert.Contains("ACME-000042 · Acme GmbH", pages[i]);
        }

        Assert.Contains("Amount due", pages[^1]);
    }

    [Fact]
    public void Names_of_all_scripts_can_be_read()
    {
        string[] names = ["Żółć Gęślą Jaźń", "Ελλάδα ΑΕ", "Привет ООО", "Türkçe Şirketi İ", "株式会社山田商事", "ﾔﾏﾀﾞ（株）", "주식회사 한국", "简体中文有限公司", "Ⅻ 〒 ①", "Ünïcödé “quotes” – dash…"];
        foreach (var name in names)
        {
            Assert.Contains(name, Texts(InvoicePaper.Write(Invoice("eur", "", [Line(1000, name)]), Acme with { Name = name }, Buyer(DocumentLanguage.Ja, name))));
        }
    }

    [Fact]
    public void What_no_font_can_show_is_seen_to_be_missing() =>
        Assert.Contains("Ada ? Bob", Texts(InvoicePaper.Write(Invoice("eur", "", [Line(1000)]), Acme, Buyer(DocumentLanguage.En, "Ada \U0001F600 Bob"))));

    [Fact]
    public void The_same_rows_give_the_same_file()
    {
        var invoice = Invoice("eur", "19", [Line(1000)]);
        Assert.Equal(InvoicePaper.Write(invoice, Acme, Buyer(DocumentLanguage.Fr)), InvoicePaper.Write(invoice, Acme, Buyer(DocumentLanguage.Fr)));
        Assert.Contains("Rechnung", Texts(InvoicePaper.Write(invoice, Acme, Buyer(DocumentLanguage.Fr), DocumentLanguage.De)));
    }

    [Fact]
    public void What_waits_for_its_number_names_none()
    {
        var texts = Texts(InvoicePaper.Write(Invoice("eur", "", [Line(1000)], number: null), Acme, Buyer(DocumentLanguage.En)));
        Assert.DoesNotContain("Invoice number", texts);
        Assert.Contains("Invoice · Acme GmbH", texts);
    }

    [Fact]
    public void Paper_is_of_us_size_where_the_seller_is_at_home_there()
    {
        string Box(string country) => string.Join('|', PdfText.Objects(InvoicePaper.Write(Invoice("usd", "", [Line(1000)]), Acme with { Country = country }, Buyer(DocumentLanguage.En)))
            .Values.Select(content => System.Text.Encoding.Latin1.GetString(content)).Where(text => text.Contains("/MediaBox", StringComparison.Ordinal)));
        Assert.Contains("[0 0 612 792]", Box("us"), StringComparison.Ordinal);
        Assert.Contains("[0 0 595.28 841.89]", Box("de"), StringComparison.Ordinal);
    }

    private static List<string> Texts(byte[] file) => [.. PdfText.Pages(file).SelectMany(page => page)];
}
