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
    public string? Existing()
    {
        var pointer = Path.Combine(options.DataDirectory, Pointer);
        var place = File.Exists(pointer) ? File.ReadAllText(pointer).Trim() : Path.Combine(options.DataDirectory, Own);
        return File.Exists(Path.Combine(place, "PG_VERSION")) ? place : null;
    }

    /// <summary>The release that made a cluster.</summary>
    public static int? MajorOf(string? cluster) =>
        cluster is not null && int.TryParse(File.ReadAllText(Path.Combine(cluster, "PG_VERSION")).Trim().Split('.')[0], out var major) ? major : null;

    /// <summary>Chooses and prepares an empty folder of the runner's user, in which a new cluster can be made.</summary>
    /// <returns>The folder to fill, and the place to move it to once it is whole.</returns>
    /// <exception cref="EmbeddedPostgresException">The user can reach neither place.</exception>
    public async Task<(string Fresh, string Final)> PrepareAsync(ProgramRunner runner, CancellationToken cancellationToken)
    {
        var pointer = Path.Combine(options.DataDirectory, Pointer);
        var final = Path.Combine(options.DataDirectory, Own);
        if (!File.Exists(pointer) && await TryMakeAsync(final + ".new", runner, cancellationToken))
        {
            return (final + ".new", final);
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(options.DataDirectory)))[..16];
        var open = Path.Combine(options.FallbackRoot, hash);
        Directory.CreateDirectory(options.FallbackRoot);
        if (!await TryMakeAsync(open + ".new", runner, cancellationToken))
        {
            throw new EmbeddedPostgresException(
                $"The user {runner.User?.Name} can reach neither {final} nor {open}, so PostgreSQL cannot run there. " +
                "Choose a data directory that other users may pass through by Billing__DataDirectory, or start the server as a user that is not root.");
        }

        await File.WriteAllTextAsync(pointer, open + "\n", cancellationToken);
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
