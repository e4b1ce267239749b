using NodaTime;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Catalog;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>A coupon on a subscription. <c>periods_left</c> counts the current period until something was reduced in it; null is without end.</summary>
/// <param name="AmountLeft">Minor units that it may still give in the current period; null for a percentage.</param>
public sealed record AttachedCouponView(
    string Id,
    string Object,
    string Coupon,
    decimal? PercentOff,
    long? AmountOff,
    string? Currency,
    string Duration,
    int? PeriodsLeft,
    long? AmountLeft,
    bool CarryRemainder,
    IReadOnlyList<string> AppliesTo,
    Instant AttachedAt)
{
    /// <summary>The view of an attached coupon.</summary>
    public static AttachedCouponView Of(AttachedCoupon attached)
    {
        var coupon = attached.Coupon;
        var given = attached.Uses.Sum(static use => use.Amount);
        return new(
            attached.Id, "discount", coupon.Code, coupon.PercentOff, coupon.AmountOff, coupon.Currency?.Code, CouponView.Name(coupon.Duration),
            coupon.PeriodLimit is { } limit ? Math.Max(0, limit - attached.PeriodsUsed - (given > 0 ? 1 : 0)) : null,
            coupon.AmountOff is null ? null : Math.Max(0, attached.PeriodAmount - given),
            coupon.CarryRemainder, coupon.AppliesTo, attached.AttachedAt);
    }
}
