namespace OrleansBilling.Architecture.Tests.Reading;

/// <summary>The project's own files, found from where the tests run.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The text of a file, by its path from the root.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The C# sources under a folder, without what the build wrote there.</summary>
    public static IEnumerable<SourceFile> Sources(string folder, string pattern = "*.cs") =>
        from path in Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
        let name = Path.GetRelativePath(Root, path).Replace('\\', '/')
        where !name.Contains("/bin/", StringComparison.Ordinal) && !name.Contains("/obj/", StringComparison.Ordinal)
        orderby name
        select new SourceFile(name, File.ReadAllText(path));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OrleansBilling.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The tests run outside of the project's folder; its files cannot be checked.");
    }
}

/// <summary>A file of the project.</summary>
/// <param name="Path">From the root.</param>
/// <param name="Text">All of it.</param>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>Its lines; a last line feed does not begin another line.</summary>
    public int LineCount => Text.Split('\n').Length - (Text.EndsWith('\n') ? 1 : 0);
}
