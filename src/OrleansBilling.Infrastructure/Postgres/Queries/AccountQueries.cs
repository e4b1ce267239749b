using OrleansBilling.Grains.Accounts;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>An account as it is shown: its state, and the credit balance beside it.</summary>
public sealed record AccountRead(AccountState State, long Balance);

/// <summary>Reads accounts.</summary>
public sealed class AccountQueries(BillingDatabase database, GrainRows grains)
{
    private static readonly PageOf One = new(1, null);

    /// <summary>An account, or null.</summary>
    public async Task<AccountRead?> FindAsync(string id, CancellationToken cancellation)
    {
        var found = await Select().Where("a.id = ?", id).ReadAsync(database, One, Read, cancellation);
        return found.Entries.Count == 0 ? null : found.Entries[0];
    }

    /// <summary>Accounts, newest first.</summary>
    public Task<Page<AccountRead>> ListAsync(PageOf page, string? email, string? externalId, string? clock, CancellationToken cancellation) =>
        Select().Where("a.email = ?", email).Where("a.external_id = ?", externalId).Where("a.clock = ?", clock)
            .Where("not a.deleted")
            .ReadAsync(database, page, Read, cancellation);

    private ListQuery Select() => new ListQuery(
        $"""
        select g.payload, coalesce(b.credit, 0) from account a
        {GrainRows.Join("account", "a.id", 1)}
        join account_facts f on f.account = a.id
        left join account_balance b on b.account = a.id and b.currency = f.currency
        """,
        "a.created_at",
        "a.id").With(grains.ServiceId);

    private static AccountRead Read(Npgsql.NpgsqlDataReader row) => new(GrainRows.Read<AccountState>(row, 0), row.GetInt64(1));
}
