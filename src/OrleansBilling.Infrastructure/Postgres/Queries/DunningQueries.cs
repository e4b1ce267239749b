using NodaTime;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Reads dunning policies, newest first.</summary>
public sealed class DunningQueries(BillingDatabase database)
{
    private static readonly PageOf One = new(1, null);

    /// <summary>A policy, or null.</summary>
    public async Task<(DunningPolicy Policy, Instant CreatedAt)?> FindAsync(string code, CancellationToken cancellation)
    {
        var found = await Select().Where("p.code = ?", code).ReadAsync(database, One, Read, cancellation);
        return found.Entries.Count == 0 ? null : found.Entries[0];
    }

    /// <summary>All policies.</summary>
    public Task<Page<(DunningPolicy Policy, Instant CreatedAt)>> ListAsync(PageOf page, CancellationToken cancellation) =>
        Select().ReadAsync(database, page, Read, cancellation);

    private static ListQuery Select() => new("select p.definition::text, p.created_at from dunning_policy p", "p.created_at", "p.code");

    private static (DunningPolicy Policy, Instant CreatedAt) Read(Npgsql.NpgsqlDataReader row) =>
        (BillingJson.Read<DunningPolicy>(row.GetString(0)), Sql.Instant(row, 1));
}
