using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Catalog;

/// <summary>How a coupon is shown over HTTP.</summary>
public sealed record CouponView(
    string Id,
    string Object,
    string Code,
    decimal? PercentOff,
    long? AmountOff,
    string? Currency,
    string Duration,
    int? Periods,
    IReadOnlyList<string> AppliesTo,
    long? MaxRedemptions,
    long Redemptions,
    Instant? RedeemBy,
    bool CarryRemainder,
    Instant CreatedAt,
    Instant? ArchivedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The resource as JSON.</summary>
    public static string Render(Coupon coupon, long redemptions, Instant createdAt, Instant? archivedAt) => AnswerJson.Write(new CouponView(
        coupon.Code,
        "coupon",
        coupon.Code,
        coupon.PercentOff,
        coupon.AmountOff,
        coupon.Currency?.Code,
        Name(coupon.Duration),
        coupon.Periods,
        coupon.AppliesTo,
        coupon.MaxRedemptions,
        redemptions,
        coupon.RedeemBy,
        coupon.CarryRemainder,
        createdAt,
        archivedAt,
        coupon.Metadata));

    /// <summary>A duration as the API spells it.</summary>
    public static string Name(CouponDuration duration) => duration.ToString().ToLowerInvariant();
}
