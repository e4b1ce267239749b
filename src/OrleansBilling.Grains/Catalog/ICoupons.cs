using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Grains.Catalog;

/// <summary>Reads coupons from their rows. Never cached: redemptions count up.</summary>
public interface ICoupons
{
    /// <summary>The coupon of a code with its redemptions so far, or null.</summary>
    Task<CouponFacts?> FindAsync(string code);

    /// <summary>The first entry of <c>applies_to</c> that names no plan, no price of any plan version and no <c>plan/price</c>; null where all are known.</summary>
    Task<string?> FirstUnknownAsync(ImmutableArray<string> appliesTo);
}
