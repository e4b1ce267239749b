using System.Reflection;

namespace OrleansBilling.Infrastructure.Postgres.Migrations;

/// <summary>The migrations that this program carries, embedded as resources <c>Migrations/NNNN_name/up.sql</c>.</summary>
public static class MigrationCatalog
{
    private const string Prefix = "Migrations/";
    private const string Script = "/up.sql";
    private const string Note = "/note.md";

    /// <summary>Every migration of the program, in order.</summary>
    /// <exception cref="MigrationException">A number is missing or used twice, or a note is missing.</exception>
    public static IReadOnlyList<Migration> Load() => Load(typeof(MigrationCatalog).Assembly);

    /// <summary>Every migration embedded in an assembly, in order.</summary>
    /// <exception cref="MigrationException">A number is missing or used twice, or a note is missing.</exception>
    public static IReadOnlyList<Migration> Load(Assembly assembly)
    {
        var names = assembly.GetManifestResourceNames();
        var migrations = new List<Migration>();
        foreach (var resource in names.Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(Script, StringComparison.Ordinal)))
        {
            var folder = resource[Prefix.Length..^Script.Length];
            if (!names.Contains(Prefix + folder + Note, StringComparer.Ordinal))
            {
                throw new MigrationException($"Migration {folder} has no note.md. Write what it does, why, and how to check it.");
            }

            migrations.Add(Migration.FromFolder(folder, Read(assembly, resource)));
        }

        return InOrder(migrations);
    }

    /// <summary>The migrations by number; every number from 1 on must be there exactly once.</summary>
    /// <exception cref="MigrationException">A number is missing or used twice.</exception>
    public static IReadOnlyList<Migration> InOrder(IEnumerable<Migration> migrations)
    {
        var ordered = migrations.OrderBy(m => m.Number).ThenBy(m => m.Name, StringComparer.Ordinal).ToList();
        for (var i = 0; i < ordered.Count; i++)
        {
            var expected = i + 1;
            if (ordered[i].Number == expected)
            {
                continue;
            }

            throw new MigrationException(i > 0 && ordered[i].Number == ordered[i - 1].Number
                ? $"Two migrations have the number {ordered[i].Number:D4}: {ordered[i - 1].Name} and {ordered[i].Name}. Give the one that is not released yet the next free number."
                : $"The program has no migration {expected:D4} but has {ordered[i].Name}. Numbers run from 0001 without gaps: rename the later ones or add the missing folder.");
        }

        return ordered;
    }

    private static string Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)
            ?? throw new MigrationException($"The resource {resource} cannot be read.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
