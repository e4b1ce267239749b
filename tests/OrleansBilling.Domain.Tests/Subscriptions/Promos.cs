using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>The coupons that tests attach.</summary>
internal static class Promos
{
    public static Coupon Percent(decimal percent, CouponDuration duration = CouponDuration.Forever, string code = "percent", int? periods = null) =>
        new(code, duration) { PercentOff = percent, Periods = periods };

    public static Coupon Amount(long amount, CouponDuration duration = CouponDuration.Forever, string code = "amount", int? periods = null) =>
        new(code, duration) { AmountOff = amount, Currency = Currency.Of("usd"), Periods = periods };

    public static Coupon For(this Coupon coupon, params string[] appliesTo) => coupon with { AppliesTo = [.. appliesTo] };

    /// <summary>The order with coupons as their rows stand: never redeemed, not archived.</summary>
    public static SubscriptionOrder With(this SubscriptionOrder order, params Coupon[] coupons) =>
        order with { Coupons = [.. coupons.Select(coupon => new CouponFacts(coupon, 0, null))] };

    /// <summary>Totals of all invoices, as text.</summary>
    public static string Totals(this Life life) => string.Join(' ', life.Invoices.Select(invoice => invoice.Totals.Total));

    /// <summary>Discounts of all invoices, as text.</summary>
    public static string Discounts(this Life life) => string.Join(' ', life.Invoices.Select(invoice => invoice.Totals.DiscountTotal));

    /// <summary>What a coupon gave in all, net of what was taken back.</summary>
    public static long Given(this Life life, string code) =>
        life.Invoices.SelectMany(invoice => invoice.Lines).SelectMany(line => line.Discounts).Where(part => part.Coupon == code).Sum(part => part.Amount);
}
