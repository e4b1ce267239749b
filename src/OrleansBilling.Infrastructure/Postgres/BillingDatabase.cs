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

    /// <summary>Host, port and database, without the password: for logs.</summary>
    public override string ToString()
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString);
        return $"{builder.Host}:{builder.Port}/{builder.Database}";
    }
}
