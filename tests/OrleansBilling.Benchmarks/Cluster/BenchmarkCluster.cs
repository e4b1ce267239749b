using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Infrastructure.Postgres.Migrations;

namespace OrleansBilling.Benchmarks.Cluster;

/// <summary>
/// A private PostgreSQL of one run, made exactly as the product's embedded one (durable commits, same settings), in a
/// scratch directory that goes with it.
/// </summary>
internal sealed class BenchmarkCluster : IAsyncDisposable
{
    private const string Prefix = "orleansbilling-benchmark-";
    private readonly EmbeddedPostgresOptions _options;

    private BenchmarkCluster(EmbeddedPostgresOptions options, EmbeddedDatabase embedded)
    {
        _options = options;
        Embedded = embedded;
        Database = new BillingDatabase(embedded.ConnectionString);
    }

    /// <summary>The data directory that the server is started on.</summary>
    public string DataDirectory => _options.DataDirectory;

    /// <summary>Where PostgreSQL runs.</summary>
    public EmbeddedDatabase Embedded { get; }

    /// <summary>The product's database, migrated.</summary>
    public BillingDatabase Database { get; }

    /// <summary>The process that all others of PostgreSQL descend from.</summary>
    public int PostmasterPid => int.Parse(
        File.ReadLines(Path.Combine(Embedded.ClusterDirectory, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>Installs PostgreSQL where it is missing, starts a cluster of this run's own and migrates it.</summary>
    /// <param name="profile">Whether PostgreSQL keeps the times of statements, which costs a little.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<BenchmarkCluster> StartAsync(bool profile, CancellationToken cancellation)
    {
        await InstallAsync(cancellation);
        // Not /tmp, which may lie in memory: commits shall cost what they cost.
        var scratch = Directory.Exists("/var/tmp") ? "/var/tmp" : Path.GetTempPath();
        await RemoveLeftoversAsync(scratch, cancellation);
        var options = new EmbeddedPostgresOptions { DataDirectory = Path.Combine(scratch, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}") };
        try
        {
            var embedded = await EmbeddedPostgres.EnsureRunningAsync(options, NullLogger.Instance, cancellation);
            if (profile)
            {
                await EmbeddedPostgres.StopAsync(options, NullLogger.Instance, cancellation);
                await File.AppendAllTextAsync(
                    Path.Combine(embedded.ClusterDirectory, "postgresql.conf"), "shared_preload_libraries = 'pg_stat_statements'\n", cancellation);
                embedded = await EmbeddedPostgres.EnsureRunningAsync(options, NullLogger.Instance, cancellation);
            }

            var cluster = new BenchmarkCluster(options, embedded);
            await MigrationRunner.MigrateAsync(embedded.ConnectionString, NullLogger.Instance, cancellation);
            return cluster;
        }
        catch
        {
            await RemoveAsync(options);
            throw;
        }
    }

    /// <summary>An open connection without limits of time.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database.ConnectionString) { CommandTimeout = 0, ApplicationName = "benchmark" }.ConnectionString);
        await connection.OpenAsync(cancellation);
        return connection;
    }

    /// <summary>Runs a statement.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The one value of a query.</summary>
    public async Task<T> ScalarAsync<T>(string sql, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Ends what loading left to do, so that it does not run into the measurement.</summary>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        await ExecuteAsync("vacuum (analyze)", cancellation);
        await ExecuteAsync("checkpoint", cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await RemoveAsync(_options);
    }

    private static async Task InstallAsync(CancellationToken cancellation)
    {
        if (await ShellAsync("ensure_postgres", cancellation) is not 0)
        {
            throw new BenchmarkException("PostgreSQL is not installed; see the message above.");
        }
    }

    // The same functions that deploy/run uses.
    private static async Task<int> ShellAsync(string function, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("bash") { UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"root=\"$1\"; . \"$1/deploy/lib.sh\"; {function}");
        start.ArgumentList.Add("bash");
        start.ArgumentList.Add(ReleaseRun.Root);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode;
    }

    // A run that was killed could not clean up; its process id is in the name.
    private static async Task RemoveLeftoversAsync(string scratch, CancellationToken cancellation)
    {
        foreach (var folder in Directory.GetDirectories(scratch, Prefix + "*"))
        {
            var pid = Path.GetFileName(folder)[Prefix.Length..].Split('-')[0];
            if (!Directory.Exists($"/proc/{pid}"))
            {
                cancellation.ThrowIfCancellationRequested();
                await RemoveAsync(new EmbeddedPostgresOptions { DataDirectory = folder });
            }
        }
    }

    private static async Task RemoveAsync(EmbeddedPostgresOptions options)
    {
        if (!Directory.Exists(options.DataDirectory))
        {
            return;
        }

        var place = Path.Combine(options.DataDirectory, "postgres.location");
        await EmbeddedPostgres.StopAsync(options, NullLogger.Instance, CancellationToken.None);
        if (File.Exists(place) && (await File.ReadAllTextAsync(place)).Trim() is { Length: > 0 } elsewhere && Directory.Exists(elsewhere))
        {
            Directory.Delete(elsewhere, recursive: true);
        }

        Directory.Delete(options.DataDirectory, recursive: true);
    }
}
