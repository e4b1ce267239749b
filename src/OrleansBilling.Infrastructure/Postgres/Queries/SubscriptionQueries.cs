using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Reads subscriptions.</summary>
public sealed class SubscriptionQueries(BillingDatabase database, GrainRows grains)
{
    private static readonly PageOf One = new(1, null);

    /// <summary>A subscription, or null.</summary>
    public async Task<SubscriptionState?> FindAsync(string id, CancellationToken cancellation)
    {
        var found = await Select().Where("s.id = ?", id).ReadAsync(database, One, Read, cancellation);
        return found.Entries.Count == 0 ? null : found.Entries[0];
    }

    /// <summary>Subscriptions, newest first.</summary>
    public Task<Page<SubscriptionState>> ListAsync(PageOf page, string? account, string? status, string? plan, string? externalId, CancellationToken cancellation) =>
        Select().Where("s.account = ?", account).Where("s.status = ?", status).Where("s.plan = ?", plan).Where("s.external_id = ?", externalId)
            .Where("not a.deleted")
            .ReadAsync(database, page, Read, cancellation);

    private ListQuery Select() => new ListQuery(
        $"""
        select g.payload, (
            select i.id from invoice i where i.subscription is null and i.id in (
                select l.invoice from invoice_line l where l.subscription = s.id and l.has_waited)
            order by i.seq desc limit 1)
        from subscription s join account a on a.id = s.account
        {GrainRows.Join("subscription", "s.id", 1)}
        """,
        "s.created_at",
        "s.id").With(grains.ServiceId);

    // An invoice that gathers lines is known by them alone. Ids of invoices go up with the instant at which they are made.
    private static SubscriptionState Read(Npgsql.NpgsqlDataReader row)
    {
        var state = GrainRows.Read<SubscriptionState>(row, 0);
        return row.GetText(1) is { } gathered && string.CompareOrdinal(gathered, state.LatestInvoice) > 0 ? state with { LatestInvoice = gathered } : state;
    }
}
