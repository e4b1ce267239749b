using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Infrastructure.Postgres.Migrations;

namespace OrleansBilling.Testing;

/// <summary>
/// A PostgreSQL of one's own in a scratch folder, for tests and benchmarks: started at the first use, stopped and
/// removed at the end, even if this process is killed.
/// </summary>
public sealed class ScratchCluster(string name, bool durable = false) : IAsyncDisposable
{
    private const string Template = "template_billing";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orleansbilling-{name}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}");
    private EmbeddedDatabase? _running;
    private bool _template;
    private int _made;

    /// <summary>The data directory.</summary>
    public string Folder => _folder;

    private EmbeddedPostgresOptions Options => new()
    {
        DataDirectory = _folder,
        Database = "postgres",
        Durable = durable,
        SharedBuffersMegabytes = durable ? 512 : 128,
        MaxConnections = 400,
    };

    /// <summary>The running cluster.</summary>
    public async Task<EmbeddedDatabase> StartAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await StartedAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Makes a database of its own, and answers its connection string.</summary>
    /// <param name="migrated">Whether it has the product's schema; false gives an empty one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<string> CreateDatabaseAsync(bool migrated = true, CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var cluster = await StartedAsync(cancellationToken);
            if (migrated && !_template)
            {
                await ExecuteAsync(cluster.ConnectionString, $"create database {Template}", cancellationToken);
                await MigrationRunner.MigrateAsync(In(cluster.ConnectionString, Template), NullLogger.Instance, cancellationToken);
                _template = true;
            }

            var database = $"billing_{++_made}";
            await ExecuteAsync(cluster.ConnectionString, $"create database {database} template {(migrated ? Template : "template0")}", cancellationToken);
            return In(cluster.ConnectionString, database);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Runs one statement on a connection of its own.</summary>
    public static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellationToken = default)
    {
        await using var connection = await new BillingDatabase(Unpooled(connectionString)).OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The first column of the first row, on a connection of its own.</summary>
    public static async Task<T?> ScalarAsync<T>(string connectionString, string sql, CancellationToken cancellationToken = default)
    {
        await using var connection = await new BillingDatabase(Unpooled(connectionString)).OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        var value = await command.ExecuteScalarAsync(cancellationToken);
        return value is null or DBNull ? default : (T)value;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_running is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await EmbeddedPostgres.StopAsync(Options, NullLogger.Instance);
            Remove(_running.ClusterDirectory);
            _running = null;
        }

        Remove(_folder);
        _gate.Dispose();
    }

    private static string Unpooled(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;

    private static string In(string connectionString, string database) => ConnectionStrings.Normalize(new NpgsqlConnectionStringBuilder(connectionString)
    {
        Database = database,
        ConnectionIdleLifetime = 10,
        ConnectionPruningInterval = 5,
    }.ConnectionString);

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<EmbeddedDatabase> StartedAsync(CancellationToken cancellationToken)
    {
        if (_running is null)
        {
            _running = await EmbeddedPostgres.EnsureRunningAsync(Options, NullLogger.Instance, cancellationToken);
            StopWhenKilled(_running.ClusterDirectory);
        }

        return _running;
    }

    // A test run that is killed leaves no server behind: a shell of its own session waits for our end.
    private void StopWhenKilled(string cluster)
    {
        var script = $"""
            while kill -0 {Environment.ProcessId} 2>/dev/null; do sleep 1; done
            pid=$(head -n 1 '{cluster}/postmaster.pid' 2>/dev/null) && kill -QUIT "$pid" && sleep 2
            rm -rf '{cluster}' '{_folder}'
            """;
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false, WorkingDirectory = "/" };
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec >/dev/null 2>&1 </dev/null; {script}");
        Process.Start(start)?.Dispose();
    }
}
