using NodaTime;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>A row of table <c>event</c>.</summary>
public sealed record EventRow(string Id, string Type, string Account, string Subject, string DataJson, Instant CreatedAt);

/// <summary>Reads events, newest first.</summary>
public sealed class EventQueries(BillingDatabase database)
{
    /// <summary>Events by type and account.</summary>
    public Task<Page<EventRow>> ListAsync(PageOf page, string? type, string? account, string? subject, CancellationToken cancellation) =>
        new ListQuery(
            "select e.id, e.type, e.account, e.subject, e.data::text, e.created_at from event e",
            "e.created_at",
            "e.id",
            ("e.seq", "select seq from event where id = ?"))
            .Where("e.type = ?", type).Where("e.account = ?", account).Where("e.subject = ?", subject)
            .ReadAsync(
                database,
                page,
                row => new EventRow(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), Sql.Instant(row, 5)),
                cancellation);
}
