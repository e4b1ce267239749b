using System.Collections.Immutable;
using NodaTime;

namespace OrleansBilling.Domain.Wallets;

/// <summary>Where a hold stands.</summary>
public enum HoldStatus
{
    /// <summary>It pins its amount.</summary>
    Held,

    /// <summary>It was used, in whole or in part.</summary>
    Committed,

    /// <summary>It was given back.</summary>
    Released,

    /// <summary>Its time ran out, and it was given back.</summary>
    Expired,
}

/// <summary>A part of a grant that a hold pins.</summary>
/// <param name="Grant">The grant.</param>
/// <param name="Amount">In the wallet's amounts.</param>
/// <param name="Cycle">The grant's cycle when it was pinned: a reset since makes the part lapse when it is released.</param>
public sealed record Pin(string Grant, decimal Amount, int Cycle);

/// <summary>
/// An amount set apart for work under way. It ends once: committed up to its amount (or over it), released, or expired.
/// </summary>
/// <param name="Id"><c>hold_...</c></param>
/// <param name="Wallet">The wallet.</param>
/// <param name="Account">The account.</param>
/// <param name="Amount">What was held.</param>
/// <param name="Pins">Of which grants, in the order of use; sums to <paramref name="Amount"/>.</param>
/// <param name="CreatedAt">On the account's clock.</param>
/// <param name="ExpiresAt">When it ends by itself.</param>
public sealed record Hold(
    string Id, string Wallet, string Account, decimal Amount, ImmutableArray<Pin> Pins, Instant CreatedAt, Instant ExpiresAt)
{
    /// <summary>Where it stands.</summary>
    public HoldStatus Status { get; init; } = HoldStatus.Held;

    /// <summary>What was used at the commit, the excess included.</summary>
    public decimal Committed { get; init; }

    /// <summary>When it ended, or null.</summary>
    public Instant? EndedAt { get; init; }
}

/// <summary>What a commit above the held amount does.</summary>
public enum OverHold
{
    /// <summary>Refuses: 422 <c>amount_above_hold</c>.</summary>
    Refuse,

    /// <summary>Takes the excess from other grants, then from the next invoice.</summary>
    Charge,
}
