using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace OrleansBilling.Infrastructure.Postgres;

/// <summary>Positional parameters and columns in the product's own types.</summary>
internal static class NpgsqlExtensions
{
    /// <summary>Adds an array as the next positional parameter.</summary>
    public static void Add<T>(this NpgsqlCommand command, NpgsqlDbType element, T[] values) =>
        command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | element });

    /// <summary>Adds a value as the next positional parameter.</summary>
    public static void Add<T>(this NpgsqlCommand command, T value) => command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });

    /// <summary>Adds an instant as the next positional parameter.</summary>
    public static void Add(this NpgsqlCommand command, Instant value) =>
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = value.ToDateTimeUtc(), NpgsqlDbType = NpgsqlDbType.TimestampTz });

    /// <summary>A column of type timestamptz.</summary>
    public static Instant GetInstant(this NpgsqlDataReader reader, int column) => Instant.FromDateTimeUtc(reader.GetFieldValue<DateTime>(column));

    /// <summary>A column of type text, or null.</summary>
    public static string? GetText(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
