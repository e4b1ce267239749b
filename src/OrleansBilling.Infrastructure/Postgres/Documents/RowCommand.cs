using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// One statement over many rows: each column is one array parameter (<c>unnest($1, $2, ...)</c>), so that the text, and
/// with it the prepared statement, is the same for any number of rows.
/// </summary>
internal sealed class RowCommand<T>
{
    private readonly NpgsqlBatchCommand _command;
    private readonly IReadOnlyList<T> _rows;

    public RowCommand(NpgsqlBatch batch, string sql, IReadOnlyList<T> rows)
    {
        _command = new NpgsqlBatchCommand(sql);
        _rows = rows;
        batch.BatchCommands.Add(_command);
    }

    public RowCommand<T> Text(Func<T, string?> value) => Add(NpgsqlDbType.Text, value);

    public RowCommand<T> Json(Func<T, string?> value) => Add(NpgsqlDbType.Jsonb, value);

    public RowCommand<T> Bytes(Func<T, byte[]?> value) => Add(NpgsqlDbType.Bytea, value);

    public RowCommand<T> Long(Func<T, long> value) => Add(NpgsqlDbType.Bigint, value);

    public RowCommand<T> LongOrNull(Func<T, long?> value) => Add(NpgsqlDbType.Bigint, value);

    public RowCommand<T> Int(Func<T, int> value) => Add(NpgsqlDbType.Integer, value);

    public RowCommand<T> IntOrNull(Func<T, int?> value) => Add(NpgsqlDbType.Integer, value);

    public RowCommand<T> Short(Func<T, short> value) => Add(NpgsqlDbType.Smallint, value);

    public RowCommand<T> Bool(Func<T, bool> value) => Add(NpgsqlDbType.Boolean, value);

    public RowCommand<T> BoolOrNull(Func<T, bool?> value) => Add(NpgsqlDbType.Boolean, value);

    public RowCommand<T> Numeric(Func<T, decimal?> value) => Add(NpgsqlDbType.Numeric, value);

    public RowCommand<T> Time(Func<T, Instant> value) => Add(NpgsqlDbType.TimestampTz, row => value(row).ToDateTimeUtc());

    public RowCommand<T> TimeOrNull(Func<T, Instant?> value) => Add(NpgsqlDbType.TimestampTz, row => value(row)?.ToDateTimeUtc());

    /// <summary>The number of rows as one parameter, for a statement that counts what it found.</summary>
    public RowCommand<T> Count()
    {
        _command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = _rows.Count, NpgsqlDbType = NpgsqlDbType.Bigint });
        return this;
    }

    /// <summary>One value that is the same for all rows.</summary>
    public RowCommand<T> Value<TValue>(TValue value)
    {
        _command.Parameters.Add(new NpgsqlParameter<TValue> { TypedValue = value });
        return this;
    }

    /// <summary>A parameter that is the same for all rows.</summary>
    public RowCommand<T> One(short value)
    {
        _command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Smallint });
        return this;
    }

    private RowCommand<T> Add<TValue>(NpgsqlDbType type, Func<T, TValue> value)
    {
        var values = new TValue[_rows.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = value(_rows[i]);
        }

        _command.Parameters.Add(new NpgsqlParameter<TValue[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
        return this;
    }
}

/// <summary>Starts statements over rows.</summary>
internal static class RowCommands
{
    /// <summary>Adds a statement over rows to a batch; its columns follow in the order of its parameters.</summary>
    public static RowCommand<T> Rows<T>(this NpgsqlBatch batch, string sql, IReadOnlyList<T> rows) => new(batch, sql, rows);

    /// <summary>The rows of all turns, as one list.</summary>
    public static List<TRow> Gather<TRow>(this IReadOnlyList<TurnRows> turns, Action<TurnRows, List<TRow>> take)
    {
        var rows = new List<TRow>(turns.Count);
        foreach (var turn in turns)
        {
            take(turn, rows);
        }

        return rows;
    }
}
