using System.Text;

namespace OrleansBilling.Infrastructure.Pdf.Writer;

/// <summary>Breaks text into lines: at blanks and after hyphens, between letters of East Asia, and within a word only where it fits no line.</summary>
internal static class LineBreaks
{
    // Not to begin a line with.
    private const string Closing = "、。，．）」』】〕］｝・ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ!?！？:;,.)]}";

    /// <summary>The lines of a text.</summary>
    /// <param name="text">May hold line breaks of its own.</param>
    /// <param name="room">Points of a line.</param>
    /// <param name="width">The width of a piece of text.</param>
    public static List<string> Of(string text, double room, Func<string, double> width)
    {
        var lines = new List<string>();
        foreach (var paragraph in text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n', '\r'))
        {
            var line = "";
            foreach (var piece in Pieces(paragraph))
            {
                if (line.Length > 0 && width((line + piece).TrimEnd()) > room)
                {
                    lines.Add(line.TrimEnd());
                    line = "";
                }

                line += piece;
                while (width(line.TrimEnd()) > room && Cut(line, room, width) is > 0 and var cut && cut < line.Length)
                {
                    lines.Add(line[..cut]);
                    line = line[cut..];
                }
            }

            lines.Add(line.TrimEnd());
        }

        return lines;
    }

    /// <summary>Pieces that stay together, each with the blanks that follow it.</summary>
    private static IEnumerable<string> Pieces(string text)
    {
        var piece = new StringBuilder();
        var runes = text.EnumerateRunes().ToList();
        for (var i = 0; i < runes.Count; i++)
        {
            piece.Append(runes[i]);
            if (i + 1 == runes.Count || MayBreak(runes[i], runes[i + 1]))
            {
                yield return piece.ToString();
                piece.Clear();
            }
        }
    }

    private static bool MayBreak(Rune before, Rune after)
    {
        if (after.Value is ' ' || (after.IsBmp && Closing.Contains((char)after.Value, StringComparison.Ordinal)))
        {
            return false;
        }

        return before.Value is ' ' or '-' || IsWide(before) || IsWide(after);
    }

    private static bool IsWide(Rune rune) => rune.Value is >= 0x2E80 and < 0xFFF0 and not (>= 0xD7B0 and < 0xF900);

    /// <summary>How many characters of a word fit: one at least.</summary>
    private static int Cut(string line, double room, Func<string, double> width)
    {
        var cut = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            var next = cut + rune.Utf16SequenceLength;
            if (cut > 0 && width(line[..next]) > room)
            {
                return cut;
            }

            cut = next;
        }

        return cut;
    }
}
