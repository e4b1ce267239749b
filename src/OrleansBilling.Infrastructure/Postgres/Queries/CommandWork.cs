using NodaTime;
using Npgsql;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>
/// Requests that no grain serves and whose work takes several transactions: one at a time works under a key, and its answer is
/// stored when all of it is done.
/// </summary>
public sealed class CommandWork(BillingDatabase database) : IDisposable
{
    // With the hash of a key, so that keys rarely meet. The number is arbitrary and used nowhere else.
    private const int LockSpace = 731_820_458;

    // Each holds a connection for as long as it works: of one process one does, and the others wait without one.
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Works under a key. What an attempt did that failed stays done: a repeat does the rest, and answers that.</summary>
    /// <param name="key">The command.</param>
    /// <param name="now">When it was asked for.</param>
    /// <param name="work">Gives the JSON that is answered with 200.</param>
    /// <returns>The answer; null where the key is taken, or another process works under it: read the command log again.</returns>
    public async Task<string?> RunAsync(CommandKey key, Instant now, Func<Task<string>> work)
    {
        await _turn.WaitAsync();
        try
        {
            await using var connection = await database.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            if (!await IsOursAsync(connection, key) || await IsDoneAsync(connection, key))
            {
                return null;
            }

            var answer = await work();
            var row = new CommandRow(new CommandRecord(key.Scope, key.Key, key.RequestHash, 200, answer));
            if (!await row.InsertAsync(connection, transaction, now, CancellationToken.None))
            {
                return null;
            }

            await transaction.CommitAsync();
            return answer;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static async Task<bool> IsOursAsync(NpgsqlConnection connection, CommandKey key)
    {
        await using var command = new NpgsqlCommand($"select pg_try_advisory_xact_lock({LockSpace}, hashtext($1))", connection);
        command.Add(key.Scope + "\n" + key.Key);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    // After the lock, in a statement of its own: it sees what who held the lock has committed.
    private static async Task<bool> IsDoneAsync(NpgsqlConnection connection, CommandKey key)
    {
        await using var command = new NpgsqlCommand("select exists (select from command_log where scope = $1 and key = $2)", connection);
        command.Add(key.Scope);
        command.Add(key.Key);
        return (bool)(await command.ExecuteScalarAsync())!;
    }
}
