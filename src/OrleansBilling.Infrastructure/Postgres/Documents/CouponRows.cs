using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Coupons and their redemptions. The rows of coupons are shared by all who redeem them, so that they are taken late and in
/// the order of their codes, like balances.
/// </summary>
internal static class CouponRows
{
    private const string Coupons =
        """
        insert into coupon (code, definition, max_redemptions, created_at, archived_at)
        select * from unnest($1, $2, $3, $4, $5)
        on conflict (code) do update set archived_at = excluded.archived_at
        """;

    // Locked in the order of codes first: an update alone takes its rows in any order.
    private const string Take =
        """
        with held as (
            select c.code from coupon c where c.code = any ($1) order by c.code for update),
        done as (
            update coupon c set redemptions = c.redemptions + s.taken
            from unnest($1, $2) as s (code, taken) join held h on h.code = s.code
            where c.code = s.code and c.archived_at is null
              and (c.max_redemptions is null or c.redemptions + s.taken <= c.max_redemptions)
            returning 1)
        select turn_expect('coupon', $3, (select count(*) from done))
        """;

    private const string Redemptions =
        "insert into coupon_redemption (id, coupon, account, subject, redeemed_at) select * from unnest($1, $2, $3, $4, $5)";

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var coupons = turns.Gather<CouponRow>((turn, rows) => rows.AddRange(turn.Write.Rows.OfType<CouponRow>()));
        if (coupons.Count > 0)
        {
            coupons.Sort(static (a, b) => string.CompareOrdinal(a.Coupon.Code, b.Coupon.Code));
            batch.Rows<CouponRow>(Coupons, coupons)
                .Text(r => r.Coupon.Code).Json(r => BillingJson.Write(r.Coupon)).LongOrNull(r => r.Coupon.MaxRedemptions).Time(r => r.CreatedAt)
                .TimeOrNull(r => r.ArchivedAt);
        }

        var redeemed = turns.Gather<(CouponRedemption Redemption, Instant At)>((turn, rows) =>
        {
            foreach (var redemption in turn.Write.Documents.Redemptions)
            {
                rows.Add((redemption, turn.Write.At));
            }
        });
        if (redeemed.Count == 0)
        {
            return;
        }

        var taken = redeemed.GroupBy(r => r.Redemption.Coupon, StringComparer.Ordinal).Select(group => (Code: group.Key, Count: group.LongCount()))
            .OrderBy(row => row.Code, StringComparer.Ordinal).ToList();
        batch.Rows<(string Code, long Count)>(Take, taken).Text(r => r.Code).Long(r => r.Count).Count();
        batch.Rows<(CouponRedemption Redemption, Instant At)>(Redemptions, redeemed)
            .Text(r => r.Redemption.Id).Text(r => r.Redemption.Coupon).Text(r => r.Redemption.Account).Text(r => r.Redemption.Subject).Time(r => r.At);
    }
}
