using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>
/// The private PostgreSQL of a data directory: made at the first start, found again by every further one, and left
/// running when the server ends, so that a killed server costs no recovery and further processes share it.
/// </summary>
public static class EmbeddedPostgres
{
    private const string LockFile = "postgres.lock";
    private const string PasswordFile = "postgres.password";

    /// <summary>Makes and starts the database where needed, and answers how to reach it. Any number of processes may call it at once.</summary>
    /// <exception cref="EmbeddedPostgresException">It cannot run; the message says what to do.</exception>
    public static async Task<EmbeddedDatabase> EnsureRunningAsync(
        EmbeddedPostgresOptions options, ILogger logger, CancellationToken cancellationToken = default)
    {
        options = options with { DataDirectory = DataDirectory.Ensure(options.DataDirectory) };
        using var held = await FileLock.TakeAsync(
            Path.Combine(options.DataDirectory, LockFile), options.StartTimeout + TimeSpan.FromMinutes(1), cancellationToken);
        var place = new ClusterPlace(options, logger);
        var cluster = place.Existing();
        var runner = new ProgramRunner(await SystemUser.ForClusterAsync(cluster, cancellationToken));
        var binaries = await PostgresBinaries.FindAsync(options.BinDirectory, ClusterPlace.MajorOf(cluster), cancellationToken);
        var postmaster = new Postmaster(binaries, runner, logger);
        cluster ??= await MakeAsync(options, place, runner, postmaster, logger, cancellationToken);
        var password = await ReadPasswordAsync(options, cancellationToken);
        var ports = new PortsFile(options.DataDirectory, logger);
        var started = !await postmaster.IsRunningAsync(cluster, cancellationToken);
        if (started)
        {
            var watch = Stopwatch.StartNew();
            var port = await ports.ClaimPostgresAsync(cancellationToken);
            await postmaster.StartAsync(cluster, port, options.StartTimeout, cancellationToken);
            logger.LogInformation("PostgreSQL started in {Cluster} on port {Port} in {Milliseconds} ms", cluster, port, watch.ElapsedMilliseconds);
        }

        var connectionString = Connection(options, PortOf(cluster) ?? ports.KeptPostgres ?? 0, password);
        await ReachAsync(connectionString, options, cancellationToken);
        return new EmbeddedDatabase(connectionString, new NpgsqlConnectionStringBuilder(connectionString).Port, cluster, binaries.Directory, started);
    }

    /// <summary>Stops the database of a data directory.</summary>
    /// <returns>False if there was none running.</returns>
    /// <exception cref="EmbeddedPostgresException">It did not stop.</exception>
    public static async Task<bool> StopAsync(EmbeddedPostgresOptions options, ILogger logger, CancellationToken cancellationToken = default)
    {
        options = options with { DataDirectory = Path.GetFullPath(options.DataDirectory) };
        if (new ClusterPlace(options, logger).Existing() is null)
        {
            return false;
        }

        using var held = await FileLock.TakeAsync(Path.Combine(options.DataDirectory, LockFile), options.StartTimeout, cancellationToken);
        var cluster = new ClusterPlace(options, logger).Existing();
        var runner = new ProgramRunner(await SystemUser.ForClusterAsync(cluster, cancellationToken));
        var binaries = await PostgresBinaries.FindAsync(options.BinDirectory, ClusterPlace.MajorOf(cluster), cancellationToken);
        var postmaster = new Postmaster(binaries, runner, logger);
        if (cluster is null || !await postmaster.IsRunningAsync(cluster, cancellationToken))
        {
            return false;
        }

        await postmaster.StopAsync(cluster, cancellationToken);
        logger.LogInformation("PostgreSQL in {Cluster} stopped", cluster);
        return true;
    }

    private static async Task<string> MakeAsync(
        EmbeddedPostgresOptions options, ClusterPlace place, ProgramRunner runner, Postmaster postmaster, ILogger logger, CancellationToken cancellationToken)
    {
        var (fresh, final) = await place.PrepareAsync(runner, cancellationToken);
        logger.LogInformation("Making a new PostgreSQL database in {Cluster}", final);
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        DataDirectory.WriteSecret(Path.Combine(options.DataDirectory, PasswordFile), password);
        await postmaster.InitializeAsync(fresh, password, options, cancellationToken);
        // Moved only when it is whole: a first start that is killed half-way begins again.
        await place.SettleAsync(fresh, final, cancellationToken);
        return final;
    }

    private static async Task<string> ReadPasswordAsync(EmbeddedPostgresOptions options, CancellationToken cancellationToken)
    {
        var file = Path.Combine(options.DataDirectory, PasswordFile);
        try
        {
            return (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedPostgresException($"The database's password cannot be read from {file}: {e.Message} Start as the user who made the data directory.", e);
        }
    }

    // A running server's own word counts for more than what is kept: line 4 of its pid file.
    private static int? PortOf(string cluster)
    {
        var file = Path.Combine(cluster, "postmaster.pid");
        return File.Exists(file) && File.ReadLines(file).Skip(3).FirstOrDefault() is { } line && int.TryParse(line, out var port) ? port : null;
    }

    private static string Connection(EmbeddedPostgresOptions options, int port, string password) =>
        ConnectionStrings.Normalize(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Database = options.Database,
            Username = Postmaster.Role,
            Password = password,
            MaxPoolSize = options.MaxPoolSize,
        }.ConnectionString);

    // Waits out a recovery that another process started, and makes the database where it does not exist.
    private static async Task ReachAsync(string connectionString, EmbeddedPostgresOptions options, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false, Enlist = false };
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(builder.ConnectionString);
                await connection.OpenAsync(cancellationToken);
                await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection);
                exists.Parameters.AddWithValue(options.Database);
                if (await exists.ExecuteScalarAsync(cancellationToken) is null)
                {
                    await using var create = new NpgsqlCommand($"create database \"{options.Database.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
                    await create.ExecuteNonQueryAsync(cancellationToken);
                }

                return;
            }
            catch (NpgsqlException e) when (watch.Elapsed < PassesWithin(e, options))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
            catch (NpgsqlException e)
            {
                throw new EmbeddedPostgresException(
                    $"PostgreSQL runs on port {builder.Port} but does not let us in: {e.Message} Its log is in the folder log of its directory.", e);
            }
        }
    }

    // A server that recovers says so; one whose process runs but that refuses every connection is not waited for as long.
    private static TimeSpan PassesWithin(NpgsqlException e, EmbeddedPostgresOptions options) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } => options.StartTimeout,
        PostgresException => TimeSpan.Zero,
        _ => TimeSpan.FromSeconds(20),
    };
}
