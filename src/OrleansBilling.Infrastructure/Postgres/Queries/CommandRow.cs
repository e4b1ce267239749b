using NodaTime;
using Npgsql;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Writes the answer of a request that no grain serves, in the transaction that does its work.</summary>
/// <param name="Record">Key, hash and answer.</param>
public sealed record CommandRow(CommandRecord Record)
{
    /// <summary>False where the key is taken: another request was first.</summary>
    internal async Task<bool> InsertAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Instant now, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into command_log (scope, key, request_hash, status, answer, created_at)
            values ($1, $2, $3, $4, $5, $6) on conflict do nothing
            """,
            connection,
            transaction);
        foreach (var value in (object[])[Record.Scope, Record.Key, Record.RequestHash, Record.Status, Record.Answer, now.ToDateTimeUtc()])
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }
}
