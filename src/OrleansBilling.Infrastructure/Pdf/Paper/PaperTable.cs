using OrleansBilling.Infrastructure.Pdf.Writer;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>The lines of a document as a table; its heading is repeated on each page.</summary>
internal sealed class PaperTable
{
    private const double Size = 9;
    private const double SmallSize = 8;
    private static readonly Ink Black = new(26, 31, 54);
    private static readonly Ink Gray = new(95, 103, 122);
    private static readonly Ink Rule = new(222, 226, 233);
    private readonly PaperDocument _paper;
    private readonly FontSet _fonts;
    private readonly double _left;
    private readonly double _right;

    // Right edges of quantity, unit price, tax, amount; each column is as wide as its widest text.
    private readonly double[] _edges = new double[4];

    public PaperTable(PaperDocument paper, FontSet fonts, double left, double right)
    {
        (_paper, _fonts, _left, _right) = (paper, fonts, left, right);
        var edge = right;
        for (var column = 3; column >= 0; column--)
        {
            _edges[column] = edge;
            var width = WidthOf(column);
            edge -= width == 0 ? 0 : width + 14;
        }

        Room = Math.Max(edge - left - 4, 120);
    }

    /// <summary>Points of a description's line.</summary>
    private double Room { get; }

    /// <summary>A row's description and details, broken into lines.</summary>
    public (List<string> Description, List<string> Details) Lines(PaperRow row) => (
        LineBreaks.Of(row.Description, Room, piece => _fonts.WidthOf(piece, Weight.Regular, Size)),
        [.. row.Details.SelectMany(detail => LineBreaks.Of(detail, Room, piece => _fonts.WidthOf(piece, Weight.Regular, SmallSize)))]);

    /// <summary>How high a row is.</summary>
    public static double HeightOf((List<string> Description, List<string> Details) lines) => 9 + (12.5 * lines.Description.Count) + (11 * lines.Details.Count);

    /// <summary>The names of the columns.</summary>
    public void Heading(PdfPage page, ref double y)
    {
        page.Text(_left, y + 8, _paper.Columns[0], Weight.Regular, SmallSize, Gray);
        for (var column = 0; column < 4; column++)
        {
            page.TextRight(_edges[column], y + 8, _paper.Columns[column + 1], Weight.Regular, SmallSize, Gray);
        }

        y += 15;
        page.Line(_left, _right, y, 0.8, Black);
        y += 3;
    }

    /// <summary>A row.</summary>
    public void Row(PdfPage page, ref double y, PaperRow row, (List<string> Description, List<string> Details) lines)
    {
        var first = y + 12;
        string[] cells = [row.Quantity, row.UnitPrice, row.Tax, row.Amount];
        for (var column = 0; column < 4; column++)
        {
            page.TextRight(_edges[column], first, cells[column], Weight.Regular, Size, Black);
        }

        var at = first;
        foreach (var line in lines.Description)
        {
            page.Text(_left, at, line, Weight.Regular, Size, Black);
            at += 12.5;
        }

        foreach (var line in lines.Details)
        {
            page.Text(_left, at - 1, line, Weight.Regular, SmallSize, Gray);
            at += 11;
        }

        y += HeightOf(lines);
        page.Line(_left, _right, y - 1, 0.5, Rule);
    }

    private double WidthOf(int column)
    {
        var heading = _fonts.WidthOf(_paper.Columns[column + 1], Weight.Regular, SmallSize);
        var cells = _paper.Rows.Select(row => column switch { 0 => row.Quantity, 1 => row.UnitPrice, 2 => row.Tax, _ => row.Amount })
            .Distinct(StringComparer.Ordinal).Select(text => _fonts.WidthOf(text, Weight.Regular, Size)).DefaultIfEmpty().Max();
        return _paper.Columns[column + 1].Length == 0 ? 0 : Math.Max(heading, cells);
    }
}
