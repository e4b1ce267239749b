using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Grains.Alerts;

/// <summary>Reads what alerts of an account need, from rows.</summary>
public interface IAlertRows
{
    /// <summary>
    /// What a look needs at the moment: of the subscriptions only those that its alerts look at. The row that asked is read before all else: what
    /// is written later asks again.
    /// </summary>
    Task<AlertSheet> ReadAsync(string account);

    /// <summary>The same with all subscriptions of the account that have not ended.</summary>
    Task<AlertSheet> ReadAllAsync(string account);

    /// <summary>What was told of targets: of their periods, and at each threshold the last one whatever its period.</summary>
    Task<ImmutableArray<AlertFiring>> ToldAsync(IReadOnlyCollection<(Alert Alert, AlertTarget Target)> watched);

    /// <summary>Live subscriptions of a plan, in order of their ids, after one of them; at most so many.</summary>
    Task<ImmutableArray<WatchedPlan>> HavingAsync(string plan, string after, int limit, Instant now);

    /// <summary>What was billed for usage that a subscription began to count within a period, in minor units.</summary>
    Task<long> BilledAsync(string subscription, Period period);
}

/// <summary>A subscription that a plan's alert watches.</summary>
/// <param name="Subscription"><c>sub_...</c></param>
/// <param name="Account"><c>acct_...</c></param>
/// <param name="Clock"><c>live</c>, or the id of a test clock.</param>
/// <param name="Now">The time on it.</param>
public sealed record WatchedPlan(string Subscription, string Account, string Clock, Instant Now);

/// <summary>The alerts of an account, and what they were told.</summary>
/// <param name="Asked">The row of due work that asks for a look, to be deleted only as it was seen; null where there is none.</param>
/// <param name="Alerts">Alerts of the account, and of plans that it subscribes to; archived ones are left out.</param>
/// <param name="Subscriptions">The account's subscriptions that have not ended and that were asked for, the oldest first.</param>
/// <param name="Wallets">The ids of its wallets.</param>
public sealed record AlertSheet(SeenRow? Asked, ImmutableArray<Alert> Alerts, ImmutableArray<SubscriptionState> Subscriptions, ImmutableArray<string> Wallets);
