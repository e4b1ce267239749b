using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace OrleansBilling.Infrastructure.Pdf.Writer;

/// <summary>The objects of a PDF document (ISO 32000-1), written in their order with a table of where they are.</summary>
internal sealed class PdfFile
{
    private readonly List<byte[]?> _objects = [];

    /// <summary>A number for an object that is written later.</summary>
    public int Reserve()
    {
        _objects.Add(null);
        return _objects.Count;
    }

    /// <summary>Writes an object.</summary>
    public int Add(string content)
    {
        var number = Reserve();
        Set(number, content);
        return number;
    }

    /// <summary>Writes a reserved object.</summary>
    public void Set(int number, string content) => _objects[number - 1] = Encoding.Latin1.GetBytes(content);

    /// <summary>Writes a compressed stream.</summary>
    /// <param name="data">What it holds.</param>
    /// <param name="entries">Further entries of its dictionary.</param>
    public int AddStream(byte[] data, string entries = "")
    {
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(data);
        }

        using var content = new MemoryStream();
        content.Write(Encoding.Latin1.GetBytes($"<< /Length {packed.Length} /Filter /FlateDecode {entries}>>\nstream\n"));
        packed.Position = 0;
        packed.CopyTo(content);
        content.Write("\nendstream"u8);
        _objects.Add(content.ToArray());
        return _objects.Count;
    }

    /// <summary>The whole file.</summary>
    /// <param name="root">The catalog.</param>
    /// <param name="info">Title and dates.</param>
    /// <param name="id">32 hexadecimal digits that are the same for the same document.</param>
    public byte[] Write(int root, int info, string id)
    {
        using var file = new MemoryStream();
        // Bytes above 127 tell programs that the file is not text.
        file.Write("%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n"u8);
        var places = new List<long>(_objects.Count);
        for (var i = 0; i < _objects.Count; i++)
        {
            places.Add(file.Position);
            file.Write(Encoding.Latin1.GetBytes($"{i + 1} 0 obj\n"));
            file.Write(_objects[i] ?? throw new InvalidOperationException($"Object {i + 1} was reserved and never written."));
            file.Write("\nendobj\n"u8);
        }

        var table = file.Position;
        file.Write(Encoding.Latin1.GetBytes($"xref\n0 {places.Count + 1}\n0000000000 65535 f \n"));
        foreach (var place in places)
        {
            file.Write(Encoding.Latin1.GetBytes(place.ToString("D10", CultureInfo.InvariantCulture) + " 00000 n \n"));
        }

        file.Write(Encoding.Latin1.GetBytes(
            $"trailer\n<< /Size {places.Count + 1} /Root {root} 0 R /Info {info} 0 R /ID [<{id}> <{id}>] >>\nstartxref\n{table}\n%%EOF\n"));
        return file.ToArray();
    }

    /// <summary>A text outside of pages (title, author), in UTF-16.</summary>
    public static string Text(string text) => $"<FEFF{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(text))}>";

    /// <summary>A number as PDF writes it: at most two decimals, no exponent.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
