using System.Net.Sockets;
using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres;

/// <summary>The product's database, known by one connection string.</summary>
/// <remarks>
/// Orleans' providers and our own code use this very string, character by character: it names the pool, and only
/// connections of one pool share a local transaction (see the scoped committer).
/// </remarks>
/// <param name="ConnectionString">As <see cref="ConnectionStrings.Normalize"/> made it.</param>
public sealed record BillingDatabase(string ConnectionString)
{
    /// <summary>An open connection from the pool; the caller disposes it.</summary>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken = default)
    {
        var connection = new NpgsqlConnection(ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>False where there is no database at its place; true also where it only says that it cannot serve now.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteScalarAsync(cancellationToken);
            return true;
        }
        catch (PostgresException)
        {
            // It answers, if only to say that it starts or has no connection left.
            return true;
        }
        catch (NpgsqlException e)
        {
            // A pool that is used up times out; a server that is gone refuses or closes.
            return e.InnerException is TimeoutException;
        }
    }

    /// <summary>
    /// False where it says nothing within a time: it hangs, or the way to it does. True also where it only says that it cannot
    /// serve now. It is asked on a connection of its own, so that no other is waited for.
    /// </summary>
    public async Task<bool> RespondsAsync(TimeSpan limit)
    {
        var seconds = (int)Math.Ceiling(limit.TotalSeconds);
        var own = new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, Enlist = false, Timeout = seconds, CommandTimeout = seconds };
        try
        {
            // However long the driver takes to give up, it is not waited for.
            await AskAsync(own.ConnectionString).WaitAsync(limit);
            return true;
        }
        catch (PostgresException)
        {
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or SocketException or IOException)
        {
            return false;
        }
    }

    private static async Task AskAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select 1", connection);
        await command.ExecuteScalarAsync();
    }

    /// <summary>Host, port and database, without the password: for logs.</summary>
    public override string ToString()
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString);
        return $"{builder.Host}:{builder.Port}/{builder.Database}";
    }
}
