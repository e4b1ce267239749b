using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Wallets;

/// <summary>What a wallet waits for. Derived from its state alone.</summary>
public static class WalletCalendar
{
    /// <summary>When the wallet next needs attention, by kind of due work; null where it waits for nothing.</summary>
    /// <param name="state">The wallet.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="now">After it a grant begins to count: then alerts and top-ups see what is available.</param>
    public static Instant? NextAt(WalletState state, DueKind kind, Instant now) => kind switch
    {
        DueKind.HoldExpiry => Earliest(state.Holds.Where(hold => hold.Status is HoldStatus.Held).Select(hold => (Instant?)hold.ExpiresAt).Append(state.NextHoldExpiry)),
        DueKind.GrantExpiry => Earliest(state.Grants.Where(Expires).Select(grant => grant.ExpiresAt)
            .Concat(state.Grants.Where(grant => grant.Status is GrantStatus.Active && grant.EffectiveAt > now).Select(grant => (Instant?)grant.EffectiveAt))),
        DueKind.GrantReset => Earliest(state.Grants.Select(grant => grant.ResetsAt)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A wallet does not wait for this."),
    };

    /// <summary>True where a grant will expire by itself: one that awaits usage lapses once that is billed.</summary>
    internal static bool Expires(Grant grant) => grant is { Status: GrantStatus.Active, ExpiresAt: not null, AwaitsUsage: false };

    private static Instant? Earliest(IEnumerable<Instant?> instants) => instants.Where(at => at is not null).Min();
}
