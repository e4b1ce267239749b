using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Infrastructure.Pdf;
using OrleansBilling.Infrastructure.Pdf.Paper;
using OrleansBilling.Infrastructure.Pdf.Writer;

namespace OrleansBilling.Infrastructure.Tests.Pdf;

/// <summary>The parts of the PDF writer by themselves: lines, fonts, formats.</summary>
public sealed class WriterTests
{
    [Theory]
    [InlineData("one two three", 7, "one two|three")]
    [InlineData("one  two", 3, "one|two")]
    [InlineData("well-known fact", 9, "well-|known|fact")]
    [InlineData("abcdefghij", 4, "abcd|efgh|ij")]
    [InlineData("a abcdefghij", 4, "a|abcd|efgh|ij")]
    [InlineData("first\nsecond\r\nthird", 10, "first|second|third")]
    [InlineData("請求書を送ります。", 4, "請求書を|送りま|す。")]
    [InlineData("新しいPlanです", 6, "新しい|Planです")]
    [InlineData("", 5, "")]
    [InlineData("a\u00a0b c", 3, "a\u00a0b|c")]
    public void Lines_break_between_words_and_between_letters_of_east_asia(string text, int room, string lines) =>
        Assert.Equal(lines.Split('|'), LineBreaks.Of(text, room, piece => piece.Length));

    [Fact]
    public void A_subset_keeps_used_glyphs_and_their_parts_as_they_are_and_empties_the_others()
    {
        var font = Font("OpenSans-Regular");
        ushort[] used = [.. "Aé€".Select(c => font.GlyphOf(c)!.Value)];
        var subset = new TrueTypeFont("Subset", TrueTypeSubset.Of(font, used));
        Assert.Equal((font.GlyphCount, font.UnitsPerEm, font.Box), (subset.GlyphCount, subset.UnitsPerEm, subset.Box));
        Assert.All(used, glyph => Assert.Equal(font.Outline(glyph).ToArray(), subset.Outline(glyph)[..font.Outline(glyph).Length].ToArray()));
        Assert.All(used, glyph => Assert.Equal(font.WidthOf(glyph), subset.WidthOf(glyph)));
        Assert.Equal(0, subset.Outline(font.GlyphOf('B')!.Value).Length);
        // An accented letter is made of its letter and its accent.
        Assert.NotEqual(0, subset.Outline(font.GlyphOf('e')!.Value).Length);
    }

    [Theory]
    [InlineData("OpenSans-Regular", "Aé€ŁőЖα–", 883)]
    [InlineData("OpenSans-Semibold", "Aé€ŁőЖα–", 883)]
    [InlineData("MPlus1-Regular", "請求書あア々。", 5774)]
    public void The_fonts_have_what_documents_need(string name, string characters, int atLeast)
    {
        var font = Font(name);
        Assert.All(characters.ToCharArray(), c => Assert.NotNull(font.GlyphOf(c)));
        Assert.True(Enumerable.Range(0, 0xFFFF).Count(c => font.GlyphOf(c) is not null) >= atLeast);
        Assert.Null(font.GlyphOf(0x1F600));
    }

    [Theory]
    [InlineData(DocumentLanguage.En, "usd", 0, "$0.00")]
    [InlineData(DocumentLanguage.En, "usd", -5, "-$0.05")]
    [InlineData(DocumentLanguage.En, "usd", 123_456_789_012, "$1,234,567,890.12")]
    [InlineData(DocumentLanguage.De, "eur", -123_456, "-1.234,56\u00a0€")]
    [InlineData(DocumentLanguage.Fr, "chf", 100_000_000, "1\u00a0000\u00a0000,00\u00a0CHF")]
    [InlineData(DocumentLanguage.Ja, "jpy", 999, "￥999")]
    [InlineData(DocumentLanguage.Ja, "usd", 1_000, "$10.00")]
    [InlineData(DocumentLanguage.En, "kwd", 1_234_567, "KWD\u00a01,234.567")]
    [InlineData(DocumentLanguage.En, "aud", 100, "A$1.00")]
    public void Amounts_are_written_as_their_language_writes_them(DocumentLanguage language, string currency, long amount, string written) =>
        Assert.Equal(written, Formats(language, currency).Money(amount));

    [Theory]
    [InlineData("usd", "0.35", "$0.0035")]
    [InlineData("usd", "200", "$2.00")]
    [InlineData("usd", "200.5", "$2.005")]
    [InlineData("jpy", "0.25", "¥0.25")]
    [InlineData("kwd", "1", "KWD\u00a00.001")]
    public void Unit_amounts_have_as_many_decimals_as_they_need(string currency, string amount, string written) =>
        Assert.Equal(written, Formats(DocumentLanguage.En, currency).UnitMoney(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData(DocumentLanguage.En, "1234567.5000", "1,234,567.5")]
    [InlineData(DocumentLanguage.De, "-0.25", "-0,25")]
    [InlineData(DocumentLanguage.Fr, "1000", "1\u00a0000")]
    public void Quantities_are_written_without_trailing_zeros(DocumentLanguage language, string value, string written) =>
        Assert.Equal(written, Formats(language, "eur").Number(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void A_period_shows_its_last_day_and_not_the_first_of_the_next()
    {
        var formats = Formats(DocumentLanguage.En, "eur");
        var (start, end) = (Instant.FromUtc(2026, 1, 31, 23, 0), Instant.FromUtc(2026, 2, 28, 23, 0));
        Assert.Equal("Feb 1, 2026 – Feb 28, 2026", formats.Period(new Domain.Schedule.Period(start, end)));
        Assert.Equal("Feb 1, 2026", formats.Period(new Domain.Schedule.Period(start, start + Duration.FromHours(24))));
        Assert.Null(formats.Period(new Domain.Schedule.Period(start, start)));
    }

    [Theory]
    [InlineData("us", "1 Main St|Suite 2|Springfield, IL 62701|United States")]
    [InlineData("de", "1 Main St|Suite 2|62701 Springfield|IL|Germany")]
    [InlineData("jp", "62701|ILSpringfield1 Main St|Suite 2|Japan")]
    [InlineData("aq", "1 Main St|Suite 2|62701 Springfield|IL|AQ")]
    [InlineData(null, "1 Main St|Suite 2|62701 Springfield|IL")]
    public void Addresses_stand_in_the_order_of_their_country(string? country, string lines) => Assert.Equal(
        lines.Split('|'),
        Addresses.Lines(PaperSamples.Map(("line1", "1 Main St"), ("line2", "Suite 2"), ("city", "Springfield"), ("state", "IL"), ("postal_code", "62701")), country, DocumentLanguage.En));

    private static PaperFormats Formats(DocumentLanguage language, string currency) => new(language, Currency.Of(currency), "Europe/Berlin");

    private static TrueTypeFont Font(string name)
    {
        using var resource = typeof(InvoicePaper).Assembly.GetManifestResourceStream($"Fonts/{name}.ttf")!;
        using var data = new MemoryStream();
        resource.CopyTo(data);
        return new TrueTypeFont(name, data.ToArray());
    }
}
