using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Migrations;

/// <summary>Which schema a database has; the round trip of readiness.</summary>
public static class AppliedSchema
{
    /// <summary>The number of the newest migration, or null where there is none.</summary>
    /// <exception cref="NpgsqlException">The database is away, or no migration ever ran.</exception>
    public static async Task<int?> FindAsync(BillingDatabase database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select number from schema_migration order by number desc limit 1", connection);
        return await command.ExecuteScalarAsync(cancellationToken) as int?;
    }
}
