using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Subscriptions;

/// <summary>Names a coupon.</summary>
internal sealed record SubscriptionCouponBody
{
    /// <summary>The coupon's code.</summary>
    [Text(TextKind.Code)]
    public required string Coupon { get; init; }
}

/// <summary>Coupons of a subscription: attached and taken off.</summary>
internal static class SubscriptionCouponEndpoints
{
    /// <summary>What stands against attaching coupons.</summary>
    internal static readonly string[] Refusals =
    [
        "404 coupon_not_found", "422 coupon_attached", "422 too_many_coupons", "422 coupon_archived", "422 coupon_expired", "422 coupon_exhausted",
        "422 coupon_wrong_currency", "422 coupon_applies_to_nothing",
    ];

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<SubscriptionCouponBody>("/v1/subscriptions/{id}/add_coupon", new Operation(SubscriptionEndpoints.Tag, "Attaches a coupon for what is billed from now on.", Allow.Product)
        {
            Answer = typeof(SubscriptionView), Refusals = ["404 subscription_not_found", "409 clock_advancing", "422 subscription_ended", .. Refusals],
        }, (call, body) => SubscriptionEndpoints.ChangeAsync(call, (grain, now) => grain.AddCoupon(call.Key, now, body.Coupon)));
        routes.Post<SubscriptionCouponBody>("/v1/subscriptions/{id}/remove_coupon", new Operation(SubscriptionEndpoints.Tag, "Takes a coupon off; what it reduced stays.", Allow.Product)
        {
            Answer = typeof(SubscriptionView), Refusals = ["404 subscription_not_found", "409 clock_advancing", "422 subscription_ended", "422 coupon_not_attached"],
        }, (call, body) => SubscriptionEndpoints.ChangeAsync(call, (grain, now) => grain.RemoveCoupon(call.Key, now, body.Coupon)));
    }
}
