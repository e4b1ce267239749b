using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Wallets;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Grains.Alerts;

/// <summary>What a subscription's usage has come to by an instant, that is not billed yet.</summary>
public delegate Task<ImmutableArray<AccruedUsage>> AccruedUsageOf(string subscription, Instant by);

/// <summary>Reads the values that alerts watch.</summary>
public sealed class AlertValues(IAlertRows rows, ICatalog catalog, IUsage usage, IUsageOwners owners, IWalletRows wallets)
{
    /// <summary>What happens now is used already: a test clock stands still at it. Rows keep microseconds.</summary>
    public static readonly Duration Moment = Duration.FromTicks(10);

    /// <summary>The subscriptions of a sheet with the meters that they price.</summary>
    public async Task<ImmutableArray<WatchedSubscription>> SubscriptionsAsync(AlertSheet sheet)
    {
        var subscriptions = ImmutableArray.CreateBuilder<WatchedSubscription>();
        foreach (var state in sheet.Subscriptions)
        {
            subscriptions.Add(new WatchedSubscription(state, await MetersAsync(state)));
        }

        return subscriptions.DrainToImmutable();
    }

    /// <summary>The value of a target; null where it has none.</summary>
    /// <param name="alert">The alert that watches it.</param>
    /// <param name="account"><c>acct_...</c></param>
    /// <param name="target">The target.</param>
    /// <param name="accrued">Asks a subscription.</param>
    /// <param name="now">On the account's clock.</param>
    public async Task<decimal?> ReadAsync(Alert alert, string account, AlertTarget target, AccruedUsageOf accrued, Instant now)
    {
        switch (alert.Kind)
        {
            case AlertKind.Balance:
                return (await wallets.FindAsync(target.Id, now, null))?.Available(now);
            case AlertKind.Spend:
                return await SpendAsync(target, accrued, now);
            default:
                var meter = await usage.FindMeterAsync(alert.Meter!) ?? throw new InvalidOperationException($"{alert.Id} watches meter {alert.Meter}, which is not there.");
                var question = new UsageQuestion([target.Period]) { Subscription = target.Subscription, UnnamedWithin = await UnnamedAsync(account, target, meter.Code) };
                return (await usage.ReadAsync(account, meter, question))[0].Quantity;
        }
    }

    // What is billed is read first: usage that is billed meanwhile is missing for a moment, and never counts twice.
    private async Task<decimal> SpendAsync(AlertTarget target, AccruedUsageOf accrued, Instant now)
    {
        long spent = 0;
        foreach (var span in target.Spans)
        {
            var billed = await rows.BilledAsync(span.Subscription, span.Period);
            spent += billed + (await accrued(span.Subscription, now + Moment)).Where(part => span.Period.Contains(part.Span.Start)).Sum(part => part.Amount);
        }

        return spent;
    }

    // As billing counts them: what names no subscription is the oldest one's that prices the meter at its time.
    private async Task<ImmutableArray<Period>> UnnamedAsync(string account, AlertTarget target, string meter)
    {
        if (target.Subscription is not { } subscription)
        {
            return [];
        }

        var claims = await owners.ReadAsync(account, [meter]);
        return claims.FirstOrDefault(claim => claim.Subscription == subscription) is { } own
            ? UsageOwnership.Unnamed(subscription, own.CreatedAt, target.Period, claims)
            : [];
    }

    private async Task<ImmutableHashSet<string>> MetersAsync(SubscriptionState subscription)
    {
        var meters = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var item in subscription.Items)
        {
            if ((await catalog.FindAsync(item.Plan, item.PlanVersion))?.Find(item.Price)?.Meter is { } meter)
            {
                meters.Add(meter);
            }
        }

        return meters.ToImmutable();
    }
}
