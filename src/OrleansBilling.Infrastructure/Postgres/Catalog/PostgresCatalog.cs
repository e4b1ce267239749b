using System.Collections.Concurrent;
using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Catalog;

/// <summary>Reads the catalog's rows. Versions never change, so each is read once per process.</summary>
public sealed class PostgresCatalog(BillingDatabase database) : ICatalog
{
    private readonly ConcurrentDictionary<(string Code, int Version), PlanVersion> _versions = new();

    /// <inheritdoc/>
    public ValueTask<PlanVersion?> FindAsync(string code, int? version) =>
        version is { } number && _versions.TryGetValue((code, number), out var known)
            ? ValueTask.FromResult<PlanVersion?>(known)
            : ReadAsync(code, version);

    /// <inheritdoc/>
    public async Task<PlanHeader?> FindHeaderAsync(string code)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(
            "select code, name, latest_version, created_at, archived_at from plan where code = $1", connection)
        {
            Parameters = { new() { Value = code } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new PlanHeader(
                reader.GetString(0), reader.GetString(1), reader.GetInt32(2), InstantAt(reader, 3),
                await reader.IsDBNullAsync(4) ? null : InstantAt(reader, 4))
            : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, MeterFacts>> ReadMetersAsync(IReadOnlyCollection<string> codes)
    {
        var found = new Dictionary<string, MeterFacts>(StringComparer.Ordinal);
        if (codes.Count == 0)
        {
            return found;
        }

        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand("select definition::text, archived_at is not null from meter where code = any ($1)", connection);
        command.Add(NpgsqlTypes.NpgsqlDbType.Text, codes.ToArray());
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var meter = BillingJson.Read<Meter>(reader.GetString(0));
            found[meter.Code] = new MeterFacts(meter, reader.GetBoolean(1));
        }

        return found;
    }

    private async ValueTask<PlanVersion?> ReadAsync(string code, int? version)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            select v.definition from plan p
            join plan_version v on v.code = p.code and v.version = coalesce($2, p.latest_version)
            where p.code = $1
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = code },
                new() { Value = (object?)version ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer },
            },
        };
        if (await command.ExecuteScalarAsync() is not string definition)
        {
            return null;
        }

        var plan = BillingJson.Read<PlanVersion>(definition);
        return _versions.GetOrAdd((plan.Code, plan.Version), plan);
    }

    private static Instant InstantAt(NpgsqlDataReader reader, int column) =>
        Instant.FromDateTimeUtc(reader.GetFieldValue<DateTime>(column));
}
