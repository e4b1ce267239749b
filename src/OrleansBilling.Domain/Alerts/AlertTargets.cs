using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Alerts;

/// <summary>Something whose value an alert watches, in one period.</summary>
/// <param name="Id">A subscription, an account or a wallet.</param>
/// <param name="Period">The period of the value.</param>
public sealed record AlertTarget(string Id, Period Period)
{
    /// <summary>The subscription that is watched, or null.</summary>
    public string? Subscription { get; init; }

    /// <summary>What spend is summed up over.</summary>
    public ImmutableArray<AlertSpan> Spans { get; init; } = [];

    /// <summary>The wallet that is watched, or null.</summary>
    public string? Wallet { get; init; }
}

/// <summary>A period of a subscription whose cost is watched.</summary>
/// <param name="Subscription"><c>sub_...</c></param>
/// <param name="Period">Its period.</param>
public sealed record AlertSpan(string Subscription, Period Period);

/// <summary>A subscription of an account, as alerts see it.</summary>
/// <param name="State">The subscription.</param>
/// <param name="Meters">The meters that its items price.</param>
public sealed record WatchedSubscription(SubscriptionState State, ImmutableHashSet<string> Meters)
{
    /// <summary>True while it is sold.</summary>
    public bool IsLive => State.Status is not (SubscriptionStatus.Incomplete or SubscriptionStatus.Canceled);
}

/// <summary>
/// Finds what an alert watches at an instant. Usage of an account runs in the current period of its oldest live subscription that
/// prices the meter, else of its oldest one, and without any in the local month. Spend of an account is that of all its live
/// subscriptions, each in its own period, under the period of the oldest. A wallet has no period but the local month.
/// </summary>
public static class AlertTargets
{
    /// <summary>
    /// For how long the period before is watched too: of the last events of a period is told even where the next one has begun
    /// when they are looked at.
    /// </summary>
    public static readonly Duration Afterwards = Duration.FromHours(1);

    /// <summary>The targets of an alert.</summary>
    /// <param name="alert">The alert.</param>
    /// <param name="account">The account that is looked at.</param>
    /// <param name="subscriptions">Its subscriptions, the oldest first.</param>
    /// <param name="wallets">The ids of its wallets.</param>
    /// <param name="zone">Its zone.</param>
    /// <param name="now">On its clock.</param>
    public static ImmutableArray<AlertTarget> Of(
        Alert alert, string account, ImmutableArray<WatchedSubscription> subscriptions, ImmutableArray<string> wallets, DateTimeZone zone, Instant now)
    {
        ImmutableArray<WatchedSubscription> live = [.. subscriptions.Where(one => one.IsLive)];
        if (alert.Plan is not null && !live.Any(one => one.State.Plan == alert.Plan))
        {
            return [];
        }

        if (alert.Kind is AlertKind.Balance)
        {
            var month = UsageWindows.MonthOf(now, zone);
            return [.. wallets.Where(wallet => alert.Wallet is null || wallet == alert.Wallet).Select(wallet => new AlertTarget(wallet, month) { Wallet = wallet })];
        }

        if (alert.Kind is AlertKind.Spend)
        {
            return alert.Plan is null ? OfAll(account, live, zone, now) : [.. live.Where(one => one.State.Plan == alert.Plan).SelectMany(one => OfOne(one, zone, now))];
        }

        if (alert.Plan is null)
        {
            var pricing = live.FirstOrDefault(one => one.Meters.Contains(alert.Meter!)) ?? live.FirstOrDefault();
            return [.. Periods(pricing?.State, zone, now).Select(period => new AlertTarget(account, period))];
        }

        return
        [
            .. live.Where(one => one.State.Plan == alert.Plan).SelectMany(one => Periods(one.State, zone, now).Select(period =>
                new AlertTarget(one.State.Id, period) { Subscription = one.State.Id })),
        ];
    }

    private static IEnumerable<AlertTarget> OfOne(WatchedSubscription subscription, DateTimeZone zone, Instant now) =>
        Periods(subscription.State, zone, now).Select(period => new AlertTarget(subscription.State.Id, period)
        {
            Subscription = subscription.State.Id,
            Spans = [new AlertSpan(subscription.State.Id, period)],
        });

    // Each subscription's current periods together, and before them, where the oldest has begun a new one just now, those that are over.
    private static ImmutableArray<AlertTarget> OfAll(string account, ImmutableArray<WatchedSubscription> live, DateTimeZone zone, Instant now)
    {
        if (live.IsEmpty)
        {
            return [];
        }

        var spans = live.Select(one => Periods(one.State, zone, now).Select(period => new AlertSpan(one.State.Id, period)).ToList()).ToList();
        var current = new AlertTarget(account, live[0].State.CurrentPeriod) { Spans = [.. spans.Select(each => each[^1])] };
        return spans[0].Count == 1
            ? [current]
            : [new AlertTarget(account, spans[0][0].Period) { Spans = [.. spans.Select(each => each[0])] }, current];
    }

    private static IEnumerable<Period> Periods(SubscriptionState? subscription, DateTimeZone zone, Instant now)
    {
        var current = subscription?.CurrentPeriod ?? UsageWindows.MonthOf(now, zone);
        if (now - current.Start < Afterwards && Before(subscription, current, zone) is { } former)
        {
            yield return former;
        }

        yield return current;
    }

    private static Period? Before(SubscriptionState? subscription, Period current, DateTimeZone zone)
    {
        if (subscription is null)
        {
            return UsageWindows.MonthOf(current.Start - Duration.Epsilon, zone);
        }

        // The first paid period has a trial before it, or nothing.
        return subscription.Anchor is { } anchor && subscription.StartAt < current.Start && PeriodCalendar.Boundary(anchor, subscription.EndBoundary - 1) == current.Start
            ? new Period(Instant.Max(subscription.StartAt, PeriodCalendar.Boundary(anchor, subscription.EndBoundary - 2)), current.Start)
            : null;
    }
}
