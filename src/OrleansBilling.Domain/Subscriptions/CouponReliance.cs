using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What a coupon has more to give since a document took back of an earlier period. Should the document be void, so much less is to
/// give; once it is given, the document is not voided any more.
/// </summary>
/// <param name="Invoice">The document; null where its lines waited for one.</param>
/// <param name="Amount">Minor units that are left the more.</param>
/// <param name="Periods">1 where the earlier period counts as unused, so that another one may have the coupon.</param>
public sealed record CouponReliance(string? Invoice, long Amount, int Periods)
{
    /// <summary>One of the lines, where they waited for an invoice.</summary>
    public string? Line { get; init; }

    /// <summary>The document, also of lines that have waited; null while they wait.</summary>
    public string? Standing(SubscriptionFacts facts) => Line is null ? Invoice : facts.InvoiceOf(Invoice, Line);

    /// <summary>How much less a period that is closed would have left without the document; null where not less.</summary>
    internal static CouponReliance? Between(AttachedCoupon closed, AttachedCoupon? without, string? invoice, string? line)
    {
        // A document without which more would be left is none to rely on.
        var amount = Math.Max(0, closed.PeriodAmount - (without?.PeriodAmount ?? 0));
        var periods = without is null ? 1 : Math.Max(0, without.PeriodsUsed - closed.PeriodsUsed);
        return amount == 0 && periods == 0 ? null : new CouponReliance(invoice, amount, periods) { Line = line };
    }

    /// <summary>The coupon, less what it has to give by documents that are void; null where it has nothing left to serve.</summary>
    internal static AttachedCoupon? Settled(AttachedCoupon coupon, SubscriptionFacts facts)
    {
        var gone = coupon.ReliesOn.RemoveAll(one => !(one.Standing(facts) is { } invoice && facts.IsVoid(invoice, "")));
        if (gone.IsEmpty)
        {
            return coupon;
        }

        var settled = coupon with
        {
            PeriodAmount = Math.Max(0, coupon.PeriodAmount - gone.Sum(one => one.Amount)),
            PeriodsUsed = coupon.PeriodsUsed + gone.Sum(one => one.Periods),
            ReliesOn = coupon.ReliesOn.RemoveRange(gone),
        };
        return settled.Coupon is { AmountOff: null, PeriodLimit: { } limit } && settled.PeriodsUsed >= limit ? null : settled;
    }

    /// <summary>Minor units that it may give in its period whatever becomes of other documents.</summary>
    /// <param name="coupon">The coupon.</param>
    /// <param name="gifts">What it has given in the period, whatever was taken back of it.</param>
    /// <param name="taken">What the document in hand takes back.</param>
    internal static long Firm(AttachedCoupon coupon, long gifts, long taken) =>
        coupon.ReliesOn.Any(one => one.Periods > 0) ? 0
        : coupon.Coupon.AmountOff is null ? long.MaxValue
        : Math.Max(0, coupon.PeriodAmount - coupon.ReliesOn.Sum(one => one.Amount) - gifts + taken);
}
