using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>What coupons may take off an invoice that is of no subscription, and what is committed with it.</summary>
/// <param name="Discounts">In the order in which they were given.</param>
/// <param name="Documents">The redemptions, and their events.</param>
public sealed record OneOffDiscounts(ImmutableArray<Discount> Discounts, Documents Documents);

/// <summary>
/// Coupons of an invoice that is of no subscription: each is redeemed by it and serves it alone, whatever its duration; what
/// an amount does not use is lost.
/// </summary>
public static class OneOffCoupons
{
    /// <summary>
    /// Redeems. Refusals, in order for each coupon: <c>coupon_attached</c> (given twice), <c>coupon_archived</c>,
    /// <c>coupon_expired</c>, <c>coupon_exhausted</c>, <c>coupon_wrong_currency</c>, <c>coupon_applies_to_nothing</c>.
    /// </summary>
    /// <param name="coupons">As their rows stand, in the order in which they act.</param>
    /// <param name="lines">The lines of the invoice.</param>
    /// <param name="currency">Of the invoice.</param>
    /// <param name="account">Who redeems.</param>
    /// <param name="invoice"><c>inv_...</c></param>
    /// <param name="now">The account's clock.</param>
    /// <param name="ids">Ids of this turn.</param>
    public static Decided<OneOffDiscounts> Redeem(
        ImmutableArray<CouponFacts> coupons, IReadOnlyList<LineDraft> lines, Currency currency, string account, string invoice, Instant now, IdSource ids)
    {
        var discounts = ImmutableArray.CreateBuilder<Discount>(coupons.Length);
        var documents = Documents.None;
        for (var i = 0; i < coupons.Length; i++)
        {
            var coupon = coupons[i].Coupon;
            var field = $"coupons[{i}]";
            if (discounts.Any(given => given.Coupon == coupon.Code))
            {
                return Refusal.Rule("coupon_attached", $"Coupon {coupon.Code} is given twice; name each once.", field);
            }

            if (coupons[i].RefusalFor(now, currency, field) is { } refusal)
            {
                return refusal;
            }

            var discount = new Discount(ids.Next("disc"), coupon.Code, coupon.PercentOff, coupon.AmountOff, coupon.AppliesTo);
            if (!lines.Any(discount.Reduces))
            {
                return Refusal.Rule("coupon_applies_to_nothing", $"Coupon {coupon.Code} applies to no line of this invoice.", field);
            }

            discounts.Add(discount);
            documents = documents.And(new Documents
            {
                Redemptions = [new CouponRedemption(discount.Id, coupon.Code, account, invoice)],
                Events = [BillingEvent.Of("coupon.redeemed", account, invoice, ("coupon", coupon.Code), ("discount", discount.Id))],
            });
        }

        return new OneOffDiscounts(discounts.DrainToImmutable(), documents);
    }
}
