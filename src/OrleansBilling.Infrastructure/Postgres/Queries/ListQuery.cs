using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>A list in one query: filters that are given, one page of it, newest first by (time, order of writing or id).</summary>
/// <param name="select">The select clause up to its joins, without conditions.</param>
/// <param name="timeColumn">The time to order by.</param>
/// <param name="idColumn">The id of an entry; settles equal times where <paramref name="sequence"/> does not.</param>
/// <param name="sequence">
/// The column that counts the rows as they are written, and how to find it by the id <c>?</c>; null where the table has none.
/// </param>
internal sealed class ListQuery(string select, string timeColumn, string idColumn, (string Column, string ById)? sequence = null)
{
    private readonly List<string> _conditions = [];
    private readonly List<object> _values = [];

    private string Tie => sequence?.Column ?? idColumn;

    /// <summary>A value that the select clause refers to, the first as <c>$1</c>; call before any condition.</summary>
    public ListQuery With(object value)
    {
        _values.Add(value);
        return this;
    }

    /// <summary>A condition without a value.</summary>
    public ListQuery Where(string condition)
    {
        _conditions.Add(condition);
        return this;
    }

    /// <summary>A condition, where its value is given; <c>?</c> stands for the value.</summary>
    public ListQuery Where(string condition, object? value)
    {
        if (value is not null)
        {
            _values.Add(value);
            _conditions.Add(condition.Replace("?", "$" + _values.Count, StringComparison.Ordinal));
        }

        return this;
    }

    /// <summary>Reads the page, and one row more to know whether others follow.</summary>
    public async Task<Page<T>> ReadAsync<T>(
        BillingDatabase database, PageOf page, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        if (page.After is { } after)
        {
            _values.Add(after.At.ToDateTimeUtc());
            _values.Add(after.Id);
            var place = sequence is { } counted ? "(" + counted.ById.Replace("?", "$" + _values.Count, StringComparison.Ordinal) + ")" : "$" + _values.Count;
            _conditions.Add($"({timeColumn}, {Tie}) < (${_values.Count - 1}, {place})");
        }

        var where = _conditions.Count == 0 ? "" : " where " + string.Join(" and ", _conditions);
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(
            $"{select}{where} order by {timeColumn} desc, {Tie} desc limit {page.Limit + 1}", connection);
        foreach (var value in _values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        var rows = await Sql.ListAsync(command, read, cancellation);
        var more = rows.Count > page.Limit;
        return new Page<T>(more ? rows[..page.Limit] : rows, more);
    }
}
