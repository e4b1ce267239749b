using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>Reads answers of commands from their rows.</summary>
public sealed class CommandLog : ICommandLog
{
    /// <summary>The rows of keys: scopes, keys.</summary>
    internal const string Sql =
        """
        select c.scope, c.key, c.request_hash, c.status, c.answer
        from unnest($1, $2) as s (scope, key) join command_log c on c.scope = s.scope and c.key = s.key
        """;

    private readonly TurnDatabase _database;
    private readonly Gathered<(string Scope, string Key), CommandRecord> _reads;

    /// <summary>Reads from a database.</summary>
    public CommandLog(TurnDatabase database)
    {
        _database = database;
        _reads = new(ReadAsync);
    }

    /// <inheritdoc/>
    public Task<CommandRecord?> FindAsync(string scope, string key) => _reads.FindAsync((scope, key));

    /// <summary>A row of <see cref="Sql"/>.</summary>
    internal static CommandRecord Record(NpgsqlDataReader reader) =>
        new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetString(4));

    private async Task<IReadOnlyDictionary<(string Scope, string Key), CommandRecord>> ReadAsync(IReadOnlyList<(string Scope, string Key)> keys)
    {
        await using var command = _database.Source.CreateCommand(Sql);
        command.Add(NpgsqlDbType.Text, keys.Select(k => k.Scope).ToArray());
        command.Add(NpgsqlDbType.Text, keys.Select(k => k.Key).ToArray());
        var found = new Dictionary<(string Scope, string Key), CommandRecord>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var row = Record(reader);
            found[(row.Scope, row.Key)] = row;
        }

        return found;
    }
}
