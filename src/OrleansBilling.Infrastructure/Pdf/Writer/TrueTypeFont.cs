using System.Buffers.Binary;
using System.Text;

namespace OrleansBilling.Infrastructure.Pdf.Writer;

/// <summary>
/// A TrueType font as far as a document needs it: which glyph shows a character, how wide it is, and its outlines for
/// embedding. Read once and shared; never changes.
/// </summary>
public sealed class TrueTypeFont
{
    private readonly Dictionary<string, (int Offset, int Length)> _tables = new(StringComparer.Ordinal);
    private readonly Dictionary<int, ushort> _glyphs = [];
    private readonly byte[] _data;
    private readonly int _metrics;
    private readonly bool _longOffsets;

    /// <summary>Reads a font file with outlines in a <c>glyf</c> table.</summary>
    /// <param name="name">Its name within documents, without blanks.</param>
    /// <param name="data">The file; not to be changed afterwards.</param>
    public TrueTypeFont(string name, byte[] data)
    {
        Name = name;
        _data = data;
        for (var i = 0; i < U16(4); i++)
        {
            var entry = 12 + (16 * i);
            _tables[Encoding.ASCII.GetString(data, entry, 4)] = (I32(entry + 8), I32(entry + 12));
        }

        var head = _tables["head"].Offset;
        UnitsPerEm = U16(head + 18);
        Box = (I16(head + 36), I16(head + 38), I16(head + 40), I16(head + 42));
        _longOffsets = U16(head + 50) == 1;
        var hhea = _tables["hhea"].Offset;
        (Ascent, Descent) = (I16(hhea + 4), I16(hhea + 6));
        _metrics = U16(hhea + 34);
        GlyphCount = U16(_tables["maxp"].Offset + 4);
        // A subset within a document has none: there glyphs go by their numbers.
        if (_tables.ContainsKey("cmap"))
        {
            ReadCharacters();
        }
    }

    /// <summary>Its name within documents.</summary>
    public string Name { get; }

    /// <summary>The font's own units in its size.</summary>
    public int UnitsPerEm { get; }

    /// <summary>The height above the line, in the font's units.</summary>
    public int Ascent { get; }

    /// <summary>The depth below the line, in the font's units; negative.</summary>
    public int Descent { get; }

    /// <summary>The box that holds every glyph: left, bottom, right, top.</summary>
    public (int Left, int Bottom, int Right, int Top) Box { get; }

    /// <summary>How many glyphs it has.</summary>
    public int GlyphCount { get; }

    /// <summary>The glyph of a character, or null where it has none.</summary>
    public ushort? GlyphOf(int character) => _glyphs.TryGetValue(character, out var glyph) ? glyph : null;

    /// <summary>How far a glyph moves on, in thousandths of the size.</summary>
    public int WidthOf(int glyph) => U16(_tables["hmtx"].Offset + (4 * Math.Min(glyph, _metrics - 1))) * 1000 / UnitsPerEm;

    /// <summary>A table, or null where it has none.</summary>
    internal ReadOnlyMemory<byte>? Table(string name) => _tables.TryGetValue(name, out var at) ? _data.AsMemory(at.Offset, at.Length) : null;

    /// <summary>How many glyphs have a width of their own; the others have that of the last one.</summary>
    internal int MetricCount => _metrics;

    /// <summary>The outlines of a glyph; empty for blanks.</summary>
    internal ReadOnlyMemory<byte> Outline(int glyph)
    {
        var loca = _tables["loca"].Offset;
        var (from, to) = _longOffsets
            ? (I32(loca + (4 * glyph)), I32(loca + (4 * glyph) + 4))
            : (2 * U16(loca + (2 * glyph)), 2 * U16(loca + (2 * glyph) + 2));
        return _data.AsMemory(_tables["glyf"].Offset + from, to - from);
    }

    private void ReadCharacters()
    {
        var cmap = _tables["cmap"].Offset;
        for (var i = 0; i < U16(cmap + 2); i++)
        {
            var table = cmap + I32(cmap + 8 + (8 * i));
            if (U16(table) == 4)
            {
                ReadSegments(table);
                return;
            }
        }

        throw new InvalidOperationException($"Font {Name} has no character map of format 4.");
    }

    private void ReadSegments(int table)
    {
        var count = U16(table + 6) / 2;
        var (ends, starts, deltas, offsets) = (table + 14, table + 16 + (2 * count), table + 16 + (4 * count), table + 16 + (6 * count));
        for (var i = 0; i < count; i++)
        {
            var (start, end, delta, offset) = (U16(starts + (2 * i)), U16(ends + (2 * i)), U16(deltas + (2 * i)), U16(offsets + (2 * i)));
            for (var c = start; c <= end && c != 0xffff; c++)
            {
                var glyph = offset == 0 ? c : U16(offsets + (2 * i) + offset + (2 * (c - start)));
                if (glyph != 0 || offset == 0)
                {
                    glyph = (glyph + delta) & 0xffff;
                }

                if (glyph != 0)
                {
                    _glyphs[c] = (ushort)glyph;
                }
            }
        }
    }

    private int U16(int at) => BinaryPrimitives.ReadUInt16BigEndian(_data.AsSpan(at));

    private int I16(int at) => BinaryPrimitives.ReadInt16BigEndian(_data.AsSpan(at));

    private int I32(int at) => BinaryPrimitives.ReadInt32BigEndian(_data.AsSpan(at));
}
