using Microsoft.Extensions.Logging;

namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>Makes, starts and stops one cluster by PostgreSQL's own programs.</summary>
internal sealed class Postmaster(PostgresBinaries binaries, ProgramRunner runner, ILogger logger)
{
    /// <summary>The owner of everything in the cluster.</summary>
    public const string Role = "billing";

    /// <summary>Makes a cluster in an empty folder.</summary>
    /// <exception cref="EmbeddedPostgresException">initdb failed.</exception>
    public async Task InitializeAsync(string folder, string password, EmbeddedPostgresOptions options, CancellationToken cancellationToken)
    {
        // initdb reads the password as the cluster's user and wants its folder empty: the file lies beside it for that moment.
        var secret = folder + ".password";
        DataDirectory.WriteSecret(secret, password);
        try
        {
            if (runner.User is { } user)
            {
                await ProgramRunner.StartAsync("chown", [$"{user.Id}:{user.GroupId}", secret], cancellationToken);
            }

            var made = await runner.RunAsync(
                binaries.Program("initdb"),
                ["-D", folder, "-U", Role, $"--pwfile={secret}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", options.Durable ? "--data-checksums" : "--no-sync"],
                cancellationToken);
            if (made.ExitCode != 0)
            {
                throw new EmbeddedPostgresException($"initdb could not make a database in {folder}:\n{made.Text}");
            }
        }
        finally
        {
            File.Delete(secret);
        }

        var settings = Path.Combine(folder, "postgresql.conf");
        await File.AppendAllTextAsync(settings, ClusterSettings.Lines(options), cancellationToken);
        // Not every PostgreSQL is built with LZ4, which costs a tenth of the default. It says so itself.
        var lz4 = await runner.RunAsync(binaries.Program("postgres"), ["-D", folder, "-C", "wal_compression", "-c", "wal_compression=lz4"], cancellationToken);
        if (lz4.ExitCode == 0)
        {
            await File.AppendAllTextAsync(settings, "wal_compression = lz4\n", cancellationToken);
        }
    }

    /// <summary>Whether the cluster's server runs. A pid file that a killed server or a restarted machine left does not count.</summary>
    public async Task<bool> IsRunningAsync(string cluster, CancellationToken cancellationToken)
    {
        RemoveStalePid(cluster);
        var status = await runner.RunAsync(binaries.Program("pg_ctl"), ["status", "-D", cluster], cancellationToken);
        return status.ExitCode == 0;
    }

    /// <summary>Starts the cluster's server on a port of 127.0.0.1 and waits until it has recovered and answers.</summary>
    /// <exception cref="EmbeddedPostgresException">It did not start; the end of its log is in the message.</exception>
    public async Task StartAsync(string cluster, int port, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var log = Path.Combine(cluster, "start.log");
        var until = DateTimeOffset.UtcNow + timeout;
        while (true)
        {
            var seconds = Math.Max(1, (int)(until - DateTimeOffset.UtcNow).TotalSeconds);
            var started = await runner.RunAsync(
                binaries.Program("pg_ctl"),
                ["start", "-D", cluster, "-w", "-t", $"{seconds}", "-l", log, "-o", $"-p {port}"],
                cancellationToken);
            if (started.ExitCode == 0)
            {
                return;
            }

            var end = Tail(log);
            // The children of a killed server live on for a moment and still hold its memory.
            var passing = end.Contains("still in use", StringComparison.Ordinal) || end.Contains("Is another postmaster", StringComparison.Ordinal);
            if (!passing || DateTimeOffset.UtcNow >= until)
            {
                throw new EmbeddedPostgresException($"PostgreSQL in {cluster} did not start:\n{started.Text}\n{end}");
            }

            logger.LogInformation("The children of the ended PostgreSQL in {Cluster} are still closing; trying again", cluster);
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        }
    }

    /// <summary>Stops the cluster's server: open transactions roll back, everything committed is on the disk.</summary>
    /// <exception cref="EmbeddedPostgresException">It did not stop.</exception>
    public async Task StopAsync(string cluster, CancellationToken cancellationToken)
    {
        var stopped = await runner.RunAsync(
            binaries.Program("pg_ctl"), ["stop", "-D", cluster, "-m", "fast", "-w", "-t", "120"], cancellationToken);
        if (stopped.ExitCode != 0)
        {
            throw new EmbeddedPostgresException($"PostgreSQL in {cluster} did not stop:\n{stopped.Text}");
        }
    }

    // After a restart of the machine or the container, the number in the pid file may belong to another program,
    // which pg_ctl takes for the server.
    private void RemoveStalePid(string cluster)
    {
        var file = Path.Combine(cluster, "postmaster.pid");
        if (!File.Exists(file) || !int.TryParse(File.ReadLines(file).FirstOrDefault(), out var pid))
        {
            return;
        }

        var name = $"/proc/{pid}/comm";
        if (File.Exists(name) && File.ReadAllText(name).Trim() is not ("postgres" or "postmaster"))
        {
            logger.LogWarning("The pid file of {Cluster} names process {Pid}, which is no PostgreSQL; it is removed", cluster, pid);
            File.Delete(file);
        }
    }

    private static string Tail(string log) => File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(15)) : "";
}
