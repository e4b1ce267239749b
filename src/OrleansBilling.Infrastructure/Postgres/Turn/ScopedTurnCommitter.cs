using System.Transactions;
using Npgsql;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;
using OrleansBilling.Infrastructure.Postgres.Sellers;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>
/// Commits each turn in a transaction of its own: Orleans' stock storage writes the state, then our rows follow on the
/// same connection.
/// </summary>
/// <remarks>
/// Both open the identical connection string one after the other within one <see cref="TransactionScope"/>: Npgsql then
/// hands out the same connection, and the transaction stays a local one. A second connection open at the same time, or
/// one of another pool, would need a two-phase commit and fail.
/// </remarks>
public sealed class ScopedTurnCommitter(BillingDatabase database, NumberSignal? numbers = null) : ITurnCommitter, IDisposable
{
    // A scope holds its connection from the first statement to the end: more scopes than connections would wait in the pool.
    private readonly SemaphoreSlim _connections = new(new NpgsqlConnectionStringBuilder(database.ConnectionString).MaxPoolSize * 3 / 4);

    /// <inheritdoc/>
    public async Task CommitAsync(TurnWrite write, Func<Task> writeState)
    {
        await CommitOneAsync(write, writeState);
        numbers?.Tell([new TurnRows(write, State: null)]);
    }

    private async Task CommitOneAsync(TurnWrite write, Func<Task> writeState)
    {
        await _connections.WaitAsync();
        try
        {
            using var scope = new TransactionScope(
                TransactionScopeOption.RequiresNew,
                new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted, Timeout = TimeSpan.FromSeconds(30) },
                TransactionScopeAsyncFlowOption.Enabled);
            await writeState();
            await WriteRowsAsync(new TurnRows(write, State: null));
            scope.Complete();
        }
        catch (Exception e) when (TurnFaults.Translate(e) is not null)
        {
            throw TurnFaults.Translate(e)!;
        }
        finally
        {
            _connections.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connections.Dispose();

    private async Task WriteRowsAsync(TurnRows turn)
    {
        await using var connection = await database.OpenAsync();
        await using var batch = new NpgsqlBatch(connection);
        DocumentWriter.Write(batch, [turn]);
        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync();
        }
    }
}
