using NodaTime;

namespace OrleansBilling.Domain.Wallets;

/// <summary>Ends holds: what they pinned is used, goes back, or lapses with a grant that has ended meanwhile.</summary>
internal static class HoldEnd
{
    /// <summary>Gives everything back.</summary>
    public static void Release(WalletChange change, Hold hold, HoldStatus status, Instant at)
    {
        foreach (var pin in hold.Pins)
        {
            GiveBack(change, hold, pin, pin.Amount, at);
        }

        change.End(hold with { Status = status, EndedAt = at });
        change.Tell(status is HoldStatus.Expired ? "hold.expired" : "hold.released", hold.Id);
    }

    /// <summary>Uses up to the held amount, in the order of the pins; the rest goes back.</summary>
    /// <returns>What was used.</returns>
    public static decimal Use(WalletChange change, Hold hold, decimal amount, Instant at)
    {
        var left = Math.Min(amount, hold.Amount);
        foreach (var pin in hold.Pins)
        {
            var used = Math.Min(pin.Amount, left);
            left -= used;
            var grant = change.Grant(pin.Grant);
            grant = grant with { Held = grant.Held - used };
            change.Write(grant);
            change.Take(grant, MovementKind.Committed, used, $"hold:{hold.Id}:committed", at);
            GiveBack(change, hold, pin, pin.Amount - used, at);
        }

        return Math.Min(amount, hold.Amount) - left;
    }

    /// <summary>A part that outlived its grant's expiry, void or reset lapses at once.</summary>
    private static void GiveBack(WalletChange change, Hold hold, Pin pin, decimal amount, Instant at)
    {
        if (amount == 0)
        {
            return;
        }

        var grant = change.Grant(pin.Grant);
        grant = grant with { Held = grant.Held - amount };
        change.Write(grant);
        if (grant.Status is not GrantStatus.Active || grant.Cycle != pin.Cycle)
        {
            change.Take(grant, grant.Status is GrantStatus.Voided ? MovementKind.Voided : MovementKind.Expired, amount, $"hold:{hold.Id}:lapsed", at);
        }
    }
}
