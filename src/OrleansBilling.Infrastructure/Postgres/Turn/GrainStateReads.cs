using Npgsql;
using NpgsqlTypes;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>The name of a state's row.</summary>
internal readonly record struct GrainStateKey(string Service, string Type, string Key);

/// <summary>A state's row; the payload is null after a clear.</summary>
internal sealed record GrainStateFound(byte[]? Payload, int Version);

/// <summary>Reads states of grains that are activated at the same time by one query.</summary>
internal sealed class GrainStateReads
{
    private const string Sql =
        """
        select g.service_id, g.grain_type, g.grain_key, g.payload, g.version
        from unnest($1, $2, $3) as s (service, type, key)
        join grain_state g on g.service_id = s.service and g.grain_type = s.type and g.grain_key = s.key
        """;

    private readonly TurnDatabase _database;
    private readonly Gathered<GrainStateKey, GrainStateFound> _reads;

    public GrainStateReads(TurnDatabase database)
    {
        _database = database;
        _reads = new(ReadAsync);
    }

    public Task<GrainStateFound?> FindAsync(GrainStateKey key) => _reads.FindAsync(key);

    private async Task<IReadOnlyDictionary<GrainStateKey, GrainStateFound>> ReadAsync(IReadOnlyList<GrainStateKey> keys)
    {
        await using var command = _database.Source.CreateCommand(Sql);
        command.Add(NpgsqlDbType.Text, keys.Select(k => k.Service).ToArray());
        command.Add(NpgsqlDbType.Text, keys.Select(k => k.Type).ToArray());
        command.Add(NpgsqlDbType.Text, keys.Select(k => k.Key).ToArray());
        var found = new Dictionary<GrainStateKey, GrainStateFound>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var payload = await reader.IsDBNullAsync(3) ? null : reader.GetFieldValue<byte[]>(3);
            found[new GrainStateKey(reader.GetString(0), reader.GetString(1), reader.GetString(2))] = new GrainStateFound(payload, reader.GetInt32(4));
        }

        return found;
    }
}
