using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Reads coupons, newest first.</summary>
public sealed class CouponQueries(BillingDatabase database)
{
    private static readonly PageOf One = new(1, null);

    /// <summary>A coupon with its redemptions, or null.</summary>
    public async Task<(CouponFacts Facts, Instant CreatedAt)?> FindAsync(string code, CancellationToken cancellation)
    {
        var found = await Select().Where("c.code = ?", code).ReadAsync(database, One, Read, cancellation);
        return found.Entries.Count == 0 ? null : found.Entries[0];
    }

    /// <summary>All coupons, archived ones included.</summary>
    public Task<Page<(CouponFacts Facts, Instant CreatedAt)>> ListAsync(PageOf page, CancellationToken cancellation) =>
        Select().ReadAsync(database, page, Read, cancellation);

    private static ListQuery Select() =>
        new("select c.definition::text, c.redemptions, c.archived_at, c.created_at from coupon c", "c.created_at", "c.code");

    private static (CouponFacts Facts, Instant CreatedAt) Read(Npgsql.NpgsqlDataReader row) =>
        (new CouponFacts(BillingJson.Read<Coupon>(row.GetString(0)), row.GetInt64(1), Sql.InstantOrNull(row, 2)), Sql.Instant(row, 3));
}
