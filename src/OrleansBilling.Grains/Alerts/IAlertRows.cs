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
    /// <summary>What is known at the moment. The row that asked is read before all else: what is written later asks again.</summary>
    Task<AlertSheet> ReadAsync(string account, Instant now);

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
/// <param name="Subscriptions">The account's subscriptions that have not ended, the oldest first; empty where no alert needs them.</param>
/// <param name="Wallets">The ids of its wallets; empty where no alert needs them.</param>
/// <param name="Known">What was told of the periods that are watched, and what has not recovered.</param>
public sealed record AlertSheet(
    SeenRow? Asked, ImmutableArray<Alert> Alerts, ImmutableArray<SubscriptionState> Subscriptions, ImmutableArray<string> Wallets, ImmutableArray<AlertFiring> Known);
