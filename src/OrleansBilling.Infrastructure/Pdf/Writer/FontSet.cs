using System.Text;

namespace OrleansBilling.Infrastructure.Pdf.Writer;

/// <summary>How bold a text is.</summary>
public enum Weight
{
    /// <summary>Body text.</summary>
    Regular,

    /// <summary>Names, headings and sums.</summary>
    Bold,
}

/// <summary>
/// The fonts of one document. Each character is shown by the first font that has it: Latin, Greek and Cyrillic by Open
/// Sans, Japanese by M PLUS 1, Korean, the rest of Chinese and rare signs by fonts of the viewer.
/// </summary>
internal sealed class FontSet
{
    private static readonly Lazy<TrueTypeFont> Regular = new(() => Load("OpenSans-Regular"));
    private static readonly Lazy<TrueTypeFont> Semibold = new(() => Load("OpenSans-Semibold"));
    private static readonly Lazy<TrueTypeFont> Japanese = new(() => Load("MPlus1-Regular"));
    private readonly EmbeddedFont _regular = new("F1", Regular.Value);
    private readonly EmbeddedFont _bold = new("F2", Semibold.Value);
    private readonly PdfFont[] _others =
    [
        new EmbeddedFont("F3", Japanese.Value),
        new ViewerFont("F4", "HYGoThic-Medium", "Korea1", "UniKS-UTF16-H", static c => c is (>= 0x1100 and < 0x1200) or (>= 0x3130 and < 0x3190) or (>= 0xAC00 and < 0xD7B0)),
        new ViewerFont("F5", "STSong-Light", "GB1", "UniGB-UTF16-H", static c => c is (>= 0x2000 and < 0xD800) or (>= 0xF900 and < 0xFFF0)),
    ];

    /// <summary>Runs of characters that one font shows.</summary>
    public IEnumerable<(PdfFont Font, List<int> Characters)> Runs(string text, Weight weight)
    {
        (PdfFont Font, List<int> Characters)? run = null;
        foreach (var rune in text.EnumerateRunes())
        {
            var character = rune.Value is '\t' or '\n' or '\r' ? ' ' : rune.Value;
            var font = FontOf(character, weight, run?.Font);
            // What no font can show is seen to be missing.
            character = font.Shows(character) ? character : '?';
            if (run is null || run.Value.Font != font)
            {
                if (run is not null)
                {
                    yield return run.Value;
                }

                run = (font, []);
            }

            run.Value.Characters.Add(character);
        }

        if (run is not null)
        {
            yield return run.Value;
        }
    }

    /// <summary>The width of a text in points.</summary>
    public double WidthOf(string text, Weight weight, double size)
    {
        long width = 0;
        foreach (var (font, characters) in Runs(text, weight))
        {
            foreach (var character in characters)
            {
                width += font.WidthOf(character);
            }
        }

        return width * size / 1000;
    }

    /// <summary>Writes the fonts that were used; answers the entries of a page's resources.</summary>
    public string Write(PdfFile file) => string.Concat(
        _others.Prepend(_bold).Prepend(_regular).Where(font => font.IsUsed).Select(font => $"/{font.Key} {font.Write(file)} 0 R "));

    private PdfFont FontOf(int character, Weight weight, PdfFont? before)
    {
        var latin = weight is Weight.Bold ? _bold : _regular;
        if (character == ' ' && before is not null)
        {
            return before is ViewerFont ? latin : before;
        }

        return latin.Shows(character) ? latin : _others.FirstOrDefault(font => font.Shows(character)) ?? latin;
    }

    private static TrueTypeFont Load(string name)
    {
        using var resource = typeof(FontSet).Assembly.GetManifestResourceStream($"Fonts/{name}.ttf")
            ?? throw new InvalidOperationException($"The font {name} is not part of the program.");
        using var data = new MemoryStream();
        resource.CopyTo(data);
        return new TrueTypeFont(name, data.ToArray());
    }
}
