using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>For how many paid periods of a subscription a coupon serves (rules.md, "Discounts").</summary>
public enum CouponDuration
{
    /// <summary>One period.</summary>
    Once,

    /// <summary>A number of periods; one in which it reduced nothing is not counted.</summary>
    Repeating,

    /// <summary>Every period.</summary>
    Forever,
}

/// <summary>
/// A coupon as it was made: a percentage or an amount off. Immutable, so that a subscription keeps what it was promised;
/// only its archiving and its redemptions come later (<see cref="CouponFacts"/>).
/// </summary>
/// <param name="Code">The caller's name, unique among coupons.</param>
/// <param name="Duration">For how many periods it serves.</param>
public sealed record Coupon(string Code, CouponDuration Duration)
{
    /// <summary>Percent, above 0 and at most 100; null where it is an amount.</summary>
    public decimal? PercentOff { get; init; }

    /// <summary>Minor units of <see cref="Currency"/>, given once per period; null where it is a percentage.</summary>
    public long? AmountOff { get; init; }

    /// <summary>The currency of the amount; null where it is a percentage.</summary>
    public Currency? Currency { get; init; }

    /// <summary>How many periods a repeating coupon serves; null for the others.</summary>
    public int? Periods { get; init; }

    /// <summary>Codes of plans or prices, or <c>plan/price</c>; empty applies to everything.</summary>
    public ImmutableArray<string> AppliesTo { get; init; } = [];

    /// <summary>How often it can be redeemed, by all accounts together; null is without limit.</summary>
    public long? MaxRedemptions { get; init; }

    /// <summary>The last instant at which it can be redeemed, on the clock of who redeems it; null is without limit.</summary>
    public Instant? RedeemBy { get; init; }

    /// <summary>An amount used once keeps what one period does not use for the next ones, until it is used up.</summary>
    public bool CarryRemainder { get; init; }

    /// <summary>The caller's own pairs; they mean nothing to billing.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The number of periods that it serves; null is every one.</summary>
    public int? PeriodLimit => Duration switch
    {
        CouponDuration.Once => 1,
        CouponDuration.Repeating => Periods,
        _ => null,
    };
}

/// <summary>A coupon with what changes about it, as read before the turn; the commit takes the redemption by a condition.</summary>
/// <param name="Coupon">As it was made.</param>
/// <param name="Redemptions">How often it was redeemed so far.</param>
/// <param name="ArchivedAt">Since when it cannot be redeemed any more, or null.</param>
public sealed record CouponFacts(Coupon Coupon, long Redemptions, Instant? ArchivedAt)
{
    /// <summary>
    /// What stands against a redemption, in order: <c>coupon_archived</c>, <c>coupon_expired</c>, <c>coupon_exhausted</c>,
    /// <c>coupon_wrong_currency</c>; null where nothing does.
    /// </summary>
    /// <param name="now">The clock of the account that redeems it.</param>
    /// <param name="currency">The currency of what it shall reduce.</param>
    /// <param name="field">Where the request names it.</param>
    public Refusal? RefusalFor(Instant now, Currency currency, string field)
    {
        if (ArchivedAt is not null)
        {
            return Refusal.Rule("coupon_archived", $"Coupon {Coupon.Code} is archived and takes no new redemptions.", field);
        }

        if (now > Coupon.RedeemBy)
        {
            return Refusal.Rule("coupon_expired", $"Coupon {Coupon.Code} could be redeemed until {Coupon.RedeemBy}.", field);
        }

        if (Redemptions >= Coupon.MaxRedemptions)
        {
            return Refusal.Rule("coupon_exhausted", $"Coupon {Coupon.Code} was redeemed {Redemptions} times, which is its limit.", field);
        }

        return Coupon.Currency is { } own && own != currency
            ? Refusal.Rule("coupon_wrong_currency", $"Coupon {Coupon.Code} takes off {own}, and this is billed in {currency}.", field)
            : null;
    }
}

/// <summary>
/// One redemption, taken from the coupon's limit in the transaction that attaches it: where the limit is reached or the
/// coupon archived by then, the turn is decided again.
/// </summary>
/// <param name="Id">The discount that it makes: <c>disc_...</c></param>
/// <param name="Coupon">The coupon's code.</param>
/// <param name="Account">Who redeemed it.</param>
/// <param name="Subject">The subscription or invoice that it reduces.</param>
public sealed record CouponRedemption(string Id, string Coupon, string Account, string Subject);
