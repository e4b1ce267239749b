using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Tests.Subscriptions;

namespace OrleansBilling.Domain.Tests.Catalog;

public sealed class CouponRulesTests
{
    private static readonly Coupon Percent = Promos.Percent(10, CouponDuration.Once, "SPRING-20");
    private static readonly Coupon Amount = Promos.Amount(500, CouponDuration.Once);

    public static TheoryData<string, Coupon, string?, string?> Cases() => new()
    {
        { "a percentage", Percent, null, null },
        { "all of it", Percent with { PercentOff = 100 }, null, null },
        { "a little", Percent with { PercentOff = 0.000000000001m }, null, null },
        { "an amount", Amount, null, null },
        { "the most", Amount with { AmountOff = Rater.MaxAmount }, null, null },
        { "repeating", Percent with { Duration = CouponDuration.Repeating, Periods = 1 }, null, null },
        { "carries", Amount with { CarryRemainder = true }, null, null },
        { "limited", Percent.For("pro", "base", "pro/base"), null, null },
        { "dated", Percent with { RedeemBy = Life.Utc("2026-01-02") }, null, null },
        { "no code", Percent with { Code = "" }, "invalid_code", "code" },
        { "blank in the code", Percent with { Code = "A B" }, "invalid_code", "code" },
        { "long code", Percent with { Code = new string('a', 65) }, "invalid_code", "code" },
        { "neither", new Coupon("c", CouponDuration.Once), "one_discount_needed", "percent_off" },
        { "both", Amount with { PercentOff = 10 }, "one_discount_needed", "amount_off" },
        { "no percentage", Percent with { PercentOff = 0 }, "percent_out_of_range", "percent_off" },
        { "below", Percent with { PercentOff = -1 }, "percent_out_of_range", "percent_off" },
        { "above", Percent with { PercentOff = 100.000000000001m }, "percent_out_of_range", "percent_off" },
        { "thirteen decimals", Percent with { PercentOff = 0.0000000000001m }, "too_many_decimals", "percent_off" },
        { "percent of a currency", Percent with { Currency = Currency.Of("usd") }, "currency_needs_amount", "currency" },
        { "no amount", Amount with { AmountOff = 0 }, "amount_out_of_range", "amount_off" },
        { "amount below", Amount with { AmountOff = -1 }, "amount_out_of_range", "amount_off" },
        { "amount above", Amount with { AmountOff = Rater.MaxAmount + 1 }, "amount_out_of_range", "amount_off" },
        { "no currency", Amount with { Currency = null }, "currency_needed", "currency" },
        { "periods once", Percent with { Periods = 1 }, "periods_need_repeating", "periods" },
        { "periods forever", Percent with { Duration = CouponDuration.Forever, Periods = 1 }, "periods_need_repeating", "periods" },
        { "no periods", Percent with { Duration = CouponDuration.Repeating }, "periods_needed", "periods" },
        { "periods below", Percent with { Duration = CouponDuration.Repeating, Periods = 0 }, "periods_out_of_range", "periods" },
        { "periods above", Percent with { Duration = CouponDuration.Repeating, Periods = 1201 }, "periods_out_of_range", "periods" },
        { "two slashes", Percent.For("a/b/c"), "invalid_code", "applies_to[0]" },
        { "half a pair", Percent.For("pro", "pro/"), "invalid_code", "applies_to[1]" },
        { "named twice", Percent.For("pro", "base", "pro"), "duplicate_code", "applies_to[2]" },
        { "too many", Percent.For([.. Enumerable.Range(0, 101).Select(i => $"p{i}")]), "too_many", "applies_to" },
        { "no redemptions", Percent with { MaxRedemptions = 0 }, "max_redemptions_out_of_range", "max_redemptions" },
        { "past", Percent with { RedeemBy = Life.Utc("2025-12-31") }, "redeem_by_in_past", "redeem_by" },
        { "now", Percent with { RedeemBy = Life.Utc("2026-01-01") }, "redeem_by_in_past", "redeem_by" },
        { "a percentage carries", Percent with { CarryRemainder = true }, "carry_remainder_needs_amount_once", "carry_remainder" },
        { "forever carries", Amount with { Duration = CouponDuration.Forever, CarryRemainder = true }, "carry_remainder_needs_amount_once", "carry_remainder" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_a_coupon_may_be(string name, Coupon coupon, string? code, string? field)
    {
        Assert.NotEmpty(name);
        var refusal = CouponRules.Check(coupon, Life.Utc("2026-01-01"));
        Assert.Equal((code, field), (refusal?.Code, refusal?.Field));
    }
}
