using NodaTime;
using OrleansBilling.Infrastructure.Postgres.Queries;

namespace OrleansBilling.Infrastructure.Postgres.Metering;

/// <summary>A correction as it is listed.</summary>
public sealed record CorrectionRead(string Id, string Action, decimal? Value, string? Reason, int Events, Instant CreatedAt);

/// <summary>Lists corrections, newest first.</summary>
public sealed class CorrectionQueries(BillingDatabase database)
{
    /// <summary>All corrections.</summary>
    public Task<Page<CorrectionRead>> ListAsync(PageOf page, CancellationToken cancellation) => new ListQuery(
        "select k.id, k.action, k.value, k.reason, k.events, k.created_at from usage_correction k", "k.created_at", "k.id")
        .ReadAsync(database, page, row => new CorrectionRead(
            row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetDecimal(2), row.GetText(3), row.GetInt32(4), Sql.Instant(row, 5)), cancellation);
}
