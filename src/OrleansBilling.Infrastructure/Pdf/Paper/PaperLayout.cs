using OrleansBilling.Infrastructure.Pdf.Writer;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>Places a document on as many pages as it needs. Lives within one document.</summary>
internal sealed class PaperLayout(PaperDocument paper)
{
    private const double Margin = 48;
    private const double Foot = 70;
    private static readonly Ink Black = new(26, 31, 54);
    private static readonly Ink Gray = new(95, 103, 122);
    private static readonly Ink Rule = new(222, 226, 233);
    private readonly FontSet _fonts = new();
    private readonly List<PdfPage> _pages = [];
    private double _y;

    private PdfPage Page => _pages[^1];

    private double Right => paper.Size.Width - Margin;

    private double Bottom => paper.Size.Height - Foot;

    /// <summary>The file.</summary>
    public byte[] Write()
    {
        NewPage();
        Head();
        Parties();
        Headline();
        var table = new PaperTable(paper, _fonts, Margin, Right);
        table.Heading(Page, ref _y);
        foreach (var row in paper.Rows)
        {
            var lines = table.Lines(row);
            if (_y + PaperTable.HeightOf(lines) > Bottom)
            {
                NewPage();
                table.Heading(Page, ref _y);
            }

            table.Row(Page, ref _y, row, lines);
        }

        Sums();
        Footer();
        for (var i = 0; i < _pages.Count; i++)
        {
            var y = paper.Size.Height - 34;
            _pages[i].Line(Margin, Right, y - 16, 0.5, Rule);
            _pages[i].Text(Margin, y, Fitting(paper.Running, Right - Margin - 90), Weight.Regular, 8, Gray);
            _pages[i].TextRight(Right, y, string.Format(System.Globalization.CultureInfo.InvariantCulture, paper.PageOf, i + 1, _pages.Count), Weight.Regular, 8, Gray);
        }

        return new PaperFile(paper, _fonts, _pages).Write();
    }

    private void NewPage()
    {
        _pages.Add(new PdfPage(_fonts, paper.Size.Width, paper.Size.Height));
        _y = Margin + 8;
    }

    private void Head()
    {
        Page.Text(Margin, _y + 16, paper.Title, Weight.Bold, 24, Black);
        var width = _fonts.WidthOf(paper.Badge.Text, Weight.Bold, 8.5) + 16;
        var (ground, ink) = ColoursOf(paper.Badge.Kind);
        var left = Margin + _fonts.WidthOf(paper.Title, Weight.Bold, 24) + 14;
        Page.Box(left, _y + 0.5, width, 17, 4, ground);
        Page.Text(left + 8, _y + 12, paper.Badge.Text, Weight.Bold, 8.5, ink);
        var room = Right - left - width - 24;
        var y = _y + 14;
        foreach (var line in Wrapped(paper.Seller[0], room, Weight.Bold, 12))
        {
            Page.TextRight(Right, y, line, Weight.Bold, 12, Black);
            y += 16;
        }

        _y = Math.Max(_y + 44, y + 14);
        var labels = paper.Facts.Max(fact => _fonts.WidthOf(fact.Label, Weight.Bold, 9)) + 18;
        foreach (var fact in paper.Facts)
        {
            Page.Text(Margin, _y, fact.Label, Weight.Bold, 9, Black);
            foreach (var line in Wrapped(fact.Value, Right - Margin - labels, Weight.Regular, 9))
            {
                Page.Text(Margin + labels, _y, line, Weight.Regular, 9, Black);
                _y += 14;
            }
        }
    }

    private void Parties()
    {
        _y += 16;
        var half = (Right - Margin) / 2;
        var left = Party(Margin, half - 16, paper.Seller, _y);
        Page.Text(Margin + half, _y, paper.BuyerLabel, Weight.Bold, 9, Black);
        _y = Math.Max(left, Party(Margin + half, half, paper.Buyer, _y + 14));
    }

    private double Party(double x, double room, IReadOnlyList<string> lines, double y)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var weight = i == 0 && x == Margin ? Weight.Bold : Weight.Regular;
            foreach (var line in Wrapped(lines[i], room, weight, 9))
            {
                Page.Text(x, y, line, weight, 9, i == 0 ? Black : Gray);
                y += 13;
            }
        }

        return y;
    }

    private void Headline()
    {
        _y += 26;
        foreach (var line in Wrapped(paper.Headline, Right - Margin, Weight.Bold, 15))
        {
            Page.Text(Margin, _y, line, Weight.Bold, 15, Black);
            _y += 20;
        }

        _y += 8;
    }

    private void Sums()
    {
        var left = Margin + ((Right - Margin) * 0.46);
        var room = Right - left - 110;
        var sums = paper.Sums.Select(sum => (Sum: sum, Lines: Wrapped(sum.Label, room, WeightOf(sum), 9))).ToList();
        if (_y + 8 + sums.Sum(sum => HeightOf(sum.Lines)) > Bottom)
        {
            NewPage();
        }

        _y += 8;
        foreach (var (sum, lines) in sums)
        {
            var ink = sum.Kind is SumKind.Aside ? Gray : Black;
            Page.TextRight(Right, _y + 9, sum.Amount, WeightOf(sum), 9, ink);
            for (var i = 0; i < lines.Count; i++)
            {
                Page.Text(left, _y + 9 + (12 * i), lines[i], WeightOf(sum), 9, ink);
            }

            _y += HeightOf(lines);
            Page.Line(left, Right, _y - 3, 0.5, Rule);
        }

        static double HeightOf(List<string> lines) => 6 + (12 * lines.Count);
        static Weight WeightOf(PaperSum sum) => sum.Kind is SumKind.Total ? Weight.Bold : Weight.Regular;
    }

    private void Footer()
    {
        if (paper.Footer.Length == 0)
        {
            return;
        }

        var lines = Wrapped(paper.Footer, Right - Margin, Weight.Regular, 8.5);
        _y += 30;
        foreach (var line in lines)
        {
            if (_y > Bottom)
            {
                NewPage();
            }

            Page.Text(Margin, _y, line, Weight.Regular, 8.5, Gray);
            _y += 12.5;
        }
    }

    private List<string> Wrapped(string text, double room, Weight weight, double size) =>
        LineBreaks.Of(text, room, piece => _fonts.WidthOf(piece, weight, size));

    private string Fitting(string text, double room) => Wrapped(text, room, Weight.Regular, 8)[0];

    private static (Ink Ground, Ink Text) ColoursOf(BadgeKind kind) => kind switch
    {
        BadgeKind.Good => (new Ink(215, 247, 224), new Ink(5, 105, 47)),
        BadgeKind.Waiting => (new Ink(207, 225, 255), new Ink(0, 72, 171)),
        BadgeKind.Late => (new Ink(255, 224, 217), new Ink(179, 9, 37)),
        _ => (new Ink(235, 238, 241), new Ink(84, 90, 105)),
    };
}
