using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Migrations;

/// <summary>
/// Brings a database to the program's schema. Any number of processes may run it at once: an advisory lock lets one
/// work while the others wait and then find nothing to do.
/// </summary>
public sealed class MigrationRunner(string connectionString, IReadOnlyList<Migration> migrations, ILogger logger)
{
    /// <summary>The advisory lock that a run holds ("orleansb" in ASCII).</summary>
    public const long LockKey = 0x6f726c65616e7362;

    /// <summary>Migrates a database to the migrations that the program carries.</summary>
    /// <returns>How many migrations were applied.</returns>
    /// <exception cref="MigrationException">See <see cref="RunAsync"/>.</exception>
    public static Task<int> MigrateAsync(string connectionString, ILogger logger, CancellationToken cancellationToken = default) =>
        new MigrationRunner(connectionString, MigrationCatalog.Load(), logger).RunAsync(cancellationToken);

    /// <summary>Applies every migration that is missing, each in its own transaction.</summary>
    /// <returns>How many were applied.</returns>
    /// <exception cref="MigrationException">
    /// A past migration was changed, the database misses one between others, it is newer than the program, or a
    /// statement failed (then that migration left nothing behind).
    /// </exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken = default)
    {
        // Not pooled: the session, and with it the lock, ends with this run whatever happens.
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0, Enlist = false };
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(connection, $"select pg_advisory_lock({LockKey})", cancellationToken);
        await ExecuteAsync(
            connection,
            """
            create table if not exists schema_migration (
                number      integer primary key,
                name        text not null,
                checksum    text not null,
                applied_at  timestamptz not null default now(),
                duration_ms integer not null
            )
            """,
            cancellationToken);
        var applied = await ReadAppliedAsync(connection, cancellationToken);
        MigrationCheck.Compare(applied, migrations);
        var missing = migrations.Skip(applied.Count).ToList();
        foreach (var migration in missing)
        {
            await ApplyAsync(connection, migration, cancellationToken);
        }

        return missing.Count;
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await ExecuteAsync(connection, migration.Sql, cancellationToken);
        }
        catch (PostgresException e)
        {
            throw new MigrationException(
                $"Migration {migration.Name} failed and was rolled back: {e.MessageText}{(e.Position > 0 ? $" (at character {e.Position} of up.sql)" : "")}. Correct its SQL, or what it found in the database, and start again.",
                e);
        }

        await using (var insert = new NpgsqlCommand(
            "insert into schema_migration (number, name, checksum, duration_ms) values ($1, $2, $3, $4)", connection))
        {
            insert.Parameters.AddWithValue(migration.Number);
            insert.Parameters.AddWithValue(migration.Name);
            insert.Parameters.AddWithValue(migration.Checksum);
            insert.Parameters.AddWithValue((int)watch.ElapsedMilliseconds);
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        logger.LogInformation("Migration {Migration} applied in {Milliseconds} ms", migration.Name, watch.ElapsedMilliseconds);
    }

    private static async Task<IReadOnlyList<AppliedMigration>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = new List<AppliedMigration>();
        await using var command = new NpgsqlCommand("select number, name, checksum, applied_at from schema_migration order by number", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add(new AppliedMigration(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3)));
        }

        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
