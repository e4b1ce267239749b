using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Attaches coupons to a subscription and takes them off. Both hold for what is billed from then on: what stands on an
/// invoice stays, and a credit takes back its share of the discount whether or not the coupon is still attached.
/// </summary>
public static class SubscriptionCoupons
{
    /// <summary>The event of a coupon that reduces nothing more.</summary>
    public const string Ended = "discount.ended";

    /// <summary>Coupons on one subscription at a time.</summary>
    public const int Max = 20;

    /// <summary>
    /// Attaches a coupon after those that are there, and redeems it once. Refusals, in order: <c>subscription_ended</c>,
    /// <c>coupon_attached</c>, <c>too_many_coupons</c>, <c>coupon_archived</c>, <c>coupon_expired</c>,
    /// <c>coupon_exhausted</c>, <c>coupon_wrong_currency</c>, <c>coupon_applies_to_nothing</c>.
    /// </summary>
    public static Decided<SubscriptionStep> Add(SubscriptionState state, CouponFacts coupon, StepContext context) =>
        state.Status is SubscriptionStatus.Canceled
            ? Refusal.Rule("subscription_ended", "The subscription has ended already.")
            : Attach(state, coupon, context, "coupon");

    /// <summary>Attaches coupons in order, as <see cref="Add"/> does; the first refusal counts.</summary>
    internal static Decided<SubscriptionStep> AttachAll(SubscriptionState state, ImmutableArray<CouponFacts> coupons, StepContext context)
    {
        var step = SubscriptionStep.Of(state);
        for (var i = 0; i < coupons.Length; i++)
        {
            var attached = Attach(step.State, coupons[i], context, $"coupons[{i}]");
            if (attached.Refusal is { } refusal)
            {
                return refusal;
            }

            step = new SubscriptionStep(attached.Value.State, step.Documents.And(attached.Value.Documents));
        }

        return step;
    }

    /// <summary>
    /// Takes a coupon off: it reduces nothing more, not even what a credit of a later change takes back. Its redemption
    /// stays counted. Refusals: <c>subscription_ended</c>, <c>coupon_not_attached</c>.
    /// </summary>
    public static Decided<SubscriptionStep> Remove(SubscriptionState state, string code)
    {
        if (state.Status is SubscriptionStatus.Canceled)
        {
            return Refusal.Rule("subscription_ended", "The subscription has ended already.");
        }

        return state.Coupons.FirstOrDefault(attached => attached.Coupon.Code == code) is { } found
            ? SubscriptionStep.Of(state with { Coupons = state.Coupons.Remove(found) }, EndedEvent(state, found, "removed"))
            : Refusal.Rule("coupon_not_attached", $"Coupon {code} is not attached to this subscription.", "coupon");
    }

    /// <summary>The event of a coupon that reduces nothing more.</summary>
    internal static BillingEvent EndedEvent(SubscriptionState state, AttachedCoupon coupon, string reason) => BillingEvent.Of(
        Ended, state.Account, state.Id, ("coupon", coupon.Coupon.Code), ("discount", coupon.Id), ("reason", reason));

    private static Decided<SubscriptionStep> Attach(SubscriptionState state, CouponFacts facts, StepContext context, string field)
    {
        var coupon = facts.Coupon;
        if (RefusalFor(state, facts, context.Now, field) is { } refusal)
        {
            return refusal;
        }

        var attached = new AttachedCoupon(context.Ids.Next("disc"), coupon, context.Now, state.CurrentPeriod.End) { PeriodAmount = coupon.AmountOff ?? 0 };
        var redeemed = new CouponRedemption(attached.Id, coupon.Code, state.Account, state.Id);
        var step = SubscriptionStep.Of(
            state with { Coupons = state.Coupons.Add(attached) },
            BillingEvent.Of("coupon.redeemed", state.Account, state.Id, ("coupon", coupon.Code), ("discount", attached.Id)));
        return step with { Documents = step.Documents with { Redemptions = [redeemed] } };
    }

    private static Refusal? RefusalFor(SubscriptionState state, CouponFacts facts, Instant now, string field)
    {
        var coupon = facts.Coupon;
        if (state.Coupons.Any(attached => attached.Coupon.Code == coupon.Code))
        {
            return Refusal.Rule("coupon_attached", $"Coupon {coupon.Code} is attached to this subscription already.", field);
        }

        if (state.Coupons.Length >= Max)
        {
            return Refusal.Rule("too_many_coupons", $"A subscription has at most {Max} coupons at a time; take one off first.", field);
        }

        return facts.RefusalFor(now, state.Currency, field)
            ?? (state.Items.Any(item => Discount.AppliesToPrice(coupon.AppliesTo, item.Plan, item.Price))
                ? null
                : Refusal.Rule("coupon_applies_to_nothing", $"Coupon {coupon.Code} applies to {string.Join(", ", coupon.AppliesTo)}, and the subscription has none of it.", field));
    }
}
