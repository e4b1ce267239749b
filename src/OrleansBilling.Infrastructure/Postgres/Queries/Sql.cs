using NodaTime;
using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Small helps for reading rows.</summary>
internal static class Sql
{
    /// <summary>An instant of a <c>timestamptz</c> column.</summary>
    public static Instant Instant(NpgsqlDataReader row, int column) => NodaTime.Instant.FromDateTimeUtc(row.GetDateTime(column));

    /// <summary>The same, or null.</summary>
    public static Instant? InstantOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : Instant(row, column);

    /// <summary>Text, or null.</summary>
    public static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>The first row, or null.</summary>
    public static async Task<T?> SingleAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
        where T : class
    {
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        return await rows.ReadAsync(cancellation) ? read(rows) : null;
    }

    /// <summary>All rows.</summary>
    public static async Task<List<T>> ListAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        var found = new List<T>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            found.Add(read(rows));
        }

        return found;
    }
}
