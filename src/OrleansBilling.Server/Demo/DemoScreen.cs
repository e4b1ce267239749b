using System.Globalization;
using Spectre.Console;

namespace OrleansBilling.Server.Demo;

/// <summary>Where the scene is told: with colour and a spinner in a terminal, as plain lines everywhere else.</summary>
internal sealed class DemoScreen
{
    private const int PlainWidth = 160;
    private readonly IAnsiConsole _console;
    private readonly bool _isTerminal;

    /// <summary>A screen.</summary>
    /// <param name="console">Spectre's console.</param>
    /// <param name="isTerminal">False writes plain lines, however many columns they need.</param>
    public DemoScreen(IAnsiConsole console, bool isTerminal)
    {
        _console = console;
        _isTerminal = isTerminal;
        if (!isTerminal)
        {
            console.Profile.Width = PlainWidth;
        }
    }

    /// <summary>The screen of this process.</summary>
    public static DemoScreen OfProcess()
    {
        var isTerminal = !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;
        // Colours are asked for by some environments even where the output goes into a file.
        var plain = new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No };
        return new DemoScreen(isTerminal ? AnsiConsole.Console : AnsiConsole.Create(plain), isTerminal);
    }

    /// <summary>Announces a step with how far the scene is.</summary>
    public void Step(int number, int of, DateTimeOffset at, string what) => _console.MarkupLineInterpolated(
        CultureInfo.InvariantCulture, $"\n[bold]({number}/{of}) {at.ToString("d MMM yyyy", CultureInfo.InvariantCulture)}[/]  [dim]{what}[/]");

    /// <summary>Says a sentence.</summary>
    public void Say(string sentence) => _console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"  {sentence}");

    /// <summary>Says a line of its own, whole: a command in it can be copied however narrow the terminal is.</summary>
    public void Line(string text = "") => _console.Profile.Out.Writer.WriteLine(text);

    /// <summary>Does something that takes a moment; a terminal shows that it goes on.</summary>
    public Task<T> BusyAsync<T>(string what, Func<Task<T>> work) =>
        _isTerminal ? _console.Status().Spinner(Spinner.Known.Line).StartAsync(Markup.Escape(what) + " ...", _ => work()) : work();

    /// <summary>Shows a table.</summary>
    public void Show(DemoTable table)
    {
        Line();
        if (!_isTerminal)
        {
            Line(table.Title);
            foreach (var line in table.Lines())
            {
                Line(line);
            }

            return;
        }

        var shown = new Table { Border = TableBorder.Rounded };
        foreach (var header in table.Headers)
        {
            var column = new TableColumn(Markup.Escape(header.TrimStart('>')));
            shown.AddColumn(header.StartsWith('>') ? column.RightAligned() : column);
        }

        foreach (var row in table.Rows)
        {
            shown.AddRow([.. row.Select(cell => new Text(cell))]);
        }

        _console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[bold]{table.Title}[/]");
        _console.Write(shown);
    }

    /// <summary>Shows a check.</summary>
    public void Show(DemoCheck check)
    {
        _console.MarkupLineInterpolated(CultureInfo.InvariantCulture, check.Kept ? (FormattableString)$"[green]kept[/]    {check.Promise}" : $"[red]broken[/]  {check.Promise}");
        foreach (var fault in check.Faults)
        {
            _console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"        {fault}");
        }
    }
}
