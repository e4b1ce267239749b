using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Catalog;

/// <summary>A coupon. Key: <c>coupon_</c> + code. It never changes, but can be archived; redemptions are counted in its row.</summary>
[Alias("OrleansBilling.ICouponGrain")]
public interface ICouponGrain : IGrainWithStringKey
{
    /// <summary>Makes the coupon. 409 <c>coupon_exists</c>; 422 <c>unknown_applies_to</c>; the refusals of <see cref="CouponRules"/>.</summary>
    [Alias("Create")]
    Task<CommandAnswer> Create(CommandKey key, Instant now, Coupon coupon);

    /// <summary>Closes the coupon for new redemptions; where it is attached it stays. 404 <c>coupon_not_found</c>.</summary>
    [Alias("Archive")]
    Task<CommandAnswer> Archive(CommandKey key, Instant now);
}
