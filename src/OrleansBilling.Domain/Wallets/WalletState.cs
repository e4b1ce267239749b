using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Wallets;

/// <summary>A wallet as a turn reads it from its rows. No grain keeps it between turns.</summary>
/// <param name="Wallet">Its settings.</param>
/// <param name="Grants">Grants that are pending, have something left or recur.</param>
/// <param name="Holds">Holds that have run out, and the one that the command names.</param>
public sealed record WalletState(Wallet Wallet, ImmutableArray<Grant> Grants, ImmutableArray<Hold> Holds)
{
    /// <summary>When the earliest standing hold that was not read runs out, or null.</summary>
    public Instant? NextHoldExpiry { get; init; }

    /// <summary>Thresholds of alerts that watch what it has available.</summary>
    public ImmutableArray<decimal> Watched { get; init; } = [];

    /// <summary>True where a threshold of an alert lies between two amounts that are available: one reaches it, the other does not.</summary>
    public bool IsPassed(decimal before, decimal after) => Watched.Any(threshold => before <= threshold != after <= threshold);

    /// <summary>What is left of grants that count at an instant.</summary>
    public decimal Balance(Instant at) => Grants.Where(grant => grant.CountsAt(at)).Sum(grant => grant.Remaining);

    /// <summary>What holds pin of grants that count at an instant.</summary>
    public decimal Held(Instant at) => Grants.Where(grant => grant.CountsAt(at)).Sum(grant => grant.Held);

    /// <summary>What usage that is not billed yet has used of grants that count at an instant.</summary>
    public decimal Provisional(Instant at) => Grants.Where(grant => grant.CountsAt(at)).Sum(grant => grant.Burnt);

    /// <summary>What can be used at an instant: the balance less what is held and what usage that is not billed yet has used.</summary>
    public decimal Available(Instant at) => Grants.Where(grant => grant.CountsAt(at)).Sum(grant => grant.Available);

    /// <summary>What is sold and not paid yet: a top-up counts it, so that it is not bought twice. What was written off is not waited for.</summary>
    public decimal Pending => Grants.Where(grant => grant is { Status: GrantStatus.Pending, Sale: not InvoiceStatus.Uncollectible }).Sum(grant => grant.Amount);
}
