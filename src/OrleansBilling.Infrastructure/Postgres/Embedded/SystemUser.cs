namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>A user of the operating system.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its number.</param>
/// <param name="GroupId">The number of its main group.</param>
internal sealed record SystemUser(string Name, int Id, int GroupId)
{
    /// <summary>
    /// The user that PostgreSQL runs as. This process's own (null), unless that is root: then the owner of an existing
    /// cluster, else <c>postgres</c>, else <c>nobody</c>.
    /// </summary>
    /// <exception cref="EmbeddedPostgresException">Root, and neither of the two exists.</exception>
    public static async Task<SystemUser?> ForClusterAsync(string? existingCluster, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        if (existingCluster is not null)
        {
            var owner = await ProgramRunner.StartAsync("stat", ["-c", "%u", existingCluster], cancellationToken);
            var id = owner.Output.Trim();
            if (owner.ExitCode == 0 && id != "0")
            {
                return await FindAsync(id, cancellationToken) ?? new SystemUser(id, int.Parse(id), int.Parse(id));
            }
        }

        return await FindAsync("postgres", cancellationToken)
            ?? await FindAsync("nobody", cancellationToken)
            ?? throw new EmbeddedPostgresException(
                "PostgreSQL refuses to run as root, and the system has neither a user postgres nor nobody. " +
                "Make a user postgres (useradd --system postgres) or start the server as another user.");
    }

    private static async Task<SystemUser?> FindAsync(string nameOrId, CancellationToken cancellationToken)
    {
        var id = await ProgramRunner.StartAsync("id", ["-u", nameOrId], cancellationToken);
        var group = await ProgramRunner.StartAsync("id", ["-g", nameOrId], cancellationToken);
        var name = await ProgramRunner.StartAsync("id", ["-un", nameOrId], cancellationToken);
        return id.ExitCode == 0 && group.ExitCode == 0 && name.ExitCode == 0
            ? new SystemUser(name.Output.Trim(), int.Parse(id.Output), int.Parse(group.Output))
            : null;
    }
}
