using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Alerts;

/// <summary>What an alert watches.</summary>
public enum AlertKind
{
    /// <summary>The quantity of a meter in the current period; reached at or above a threshold.</summary>
    Usage,

    /// <summary>What usage has come to in the current period, in minor units before discounts and tax; reached at or above a threshold.</summary>
    Spend,

    /// <summary>What a wallet has available; reached at or below a threshold.</summary>
    Balance,
}

/// <summary>
/// Watches a value of an account, or of every subscription of a plan, and tells where it reaches thresholds. It never changes, but
/// for its archiving.
/// </summary>
/// <param name="Id"><c>alert_...</c></param>
/// <param name="Kind">What is watched.</param>
/// <param name="Thresholds">Ascending: quantities, minor units, or amounts of the wallet.</param>
/// <param name="CreatedAt">On the account's clock; of a plan in real time.</param>
public sealed record Alert(string Id, AlertKind Kind, ImmutableArray<decimal> Thresholds, Instant CreatedAt)
{
    /// <summary>The account that is watched; null where a plan is named.</summary>
    public string? Account { get; init; }

    /// <summary>The plan whose subscriptions are watched, whatever their version; null where an account is named.</summary>
    public string? Plan { get; init; }

    /// <summary>The meter; of usage alone.</summary>
    public string? Meter { get; init; }

    /// <summary>The wallet; of a balance alone, and null for each wallet of the account.</summary>
    public string? Wallet { get; init; }

    /// <summary>True where each threshold tells once in every period; else once for ever.</summary>
    public bool Recurring { get; init; } = true;

    /// <summary>True where each firing has the subscriptions invoiced for what they have used so far; of spend alone.</summary>
    public bool Invoice { get; init; }

    /// <summary>Shown to people, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The caller's own pairs.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Since when it watches nothing any more, or null.</summary>
    public Instant? ArchivedAt { get; init; }

    /// <summary>An amount of what is watched, as JSON shows it: money in minor units as a whole number, all else as a decimal string.</summary>
    public object Shown(decimal amount) => Kind is AlertKind.Spend ? decimal.ToInt64(amount) : ExplainSteps.Text(amount);

    /// <summary>True where a value has reached a threshold.</summary>
    public bool Reaches(decimal value, decimal threshold) => Kind is AlertKind.Balance ? value <= threshold : value >= threshold;
}
