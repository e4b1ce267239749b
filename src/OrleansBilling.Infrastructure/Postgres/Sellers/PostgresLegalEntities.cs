using Npgsql;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Sellers;

namespace OrleansBilling.Infrastructure.Postgres.Sellers;

/// <summary>Reads sellers from their versions.</summary>
public sealed class PostgresLegalEntities(BillingDatabase database) : ILegalEntities
{
    private const string Sql =
        """
        select v.definition::text from legal_entity e
        join legal_entity_version v on v.code = e.code and v.version = coalesce($2, e.version)
        where e.code = $1
        """;

    /// <inheritdoc/>
    public async Task<LegalEntity?> FindAsync(string code, int? version)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters = { new() { Value = code }, new() { Value = (object?)version ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer } },
        };
        return await command.ExecuteScalarAsync() is string definition ? BillingJson.Read<LegalEntity>(definition) : null;
    }
}
