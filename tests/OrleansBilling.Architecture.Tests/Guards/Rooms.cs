namespace OrleansBilling.Architecture.Tests.Guards;

/// <summary>Every room (a folder of a project with code in it) says on one page what it owns, and what it does not.</summary>
internal static class Rooms
{
    /// <summary>The longest README of a room, in lines.</summary>
    public const int ReadmeLines = 40;

    /// <summary>Rooms under a folder of projects whose README is missing, and READMEs that are too long.</summary>
    public static IEnumerable<string> Faults(string projects)
    {
        foreach (var room in Directory.EnumerateDirectories(projects).SelectMany(Directory.EnumerateDirectories).Where(HoldsCode).Order(StringComparer.Ordinal))
        {
            if (!File.Exists(Path.Combine(room, "README.md")))
            {
                yield return $"{Path.GetRelativePath(projects, room)} has no README.md";
            }
        }

        foreach (var readme in Directory.EnumerateFiles(projects, "README.md", SearchOption.AllDirectories).Where(path => !IsBuilt(path)))
        {
            var lines = File.ReadAllLines(readme).Length;
            if (lines is 0 or > ReadmeLines)
            {
                yield return $"{Path.GetRelativePath(projects, readme)} has {lines} lines; 1 to {ReadmeLines} are right";
            }
        }
    }

    private static bool HoldsCode(string folder) =>
        Path.GetFileName(folder) is not ("bin" or "obj" or "Properties") && Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Any();

    private static bool IsBuilt(string path) => path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj");
}
