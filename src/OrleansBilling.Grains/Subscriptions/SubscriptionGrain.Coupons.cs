using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Commands about a subscription's coupons.</summary>
public sealed partial class SubscriptionGrain
{
    /// <inheritdoc/>
    public Task<CommandAnswer> AddCoupon(CommandKey key, Instant now, string code) => ChangeAsync(
        key, now, "add_coupon",
        async () => (Facts: await ReadFactsAsync(State!, null, withInvoices: false), Coupon: await coupons.FindAsync(code)),
        static read => read.Facts,
        (state, read, context) => read.Coupon is { } coupon
            ? SubscriptionCoupons.Add(state, coupon, context)
            : SubscriptionRefusals.NoCoupon(code, "coupon"));

    /// <inheritdoc/>
    public Task<CommandAnswer> RemoveCoupon(CommandKey key, Instant now, string code) =>
        ChangeAsync(key, now, "remove_coupon", (state, _, _) => SubscriptionCoupons.Remove(state, code));

    private async Task<ImmutableArray<CouponFacts?>> ReadCouponsAsync(ImmutableArray<string> codes)
    {
        var read = ImmutableArray.CreateBuilder<CouponFacts?>(codes.Length);
        foreach (var code in codes)
        {
            read.Add(await coupons.FindAsync(code));
        }

        return read.DrainToImmutable();
    }
}
