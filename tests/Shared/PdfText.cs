using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace OrleansBilling.Testing;

/// <summary>
/// Reads the text of PDF files as viewers select it: page by page, through the map that each font carries. Understands what the
/// product writes, and checks that its table of objects is right.
/// </summary>
public static partial class PdfText
{
    /// <summary>The texts of each page, in the order in which they were drawn.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Pages(byte[] file)
    {
        var objects = Objects(file);
        var pages = new List<IReadOnlyList<string>>();
        foreach (var page in objects.Values.Select(content => Encoding.Latin1.GetString(content)).Where(text => text.Contains("/Type /Page ", StringComparison.Ordinal)))
        {
            var resources = Encoding.Latin1.GetString(objects[Reference(page, "Resources")]);
            var fonts = Font().Matches(resources).ToDictionary(
                font => font.Groups["key"].Value, font => Reading(objects, int.Parse(font.Groups["object"].Value, CultureInfo.InvariantCulture)), StringComparer.Ordinal);
            pages.Add(Lines(Encoding.Latin1.GetString(Unpacked(objects[Reference(page, "Contents")])), fonts));
        }

        return pages;
    }

    /// <summary>All text, line by line.</summary>
    public static string All(byte[] file) => string.Join('\n', Pages(file).SelectMany(lines => lines));

    /// <summary>Every object by its number, found by the table at the end as a viewer finds it.</summary>
    public static IReadOnlyDictionary<int, byte[]> Objects(byte[] file)
    {
        var text = Encoding.Latin1.GetString(file);
        Assert.StartsWith("%PDF-1.7\n", text, StringComparison.Ordinal);
        Assert.EndsWith("%%EOF\n", text, StringComparison.Ordinal);
        var table = int.Parse(text[(text.LastIndexOf("startxref\n", StringComparison.Ordinal) + 10)..].Split('\n')[0], CultureInfo.InvariantCulture);
        var rows = text[table..].Split('\n');
        Assert.Equal("xref", rows[0]);
        var count = int.Parse(rows[1].Split(' ')[1], CultureInfo.InvariantCulture);
        var objects = new Dictionary<int, byte[]>();
        for (var number = 1; number < count; number++)
        {
            var start = int.Parse(rows[2 + number][..10], CultureInfo.InvariantCulture);
            var head = $"{number} 0 obj\n";
            Assert.Equal(head, text.Substring(start, head.Length));
            var next = number + 1 < count ? int.Parse(rows[3 + number][..10], CultureInfo.InvariantCulture) : table;
            objects[number] = file[(start + head.Length)..(next - "\nendobj\n".Length)];
        }

        return objects;
    }

    /// <summary>What a compressed stream holds.</summary>
    public static byte[] Unpacked(byte[] stream)
    {
        var text = Encoding.Latin1.GetString(stream);
        var start = text.IndexOf("stream\n", StringComparison.Ordinal) + 7;
        using var packed = new MemoryStream(stream, start, stream.Length - start - "\nendstream".Length);
        using var inflate = new ZLibStream(packed, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        inflate.CopyTo(plain);
        return plain.ToArray();
    }

    private static List<string> Lines(string content, Dictionary<string, Dictionary<string, string>> fonts) =>
        [.. Shown().Matches(content).Select(block => string.Concat(Piece().Matches(block.Value).Select(piece => string.Concat(
            piece.Groups["codes"].Value.Chunk(4).Select(code => fonts[piece.Groups["font"].Value][new string(code)])))))];

    private static Dictionary<string, string> Reading(IReadOnlyDictionary<int, byte[]> objects, int font)
    {
        var map = Encoding.Latin1.GetString(Unpacked(objects[Reference(Encoding.Latin1.GetString(objects[font]), "ToUnicode")]));
        return Mapped().Matches(map[map.IndexOf("endcodespacerange", StringComparison.Ordinal)..]).ToDictionary(
            pair => pair.Groups["code"].Value, pair => Encoding.BigEndianUnicode.GetString(Convert.FromHexString(pair.Groups["text"].Value)), StringComparer.Ordinal);
    }

    private static int Reference(string dictionary, string name) =>
        int.Parse(Regex.Match(dictionary, $"/{name} (\\d+) 0 R", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"/(?<key>F\d+) (?<object>\d+) 0 R", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Font();

    [GeneratedRegex(@"<(?<code>[0-9A-F]{4})> <(?<text>[0-9A-F]+)>", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mapped();

    [GeneratedRegex("^BT .* ET$", RegexOptions.CultureInvariant | RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Shown();

    [GeneratedRegex(@"/(?<font>F\d+) [\d.]+ Tf <(?<codes>[0-9A-F]*)> Tj", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Piece();
}
