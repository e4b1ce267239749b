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
        select g.payload from subscription s join account a on a.id = s.account
        {GrainRows.Join("subscription", "s.id", 1)}
        """,
        "s.created_at",
        "s.id").With(grains.ServiceId);

    private static SubscriptionState Read(Npgsql.NpgsqlDataReader row) => GrainRows.Read<SubscriptionState>(row, 0);
}
