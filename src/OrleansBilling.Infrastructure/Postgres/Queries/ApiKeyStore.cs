using NodaTime;
using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>An API key as it is stored: never its secret.</summary>
/// <param name="Id"><c>key_...</c></param>
/// <param name="Name">What it is for.</param>
/// <param name="Role"><c>app</c>, <c>support</c>, <c>finance</c> or <c>admin</c>.</param>
/// <param name="Last4">The last characters of its secret.</param>
/// <param name="CreatedAt">In real time.</param>
/// <param name="RevokedAt">When it stopped working, or null.</param>
public sealed record ApiKeyRow(string Id, string Name, string Role, string Last4, Instant CreatedAt, Instant? RevokedAt);

/// <summary>The table <c>api_key</c>.</summary>
public sealed class ApiKeyStore(BillingDatabase database)
{
    private const string Columns = "id, name, role, last4, created_at, revoked_at";

    // Two processes of a first start must not both make an admin key, two requests not both revoke the last one. The
    // number is arbitrary and used nowhere else.
    private const long AdminKeyLock = 7_318_204_551;

    /// <summary>The live key of a hash, or null.</summary>
    public async Task<ApiKeyRow?> FindByHashAsync(byte[] hash, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand($"select {Columns} from api_key where hash = $1 and revoked_at is null", connection)
        {
            Parameters = { new() { Value = hash } },
        };
        return await Sql.SingleAsync(command, Read, cancellation);
    }

    /// <summary>Stores a key unless its hash is stored, or, where asked, unless any live admin key exists. True where it was stored.</summary>
    public async Task<bool> EnsureAsync(ApiKeyRow key, byte[] hash, bool onlyFirstAdmin, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await SerializeAsync(connection, transaction, cancellation);
        const string insert = $"""
            insert into api_key ({Columns}, hash)
            select $1, $2, $3, $4, $5, null, $6
            where not ($7 and exists (select 1 from api_key where role = 'admin' and revoked_at is null))
            on conflict (hash) do update set revoked_at = null where api_key.revoked_at is not null
            """;
        await using var command = new NpgsqlCommand(insert, connection, transaction);
        Bind(command, key, hash);
        command.Parameters.Add(new() { Value = onlyFirstAdmin });
        var stored = await command.ExecuteNonQueryAsync(cancellation) == 1;
        await transaction.CommitAsync(cancellation);
        return stored;
    }

    /// <summary>
    /// Stores a new key together with the answer under its command key. False where the command key is taken: read the
    /// command log again.
    /// </summary>
    public async Task<bool> CreateAsync(ApiKeyRow key, byte[] hash, CommandRow commandRow, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (!await commandRow.InsertAsync(connection, transaction, key.CreatedAt, cancellation))
        {
            return false;
        }

        await using var command = new NpgsqlCommand(
            $"insert into api_key ({Columns}, hash) values ($1, $2, $3, $4, $5, null, $6)", connection, transaction);
        Bind(command, key, hash);
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>
    /// Ends a key; one that is ended stays as it is, and the last live admin key goes on (its <c>RevokedAt</c> stays null).
    /// Null where there is none.
    /// </summary>
    public async Task<ApiKeyRow?> RevokeAsync(string id, Instant now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await SerializeAsync(connection, transaction, cancellation);
        const string update = $"""
            update api_key k set revoked_at = case
                when k.revoked_at is null and k.role = 'admin'
                    and not exists (select 1 from api_key o where o.role = 'admin' and o.revoked_at is null and o.id <> k.id) then null
                else coalesce(k.revoked_at, $2) end
            where k.id = $1 returning {Columns}
            """;
        await using var command = new NpgsqlCommand(update, connection, transaction)
        {
            Parameters = { new() { Value = id }, new() { Value = now.ToDateTimeUtc() } },
        };
        var row = await Sql.SingleAsync(command, Read, cancellation);
        await transaction.CommitAsync(cancellation);
        return row;
    }

    /// <summary>All keys, newest first.</summary>
    public async Task<Page<ApiKeyRow>> ListAsync(PageOf page, CancellationToken cancellation)
    {
        var query = new ListQuery($"select {Columns} from api_key k", "k.created_at", "k.id");
        return await query.ReadAsync(database, page, Read, cancellation);
    }

    private static async Task SerializeAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        await using var serial = new NpgsqlCommand($"select pg_advisory_xact_lock({AdminKeyLock})", connection, transaction);
        await serial.ExecuteNonQueryAsync(cancellation);
    }

    private static void Bind(NpgsqlCommand command, ApiKeyRow key, byte[] hash)
    {
        foreach (var value in (object[])[key.Id, key.Name, key.Role, key.Last4, key.CreatedAt.ToDateTimeUtc(), hash])
        {
            command.Parameters.Add(new() { Value = value });
        }
    }

    private static ApiKeyRow Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), Sql.Instant(row, 4), Sql.InstantOrNull(row, 5));
}
