using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Entitlements;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Metering;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Grains.Entitlements;

/// <summary>A limit of a subscription on a meter's usage in its current period.</summary>
/// <param name="Subscription"><c>sub_...</c></param>
/// <param name="Meter">Code of the meter, and of the entitlement.</param>
/// <param name="Period">The current period.</param>
/// <param name="Limit">The quantity that is meant for it.</param>
/// <param name="Used">The quantity so far.</param>
public sealed record MeterLimit(string Subscription, string Meter, Period Period, decimal Limit, decimal Used);

/// <summary>Reads what subscriptions are entitled to.</summary>
public sealed class EntitlementReads(ICatalog catalog, IUsage usage, IUsageOwners owners)
{
    /// <summary>What a subscription has now.</summary>
    public async Task<ImmutableSortedDictionary<string, Entitlement>> ReadAsync(SubscriptionState state)
    {
        var plans = new List<PlanVersion>();
        foreach (var (code, version) in EffectiveEntitlements.PlansOf(state))
        {
            plans.Add(await catalog.FindAsync(code, version) ?? throw new InvalidOperationException($"Plan {code}@{version} of subscription {state.Id} is not in the catalog."));
        }

        return EffectiveEntitlements.Of(plans);
    }

    /// <summary>The limits of an account's subscriptions on meters, with what was used of them.</summary>
    /// <param name="account"><c>acct_...</c></param>
    /// <param name="subscriptions">Those of the account that have not ended, the oldest first.</param>
    /// <param name="subscription">Only of this one; null takes all.</param>
    /// <param name="meter">Only on this meter; null takes all.</param>
    public async Task<ImmutableArray<MeterLimit>> LimitsAsync(string account, ImmutableArray<SubscriptionState> subscriptions, string? subscription, string? meter)
    {
        var meters = new Dictionary<string, Meter?>(StringComparer.Ordinal);
        var limited = new HashSet<string>(StringComparer.Ordinal);
        var limits = ImmutableArray.CreateBuilder<MeterLimit>();
        foreach (var state in subscriptions)
        {
            foreach (var (code, value) in await ReadAsync(state))
            {
                if (value.Number is not { } limit || (meter is not null && code != meter))
                {
                    continue;
                }

                if (!meters.TryGetValue(code, out var found))
                {
                    meters.Add(code, found = await usage.FindMeterAsync(code));
                }

                if (found is null)
                {
                    continue;
                }

                var isFirst = limited.Add(code);
                if (subscription is null || state.Id == subscription)
                {
                    limits.Add(new MeterLimit(state.Id, code, state.CurrentPeriod, limit, await UsedAsync(account, state, found, isFirst)));
                }
            }
        }

        return limits.DrainToImmutable();
    }

    private async Task<decimal> UsedAsync(string account, SubscriptionState state, Meter meter, bool isFirst)
    {
        var claims = await owners.ReadAsync(account, [meter.Code]);
        ImmutableArray<Period> unnamed = claims.FirstOrDefault(claim => claim.Subscription == state.Id) is { } own
            ? UsageOwnership.Unnamed(state.Id, own.CreatedAt, state.CurrentPeriod, claims)
            : claims.IsEmpty && isFirst ? [state.CurrentPeriod] : [];
        return (await usage.ReadAsync(account, meter, new UsageQuestion([state.CurrentPeriod]) { Subscription = state.Id, UnnamedWithin = unnamed }))[0].Quantity ?? 0;
    }
}
