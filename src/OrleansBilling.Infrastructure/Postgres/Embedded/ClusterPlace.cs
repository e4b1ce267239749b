using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>
/// Where the cluster of a data directory lies: in the data directory, or, where a folder above is closed to the user
/// that PostgreSQL runs as, under an open root, with a pointer file in the data directory.
/// </summary>
internal sealed class ClusterPlace(EmbeddedPostgresOptions options, ILogger logger)
{
    private const string Own = "postgres";
    private const string Pointer = "postgres.location";

    /// <summary>The cluster that exists, or null before the first start.</summary>
    /// <exception cref="EmbeddedPostgresException">The pointer file names a place where none is: never begin with an empty one instead.</exception>
    public string? Existing()
    {
        var pointer = Path.Combine(options.DataDirectory, Pointer);
        var elsewhere = File.Exists(pointer);
        var place = elsewhere ? File.ReadAllText(pointer).Trim() : Path.Combine(options.DataDirectory, Own);
        if (File.Exists(Path.Combine(place, "PG_VERSION")))
        {
            return place;
        }

        return !elsewhere ? null : throw new EmbeddedPostgresException(
            $"{pointer} says that the database lies in {place}, where none is (or this user cannot see it). Restore or mount it; delete {pointer} only to begin with an empty one.");
    }

    /// <summary>Moves a whole new cluster to its place, and remembers that place where it is not the usual one.</summary>
    public async Task SettleAsync(string fresh, string final, CancellationToken cancellationToken)
    {
        Directory.Move(fresh, final);
        if (final != Path.Combine(options.DataDirectory, Own))
        {
            await File.WriteAllTextAsync(Path.Combine(options.DataDirectory, Pointer), final + "\n", cancellationToken);
        }
    }

    /// <summary>The release that made a cluster.</summary>
    public static int? MajorOf(string? cluster) =>
        cluster is not null && int.TryParse(File.ReadAllText(Path.Combine(cluster, "PG_VERSION")).Trim().Split('.')[0], out var major) ? major : null;

    /// <summary>Chooses and prepares an empty folder of the runner's user, in which a new cluster can be made.</summary>
    /// <returns>The folder to fill, and the place to move it to once it is whole.</returns>
    /// <exception cref="EmbeddedPostgresException">The user can reach neither place.</exception>
    public async Task<(string Fresh, string Final)> PrepareAsync(ProgramRunner runner, CancellationToken cancellationToken)
    {
        var final = Path.Combine(options.DataDirectory, Own);
        if (await TryMakeAsync(final + ".new", runner, cancellationToken))
        {
            return !Directory.Exists(final) ? (final + ".new", final) : throw new EmbeddedPostgresException(
                $"{final} exists but is no whole PostgreSQL database. Restore it, or move it away to begin with an empty one.");
        }

        // A data directory that was removed and made anew leaves the old one's files where they are: they may be wanted.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(options.DataDirectory)))[..16];
        var open = Enumerable.Range(1, int.MaxValue).Select(n => Path.Combine(options.FallbackRoot, n == 1 ? hash : $"{hash}-{n}")).First(p => !Directory.Exists(p));
        Directory.CreateDirectory(options.FallbackRoot);
        if (!await TryMakeAsync(open + ".new", runner, cancellationToken))
        {
            throw new EmbeddedPostgresException(
                $"The user {runner.User?.Name} can reach neither {final} nor {open}, so PostgreSQL cannot run there. " +
                "Choose a data directory that other users may pass through by Billing__DataDirectory, or start the server as a user that is not root.");
        }

        logger.LogWarning(
            "A folder above {DataDirectory} is closed to the user {User}, as whom PostgreSQL runs; its files lie in {Cluster}",
            options.DataDirectory, runner.User?.Name, open);
        return (open + ".new", open);
    }

    // The kernel itself answers whether the user passes every folder above, access lists included.
    private static async Task<bool> TryMakeAsync(string folder, ProgramRunner runner, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (runner.User is not { } user)
        {
            return true;
        }

        var owned = await ProgramRunner.StartAsync("chown", [$"{user.Id}:{user.GroupId}", folder], cancellationToken);
        var reached = owned.ExitCode == 0
            ? await runner.RunAsync("test", ["-w", folder, "-a", "-x", folder], cancellationToken)
            : owned;
        if (reached.ExitCode != 0)
        {
            Directory.Delete(folder, recursive: true);
        }

        return reached.ExitCode == 0;
    }
}
