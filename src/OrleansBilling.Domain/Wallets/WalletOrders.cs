using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Wallets;

/// <summary>What a caller wants opened. Exactly one of a currency and a unit is given.</summary>
public sealed record WalletOrder
{
    /// <summary>The currency of a wallet in money; must be the account's.</summary>
    public string? Currency { get; init; }

    /// <summary>The unit of a unit wallet.</summary>
    public string? Unit { get; init; }

    /// <summary>Minor units of the account's currency that one unit is worth; above zero.</summary>
    public decimal? UnitValue { get; init; }

    /// <summary>Shown to people.</summary>
    public string? Name { get; init; }

    /// <summary>Lower ones are used first.</summary>
    public int Priority { get; init; }

    /// <summary>Price codes; empty pays all.</summary>
    public ImmutableArray<string> AppliesTo { get; init; } = [];

    /// <summary>Automatic top-up, or null.</summary>
    public TopUp? TopUp { get; init; }

    /// <summary>The caller's own pairs.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>What a caller wants granted.</summary>
/// <param name="Amount">In the wallet's amounts; above zero, whole minor units in a wallet in money.</param>
public sealed record GrantOrder(decimal Amount)
{
    /// <summary>Minor units it is sold for, before tax; null gives it.</summary>
    public long? Price { get; init; }

    /// <summary>Lower ones are used first.</summary>
    public int Priority { get; init; }

    /// <summary>From when on it counts; null is now.</summary>
    public Instant? EffectiveAt { get; init; }

    /// <summary>Until just before when; null never expires.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>Least amount after a reset; null is the grant's amount. Only with a recurrence and a maximum.</summary>
    public decimal? RolloverMinimum { get; init; }

    /// <summary>Most after a reset; null keeps nothing.</summary>
    public decimal? RolloverMaximum { get; init; }

    /// <summary>The interval at which it is set back, or null.</summary>
    public BillingInterval? Recurrence { get; init; }
}
