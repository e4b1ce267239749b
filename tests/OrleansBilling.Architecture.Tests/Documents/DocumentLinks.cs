using System.Text.RegularExpressions;

namespace OrleansBilling.Architecture.Tests.Documents;

/// <summary>Reads the project's documents and finds what they point at.</summary>
internal static partial class DocumentLinks
{
    private static readonly string[] Skipped = ["bin", "obj", ".git", ".data", "artifacts", "node_modules"];

    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every Markdown file of the project, relative to the root.</summary>
    public static IEnumerable<string> All() => Below(Root).Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal);

    /// <summary>What a document points at and is not there.</summary>
    /// <param name="document">Its path, relative to the root.</param>
    /// <param name="text">Its text.</param>
    public static IEnumerable<string> Faults(string document, string text)
    {
        var prose = Fence().Replace(text, "");
        var folder = Path.GetDirectoryName(Path.Combine(Root, document))!;
        var links = Link().Matches(Span().Replace(prose, "")).Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains(':', StringComparison.Ordinal) && !IsThere(folder, target));
        var paths = Span().Matches(prose).Select(match => match.Groups["code"].Value.Split(' ')[0])
            .Where(path => IsOfProject(path) && !Matches(path));
        return links.Concat(paths).Distinct(StringComparer.Ordinal).ToList();
    }

    private static bool IsThere(string folder, string target)
    {
        var parts = target.Split('#', 2);
        var path = Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(parts[0])));
        if (parts[0].Length > 0 && !File.Exists(path) && !Directory.Exists(path))
        {
            return false;
        }

        return parts.Length == 1 || parts[0].Length == 0 || !path.EndsWith(".md", StringComparison.Ordinal) || Headings(File.ReadAllText(path)).Contains(parts[1]);
    }

    private static HashSet<string> Headings(string text) =>
        [.. Heading().Matches(Fence().Replace(text, "")).Select(match => Punctuation().Replace(match.Groups["heading"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    /// <summary>Paths that begin at the root; others (of containers, of systems, of URLs) are not ours to check.</summary>
    private static bool IsOfProject(string path) =>
        path.StartsWith("src/", StringComparison.Ordinal) || path.StartsWith("tests/", StringComparison.Ordinal)
        || path.StartsWith("docs/", StringComparison.Ordinal) || path.StartsWith("deploy/", StringComparison.Ordinal);

    /// <summary>True where the path is there, or something fits its stars. Words in angle brackets stand for anything.</summary>
    private static bool Matches(string path)
    {
        IEnumerable<string> found = [Root];
        foreach (var part in path.TrimEnd('/', '.', ',').Split('/'))
        {
            var pattern = Placeholder().Replace(part, "*");
            found = found.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFileSystemEntries(folder, pattern)).ToList();
        }

        return found.Any();
    }

    private static IEnumerable<string> Below(string folder) => Directory.EnumerateFiles(folder, "*.md")
        .Concat(Directory.EnumerateDirectories(folder).Where(child => !Skipped.Contains(Path.GetFileName(child), StringComparer.Ordinal)).SelectMany(Below));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OrleansBilling.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("No folder above the tests holds OrleansBilling.sln.");
    }

    [GeneratedRegex(@"^(?<mark>```|~~~).*?^\k<mark>", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\(<?(?<target>[^)\s>]+)>?(\s+""[^""]*"")?\)", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Link();

    [GeneratedRegex("`(?<code>[^`\n]+)`", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Span();

    [GeneratedRegex(@"^#{1,6}\s+(?<heading>.+?)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N}\s_-]", RegexOptions.None, 2000)]
    private static partial Regex Punctuation();

    [GeneratedRegex("<[^>]+>|\\{[^}]+\\}", RegexOptions.None, 2000)]
    private static partial Regex Placeholder();
}
