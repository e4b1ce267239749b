using System.Buffers.Binary;
using System.Text;

namespace OrleansBilling.Infrastructure.Pdf.Writer;

/// <summary>
/// A font file that holds the outlines of some glyphs only. Glyphs keep their numbers, so that nothing within them has
/// to be rewritten; what is left out is empty and compresses to almost nothing.
/// </summary>
internal static class TrueTypeSubset
{
    private const uint ChecksumOfFile = 0xB1B0AFBA;

    /// <summary>The file.</summary>
    public static byte[] Of(TrueTypeFont font, IEnumerable<ushort> used)
    {
        var glyphs = WithParts(font, used);
        var (outlines, offsets) = Outlines(font, glyphs);
        var tables = new SortedDictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["glyf"] = outlines,
            ["head"] = Head(font),
            ["hmtx"] = Widths(font, glyphs),
            ["loca"] = offsets,
        };
        foreach (var name in (string[])["cvt ", "fpgm", "hhea", "maxp", "prep"])
        {
            if (font.Table(name) is { } table)
            {
                tables[name] = table.ToArray();
            }
        }

        return File(tables);
    }

    /// <summary>Glyphs that are made of others need these too.</summary>
    private static SortedSet<int> WithParts(TrueTypeFont font, IEnumerable<ushort> used)
    {
        var all = new SortedSet<int> { 0 };
        var open = new Queue<int>(used.Select(glyph => (int)glyph).Prepend(0));
        while (open.TryDequeue(out var glyph))
        {
            all.Add(glyph);
            foreach (var part in Parts(font.Outline(glyph).Span))
            {
                if (all.Add(part))
                {
                    open.Enqueue(part);
                }
            }
        }

        return all;
    }

    private static List<int> Parts(ReadOnlySpan<byte> outline)
    {
        var parts = new List<int>();
        if (outline.Length < 10 || BinaryPrimitives.ReadInt16BigEndian(outline) >= 0)
        {
            return parts;
        }

        for (var at = 10; ;)
        {
            int flags = BinaryPrimitives.ReadUInt16BigEndian(outline[at..]);
            parts.Add(BinaryPrimitives.ReadUInt16BigEndian(outline[(at + 2)..]));
            at += 4 + ((flags & 1) != 0 ? 4 : 2);
            at += (flags & 8) != 0 ? 2 : (flags & 0x40) != 0 ? 4 : (flags & 0x80) != 0 ? 8 : 0;
            if ((flags & 0x20) == 0)
            {
                return parts;
            }
        }
    }

    private static (byte[] Outlines, byte[] Offsets) Outlines(TrueTypeFont font, SortedSet<int> glyphs)
    {
        using var outlines = new MemoryStream();
        var offsets = new byte[4 * (font.GlyphCount + 1)];
        for (var glyph = 0; glyph < font.GlyphCount; glyph++)
        {
            BinaryPrimitives.WriteInt32BigEndian(offsets.AsSpan(4 * glyph), (int)outlines.Length);
            if (glyphs.Contains(glyph))
            {
                outlines.Write(font.Outline(glyph).Span);
                outlines.Write(new byte[(4 - (int)(outlines.Length % 4)) % 4]);
            }
        }

        BinaryPrimitives.WriteInt32BigEndian(offsets.AsSpan(4 * font.GlyphCount), (int)outlines.Length);
        return (outlines.ToArray(), offsets);
    }

    private static byte[] Head(TrueTypeFont font)
    {
        var head = font.Table("head")!.Value.ToArray();
        head.AsSpan(8, 4).Clear();
        BinaryPrimitives.WriteInt16BigEndian(head.AsSpan(50), 1);
        return head;
    }

    private static byte[] Widths(TrueTypeFont font, SortedSet<int> glyphs)
    {
        var widths = font.Table("hmtx")!.Value.ToArray();
        for (var glyph = 0; glyph < font.MetricCount - 1; glyph++)
        {
            if (!glyphs.Contains(glyph))
            {
                widths.AsSpan(4 * glyph, 4).Clear();
            }
        }

        return widths;
    }

    private static byte[] File(SortedDictionary<string, byte[]> tables)
    {
        using var file = new MemoryStream();
        var power = (int)Math.Log2(tables.Count);
        Write(file, 0x00010000);
        Write16(file, tables.Count, 16 << power, power, (16 * tables.Count) - (16 << power));
        var at = 12 + (16 * tables.Count);
        var head = 0;
        foreach (var (name, table) in tables)
        {
            head = name == "head" ? at : head;
            file.Write(Encoding.ASCII.GetBytes(name));
            Write(file, Checksum(table), (uint)at, (uint)table.Length);
            at += (table.Length + 3) & ~3;
        }

        foreach (var table in tables.Values)
        {
            file.Write(table);
            file.Write(new byte[(4 - (table.Length % 4)) % 4]);
        }

        var whole = file.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(whole.AsSpan(head + 8), unchecked(ChecksumOfFile - Checksum(whole)));
        return whole;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        Span<byte> last = stackalloc byte[4];
        for (var at = 0; at < bytes.Length; at += 4)
        {
            last.Clear();
            bytes[at..Math.Min(at + 4, bytes.Length)].CopyTo(last);
            sum = unchecked(sum + BinaryPrimitives.ReadUInt32BigEndian(last));
        }

        return sum;
    }

    private static void Write(MemoryStream file, params ReadOnlySpan<uint> values)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
            file.Write(bytes);
        }
    }

    private static void Write16(MemoryStream file, params ReadOnlySpan<int> values)
    {
        Span<byte> bytes = stackalloc byte[2];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
            file.Write(bytes);
        }
    }
}
