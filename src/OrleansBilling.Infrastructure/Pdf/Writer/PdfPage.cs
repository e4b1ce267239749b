using System.Globalization;
using System.Text;

namespace OrleansBilling.Infrastructure.Pdf.Writer;

/// <summary>A colour.</summary>
internal readonly record struct Ink(byte Red, byte Green, byte Blue)
{
    /// <summary>As PDF writes it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Red / 255.0:0.###} {Green / 255.0:0.###} {Blue / 255.0:0.###}");
}

/// <summary>A page that is drawn on, in points from its upper left corner.</summary>
internal sealed class PdfPage(FontSet fonts, double width, double height)
{
    // How far a quarter of a circle bends.
    private const double Bend = 0.5523;
    private readonly StringBuilder _content = new();

    /// <summary>Its width.</summary>
    public double Width => width;

    /// <summary>Its height.</summary>
    public double Height => height;

    /// <summary>What was drawn.</summary>
    public byte[] Content => Encoding.Latin1.GetBytes(_content.ToString());

    /// <summary>Writes a line of text whose letters stand on <paramref name="y"/>.</summary>
    public void Text(double x, double y, string text, Weight weight, double size, Ink ink)
    {
        _content.Append(CultureInfo.InvariantCulture, $"BT {ink} rg {PdfFile.Number(x)} {PdfFile.Number(height - y)} Td");
        foreach (var (font, characters) in fonts.Runs(text, weight))
        {
            // A font without a bold face is drawn a little fatter.
            var fat = weight is Weight.Bold && font.Key is not "F2";
            _content.Append(fat ? $" {ink} RG 2 Tr {PdfFile.Number(size / 40)} w" : " 0 Tr");
            _content.Append(CultureInfo.InvariantCulture, $" /{font.Key} {PdfFile.Number(size)} Tf <{font.Encode(characters)}> Tj");
        }

        _content.Append(" ET\n");
    }

    /// <summary>Writes a line of text that ends at <paramref name="x"/>.</summary>
    public void TextRight(double x, double y, string text, Weight weight, double size, Ink ink) =>
        Text(x - fonts.WidthOf(text, weight, size), y, text, weight, size, ink);

    /// <summary>A level line.</summary>
    public void Line(double x, double to, double y, double thick, Ink ink) =>
        _content.Append(CultureInfo.InvariantCulture, $"{ink} RG {PdfFile.Number(thick)} w {PdfFile.Number(x)} {PdfFile.Number(height - y)} m {PdfFile.Number(to)} {PdfFile.Number(height - y)} l S\n");

    /// <summary>A filled box with round corners.</summary>
    public void Box(double x, double y, double boxWidth, double boxHeight, double corner, Ink ink)
    {
        var (left, right, top, bottom) = (x, x + boxWidth, height - y, height - y - boxHeight);
        var bend = corner * (1 - Bend);
        string At(params ReadOnlySpan<double> numbers) => string.Join(' ', numbers.ToArray().Select(PdfFile.Number));
        _content.Append(CultureInfo.InvariantCulture, $"{ink} rg {At(left + corner, top)} m {At(right - corner, top)} l ");
        _content.Append(CultureInfo.InvariantCulture, $"{At(right - bend, top, right, top - bend, right, top - corner)} c {At(right, bottom + corner)} l ");
        _content.Append(CultureInfo.InvariantCulture, $"{At(right, bottom + bend, right - bend, bottom, right - corner, bottom)} c {At(left + corner, bottom)} l ");
        _content.Append(CultureInfo.InvariantCulture, $"{At(left + bend, bottom, left, bottom + bend, left, bottom + corner)} c {At(left, top - corner)} l ");
        _content.Append(CultureInfo.InvariantCulture, $"{At(left, top - bend, left + bend, top, left + corner, top)} c f\n");
    }
}
