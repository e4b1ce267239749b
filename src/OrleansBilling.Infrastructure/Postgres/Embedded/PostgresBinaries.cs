using System.Globalization;

namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>PostgreSQL's programs on this machine.</summary>
/// <param name="Directory">The folder of initdb, pg_ctl and postgres.</param>
/// <param name="Major">The release, such as 15.</param>
internal sealed record PostgresBinaries(string Directory, int Major)
{
    private static readonly string[] Roots = ["/usr/lib/postgresql", "/usr/local/lib/postgresql"];
    private static readonly string[] Fixed = ["/usr/local/pgsql/bin", "/opt/homebrew/bin", "/usr/local/bin"];

    /// <summary>The full path of one of the programs.</summary>
    public string Program(string name) => Path.Combine(Directory, name);

    /// <summary>
    /// The programs to use: those of <paramref name="configured"/> alone where it is set; else the first of PATH and the
    /// places where systems put them, newest first, that fits the release of an existing cluster.
    /// </summary>
    /// <exception cref="EmbeddedPostgresException">None is found, or none of the cluster's release.</exception>
    public static async Task<PostgresBinaries> FindAsync(string? configured, int? clusterMajor, CancellationToken cancellationToken)
    {
        var found = new List<PostgresBinaries>();
        foreach (var folder in configured is null ? Places() : [configured])
        {
            if (await ReadAsync(folder, cancellationToken) is not { } binaries)
            {
                continue;
            }

            if (clusterMajor is null || binaries.Major == clusterMajor)
            {
                return binaries;
            }

            found.Add(binaries);
        }

        throw new EmbeddedPostgresException((found, configured) switch
        {
            ({ Count: > 0 }, _) =>
                $"The data directory was made by PostgreSQL {clusterMajor}, but only {string.Join(" and ", found.Select(f => $"{f.Major} ({f.Directory})"))} was found. " +
                $"Install PostgreSQL {clusterMajor}, name its folder by Billing__PostgresBin, or move the data with pg_upgrade.",
            (_, not null) => $"Billing__PostgresBin names {configured}, where initdb, pg_ctl and postgres are not all found. Name the folder that holds them.",
            _ => "No PostgreSQL was found on PATH or under /usr/lib/postgresql. Install it (Debian and Ubuntu: apt-get install postgresql), " +
                 "name its folder by Billing__PostgresBin, or give a database by ConnectionStrings__Billing.",
        });
    }

    private static IEnumerable<string> Places()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(p => p.StartsWith('/'))
            .Where(p => File.Exists(Path.Combine(p, "pg_ctl")));
        var installed = Roots.Where(System.IO.Directory.Exists).SelectMany(System.IO.Directory.GetDirectories)
            .OrderByDescending(d => decimal.TryParse(Path.GetFileName(d), NumberStyles.Number, CultureInfo.InvariantCulture, out var v) ? v : 0)
            .Select(d => Path.Combine(d, "bin"));
        return path.Concat(installed).Concat(Fixed).Distinct(StringComparer.Ordinal);
    }

    private static async Task<PostgresBinaries?> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        // A link on PATH leads to the folder where the other programs are.
        var control = new FileInfo(Path.Combine(folder, "pg_ctl"));
        var real = control.Exists ? Path.GetDirectoryName(control.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? control.FullName) : null;
        if (real is null || !File.Exists(Path.Combine(real, "initdb")) || !File.Exists(Path.Combine(real, "postgres")))
        {
            return null;
        }

        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
        var version = await ProgramRunner.StartAsync(Path.Combine(real, "postgres"), ["--version"], cancellationToken);
        var words = version.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var digits = words.Length > 2 ? new string([.. words[2].TakeWhile(char.IsAsciiDigit)]) : "";
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? new PostgresBinaries(real, major) : null;
    }
}
