using System.Globalization;
using System.Text;

namespace OrleansBilling.Infrastructure.Pdf.Writer;

/// <summary>A font of a document: says what it can show, remembers what it showed, and is written at the end.</summary>
internal abstract class PdfFont(string key)
{
    /// <summary>Its name on pages.</summary>
    public string Key { get; } = key;

    /// <summary>True where it was used.</summary>
    public bool IsUsed { get; protected set; }

    /// <summary>True where it shows the character.</summary>
    public abstract bool Shows(int character);

    /// <summary>The width of a character in thousandths of the size.</summary>
    public abstract int WidthOf(int character);

    /// <summary>The characters as a page names them, in hexadecimal digits.</summary>
    public abstract string Encode(IEnumerable<int> characters);

    /// <summary>Writes it; answers the number of its object.</summary>
    public abstract int Write(PdfFile file);

    /// <summary>The map from what pages name to what is read: makes text selectable.</summary>
    protected static int WriteReading(PdfFile file, IEnumerable<(int Code, int Character)> codes)
    {
        var text = new StringBuilder(
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
            + "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n");
        foreach (var some in codes.Chunk(100))
        {
            text.Append(CultureInfo.InvariantCulture, $"{some.Length} beginbfchar\n");
            foreach (var (code, character) in some)
            {
                text.Append(CultureInfo.InvariantCulture, $"<{code:X4}> <{Utf16(character)}>\n");
            }

            text.Append("endbfchar\n");
        }

        text.Append("endcmap CMapName currentdict /CMap defineresource pop end end\n");
        return file.AddStream(Encoding.Latin1.GetBytes(text.ToString()));
    }

    /// <summary>A character in UTF-16, in hexadecimal digits.</summary>
    protected static string Utf16(int character) => Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(char.ConvertFromUtf32(character)));
}

/// <summary>A font whose used glyphs go into the document, so that it looks the same everywhere.</summary>
internal sealed class EmbeddedFont(string key, TrueTypeFont font) : PdfFont(key)
{
    // Drawn as another character where the font lacks their own; read as what they are.
    private static readonly Dictionary<int, int> DrawnAs = new() { [0xFFE5] = 0xA5, [0x202F] = 0xA0, [0x2011] = '-', [0x2212] = '-' };
    private readonly SortedDictionary<ushort, int> _used = [];

    public override bool Shows(int character) => GlyphOf(character) is not null;

    public override int WidthOf(int character) => font.WidthOf(GlyphOf(character) ?? 0);

    public override string Encode(IEnumerable<int> characters)
    {
        IsUsed = true;
        var text = new StringBuilder();
        foreach (var character in characters)
        {
            var glyph = GlyphOf(character) ?? 0;
            _used.TryAdd(glyph, character);
            text.Append(CultureInfo.InvariantCulture, $"{glyph:X4}");
        }

        return text.ToString();
    }

    public override int Write(PdfFile file)
    {
        var program = TrueTypeSubset.Of(font, _used.Keys);
        var data = file.AddStream(program, $"/Length1 {program.Length} ");
        var name = $"OBINVC+{font.Name}";
        int Scaled(int units) => units * 1000 / font.UnitsPerEm;
        var descriptor = file.Add(
            $"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /ItalicAngle 0 /StemV 80 /CapHeight {Scaled(font.Ascent) * 2 / 3} "
            + $"/FontBBox [{Scaled(font.Box.Left)} {Scaled(font.Box.Bottom)} {Scaled(font.Box.Right)} {Scaled(font.Box.Top)}] "
            + $"/Ascent {Scaled(font.Ascent)} /Descent {Scaled(font.Descent)} /FontFile2 {data} 0 R >>");
        var widths = string.Concat(_used.Keys.Select(glyph => $"{glyph} [{font.WidthOf(glyph)}] "));
        var descendant = file.Add(
            $"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDToGIDMap /Identity /FontDescriptor {descriptor} 0 R "
            + $"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 /W [{widths}] >>");
        var reading = WriteReading(file, _used.Select(pair => ((int)pair.Key, pair.Value)));
        return file.Add(
            $"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] /ToUnicode {reading} 0 R >>");
    }

    private ushort? GlyphOf(int character) =>
        font.GlyphOf(character) ?? (DrawnAs.TryGetValue(character, out var other) ? font.GlyphOf(other) : null);
}

/// <summary>
/// A font that viewers bring themselves, for scripts of East Asia that no embedded font covers: rare characters of names.
/// </summary>
/// <param name="key">Its name on pages.</param>
/// <param name="name">A font that viewers know or replace.</param>
/// <param name="ordering">Adobe's character collection.</param>
/// <param name="encoding">The predefined map from UTF-16 to that collection.</param>
/// <param name="shows">What it shows.</param>
internal sealed class ViewerFont(string key, string name, string ordering, string encoding, Func<int, bool> shows) : PdfFont(key)
{
    private readonly SortedSet<int> _used = [];

    public override bool Shows(int character) => character <= 0xFFFF && shows(character);

    public override int WidthOf(int character) => 1000;

    public override string Encode(IEnumerable<int> characters)
    {
        IsUsed = true;
        return string.Concat(characters.Select(character =>
        {
            _used.Add(character);
            return Utf16(character);
        }));
    }

    public override int Write(PdfFile file)
    {
        var descriptor = file.Add(
            $"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /ItalicAngle 0 /StemV 80 /CapHeight 700 /FontBBox [0 -200 1000 900] /Ascent 880 /Descent -120 >>");
        var descendant = file.Add(
            $"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{name} /FontDescriptor {descriptor} 0 R /DW 1000 "
            + $"/CIDSystemInfo << /Registry (Adobe) /Ordering ({ordering}) /Supplement 2 >> >>");
        var reading = WriteReading(file, _used.Select(character => (character, character)));
        return file.Add(
            $"<< /Type /Font /Subtype /Type0 /BaseFont /{name}-{encoding} /Encoding /{encoding} /DescendantFonts [{descendant} 0 R] /ToUnicode {reading} 0 R >>");
    }
}
