using NodaTime;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>What a coupon must keep before it is made. The first broken rule is refused.</summary>
public static class CouponRules
{
    /// <summary>Entries of <c>applies_to</c>.</summary>
    public const int MaxTargets = 100;

    /// <summary>Periods of a repeating coupon.</summary>
    public const int MaxPeriods = 1200;

    /// <summary>The first rule that the coupon breaks, or null.</summary>
    /// <returns>
    /// 400 for a single value that is out of range (<c>invalid_code</c>, <c>percent_out_of_range</c>, <c>too_many_decimals</c>,
    /// <c>amount_out_of_range</c>, <c>periods_out_of_range</c>, <c>max_redemptions_out_of_range</c>); 422 for values that do not
    /// go together (<c>one_discount_needed</c>, <c>currency_needed</c>, <c>currency_needs_amount</c>, <c>periods_needed</c>,
    /// <c>periods_need_repeating</c>, <c>carry_remainder_needs_amount_once</c>, <c>duplicate_code</c>) and <c>redeem_by_in_past</c>.
    /// </returns>
    public static Refusal? Check(Coupon coupon, Instant now) =>
        (IsCode(coupon.Code) ? null : Refusal.Invalid("invalid_code", "Use 1 to 64 letters, digits, '_', '-', '.' or ':', beginning with a letter or digit.", "code"))
        ?? Value(coupon)
        ?? Periods(coupon)
        ?? Targets(coupon)
        ?? (coupon.MaxRedemptions < 1
            ? Refusal.Invalid("max_redemptions_out_of_range", "max_redemptions is 1 or more; leave it out for no limit.", "max_redemptions")
            : null)
        ?? (coupon.RedeemBy <= now ? Refusal.Rule("redeem_by_in_past", $"redeem_by lies ahead of now, which is {now}.", "redeem_by") : null)
        ?? (coupon.CarryRemainder && (coupon.AmountOff is null || coupon.Duration is not CouponDuration.Once)
            ? Refusal.Rule("carry_remainder_needs_amount_once", "Only an amount with duration once has a remainder that could be kept; leave carry_remainder out.", "carry_remainder")
            : null);

    private static Refusal? Value(Coupon coupon)
    {
        switch (coupon)
        {
            case { PercentOff: null, AmountOff: null } or { PercentOff: not null, AmountOff: not null }:
                return Refusal.Rule("one_discount_needed", "Give either percent_off, or amount_off with its currency.", coupon.PercentOff is null ? "percent_off" : "amount_off");
            case { PercentOff: <= 0 or > 100 }:
                return Refusal.Invalid("percent_out_of_range", "percent_off is above 0 and at most 100.", "percent_off");
            case { PercentOff: { } percent } when CatalogLimits.Rate(percent, "percent_off") is { } decimals:
                return decimals;
            case { PercentOff: not null, Currency: not null }:
                return Refusal.Rule("currency_needs_amount", "A percentage has no currency; leave it out.", "currency");
            case { AmountOff: <= 0 } or { AmountOff: > (long)Rater.MaxAmount }:
                return Refusal.Invalid("amount_out_of_range", $"amount_off is above 0 and at most {Rater.MaxAmount} minor units.", "amount_off");
            case { AmountOff: not null, Currency: null }:
                return Refusal.Rule("currency_needed", "An amount needs its currency.", "currency");
            default:
                return null;
        }
    }

    private static Refusal? Periods(Coupon coupon) => coupon switch
    {
        { Duration: CouponDuration.Repeating, Periods: null } => Refusal.Rule("periods_needed", "A repeating coupon says for how many periods.", "periods"),
        { Duration: not CouponDuration.Repeating, Periods: not null } => Refusal.Rule("periods_need_repeating", "Only a repeating coupon has periods; leave them out.", "periods"),
        { Periods: < 1 or > MaxPeriods } => Refusal.Invalid("periods_out_of_range", $"Give 1 to {MaxPeriods} periods.", "periods"),
        _ => null,
    };

    private static Refusal? Targets(Coupon coupon)
    {
        if (CatalogLimits.Count(coupon.AppliesTo.Length, 0, MaxTargets, "applies_to") is { } refusal)
        {
            return refusal;
        }

        for (var i = 0; i < coupon.AppliesTo.Length; i++)
        {
            var parts = coupon.AppliesTo[i].Split('/');
            if (parts.Length > 2 || !parts.All(CatalogLimits.IsCode))
            {
                return Refusal.Invalid("invalid_code", "Give the code of a plan or of a price, or plan/price.", $"applies_to[{i}]");
            }

            if (coupon.AppliesTo.IndexOf(coupon.AppliesTo[i]) < i)
            {
                return Refusal.Rule("duplicate_code", "Name each plan or price once.", $"applies_to[{i}]");
            }
        }

        return null;
    }

    private static bool IsCode(string code) =>
        code.Length is > 0 and <= CatalogLimits.CodeLength
        && char.IsAsciiLetterOrDigit(code[0])
        && code.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':');
}
