using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Entitlements;

/// <summary>What a subscription has: of its plan, and of those added beside it, by the versions that it is on now.</summary>
public static class EffectiveEntitlements
{
    /// <summary>True while a subscription has any: not before its first payment where it waits for one, not in a pause, and not after its end.</summary>
    public static bool Has(SubscriptionState state) =>
        state.Status is not (SubscriptionStatus.Incomplete or SubscriptionStatus.Paused or SubscriptionStatus.Canceled);

    /// <summary>The plan versions whose entitlements it has, its own first; each once, whatever the quantity.</summary>
    public static ImmutableArray<(string Plan, int Version)> PlansOf(SubscriptionState state) => !Has(state) ? [] :
        [.. state.Items.Where(item => item.AddOn).Select(item => (item.Plan, item.PlanVersion)).Prepend((state.Plan, state.PlanVersion)).Distinct()];

    /// <summary>What plans give together.</summary>
    /// <param name="plans">The subscription's own first.</param>
    public static ImmutableSortedDictionary<string, Entitlement> Of(IEnumerable<PlanVersion> plans)
    {
        var all = ImmutableSortedDictionary.CreateBuilder<string, Entitlement>(StringComparer.Ordinal);
        foreach (var (code, value) in plans.SelectMany(plan => plan.Entitlements))
        {
            all[code] = all.TryGetValue(code, out var known) ? known.And(value) : value;
        }

        return all.ToImmutable();
    }
}
