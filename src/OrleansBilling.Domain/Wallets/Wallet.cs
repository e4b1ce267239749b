using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Wallets;

/// <summary>Prepaid credit of an account: a purse of grants, in money or in units of the caller's own.</summary>
/// <param name="Id"><c>wal_...</c></param>
/// <param name="Account">The account that holds it.</param>
/// <param name="Currency">The account's currency; a wallet in another one is refused (rules.md, "Prepaid credits").</param>
/// <param name="CreatedAt">On the account's clock.</param>
public sealed record Wallet(string Id, string Account, Currency Currency, Instant CreatedAt)
{
    /// <summary>The caller's unit, such as <c>token</c>; null for a wallet in money, whose amounts are minor units.</summary>
    public string? Unit { get; init; }

    /// <summary>Minor units of the currency that one unit is worth; 1 in a wallet in money.</summary>
    public decimal UnitValue { get; init; } = 1m;

    /// <summary>Shown to people, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Lower ones are used first.</summary>
    public int Priority { get; init; }

    /// <summary>Price codes whose lines it may pay; empty pays all.</summary>
    public ImmutableArray<string> AppliesTo { get; init; } = [];

    /// <summary>Automatic top-up, or null.</summary>
    public TopUp? TopUp { get; init; }

    /// <summary>The caller's own pairs.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Counts the changes of these settings.</summary>
    public long Version { get; init; } = 1;

    /// <summary>Grants of one wallet that are pending, have something left or recur, at one time: a turn reads them all.</summary>
    public const int MaxGrants = 1000;

    /// <summary>Wallets of one account: its invoices read what all of them hold. Wallets are never closed, so that empty ones count.</summary>
    public const int MaxWallets = 100;

    /// <summary>True where amounts are money.</summary>
    public bool IsMoney => Unit is null;

    /// <summary>What an amount is worth, exact, in minor units.</summary>
    public decimal ValueOf(decimal amount) => amount * UnitValue;
}

/// <summary>Automatic top-up: where the available amount is at or below a bound, grants are sold until it is above.</summary>
/// <param name="Below">The bound, in the wallet's amounts.</param>
/// <param name="Amount">Amount of one grant; above zero.</param>
public sealed record TopUp(decimal Below, decimal Amount)
{
    /// <summary>The cause of its invoices.</summary>
    public const string InvoiceCause = "wallet_top_up";

    /// <summary>
    /// Since when it is suspended, or null: the invoice of a top-up has come to nothing, and another one would, too. It goes on where it is
    /// set anew, and where a grant that the wallet sells is paid.
    /// </summary>
    public Instant? SuspendedAt { get; init; }

    /// <summary>Since when it goes on after that, or was set anew; of earlier top-ups nothing suspends it. Null where it never was either.</summary>
    public Instant? Since { get; init; }

    /// <summary>Grants of one top-up at most; keeps a small amount under a large bound from running away.</summary>
    public const int MaxGrants = 1000;

    /// <summary>How many grants bring an available amount above the bound: 0 where it is above, one more than <see cref="MaxGrants"/> where it would take more.</summary>
    public int GrantsFor(decimal available)
    {
        if (available > Below)
        {
            return 0;
        }

        var missing = (Below - available) / Amount;
        return missing >= MaxGrants ? MaxGrants + 1 : (int)missing + 1;
    }
}
