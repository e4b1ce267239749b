using NodaTime;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>A row of table <c>test_clock</c>.</summary>
public sealed record ClockRow(string Id, string? Name, Instant Now, bool Advancing, Instant CreatedAt);

/// <summary>Reads test clocks, newest first.</summary>
public sealed class ClockQueries(BillingDatabase database)
{
    private static readonly PageOf One = new(1, null);

    /// <summary>A clock, or null.</summary>
    public async Task<ClockRow?> FindAsync(string id, CancellationToken cancellation)
    {
        var found = await Select().Where("c.id = ?", id).ReadAsync(database, One, Read, cancellation);
        return found.Entries.Count == 0 ? null : found.Entries[0];
    }

    /// <summary>Clocks that exist.</summary>
    public Task<Page<ClockRow>> ListAsync(PageOf page, CancellationToken cancellation) => Select().ReadAsync(database, page, Read, cancellation);

    private static ListQuery Select() =>
        new ListQuery("select c.id, c.name, c.now, c.advancing, c.created_at from test_clock c", "c.created_at", "c.id").Where("not c.deleted");

    private static ClockRow Read(Npgsql.NpgsqlDataReader row) =>
        new(row.GetString(0), Sql.TextOrNull(row, 1), Sql.Instant(row, 2), row.GetBoolean(3), Sql.Instant(row, 4));
}
