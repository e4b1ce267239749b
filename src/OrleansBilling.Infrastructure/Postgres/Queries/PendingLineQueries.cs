using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Infrastructure.Postgres.Invoicing;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Lists lines that wait for an invoice.</summary>
public sealed class PendingLineQueries(BillingDatabase database)
{
    /// <summary>Lines of an account, newest first.</summary>
    public Task<Page<PendingLineRecord>> ListAsync(PageOf page, string account, string? subscription, CancellationToken cancellation) =>
        new ListQuery($"select {PostgresPendingLines.Columns} from pending_line p", "p.created_at", "p.id", ("p.seq", "select seq from pending_line where id = ?"))
            .Where("p.account = ?", account).Where("p.subscription = ?", subscription)
            .ReadAsync(database, page, PostgresPendingLines.Record, cancellation);
}
