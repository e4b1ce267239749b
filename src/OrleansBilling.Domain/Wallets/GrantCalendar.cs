using NodaTime;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Wallets;

/// <summary>
/// What happens to a wallet in time: holds run out, grants expire, recurring ones are set back; and what the invoice of a
/// sold grant has come to (rules.md, "Prepaid credits", "Order at one instant").
/// </summary>
internal static class GrantCalendar
{
    /// <summary>Applies everything that is due at or before now, each at its own instant.</summary>
    /// <param name="change">The wallet's change.</param>
    /// <param name="lapses">False leaves grants that have expired as they are: they may still pay usage of their time.</param>
    public static void CatchUp(WalletChange change, bool lapses = true)
    {
        Sales(change);
        while (Next(change.State, change.Now, lapses) is { } due)
        {
            due.Apply(change);
        }
    }

    private static (Instant At, int Order, Action<WalletChange> Apply)? Next(WalletState state, Instant now, bool lapses)
    {
        var due = state.Holds.Where(hold => hold.Status is HoldStatus.Held)
            .Select(hold => (At: hold.ExpiresAt, Order: 0, Apply: (Action<WalletChange>)(change => HoldEnd.Release(change, hold, HoldStatus.Expired, hold.ExpiresAt))))
            .Concat(state.Grants.Where(grant => lapses && WalletCalendar.Expires(grant)).Select(grant => (At: grant.ExpiresAt!.Value, Order: 1, Apply: (Action<WalletChange>)(change => Expire(change, grant)))))
            .Concat(state.Grants.Where(grant => grant.ResetsAt is not null).Select(grant => (At: grant.ResetsAt!.Value, Order: 2, Apply: (Action<WalletChange>)(change => Reset(change, grant)))))
            .Where(one => one.At <= now)
            .OrderBy(one => one.At).ThenBy(one => one.Order)
            .ToList();
        return due.Count == 0 ? null : due[0];
    }

    private static void Expire(WalletChange change, Grant grant)
    {
        var at = grant.ExpiresAt!.Value;
        var cause = $"grant:{grant.Id}:expired";
        grant = RollOver(change, grant, cause, at);
        var lapsed = grant.Free;
        var after = change.Take(grant, MovementKind.Expired, lapsed, cause, at);
        change.Write(after with { Status = GrantStatus.Expired });
        change.Tell("grant.expired", grant.Id, ("lapsed", Text(lapsed)));
    }

    /// <summary>Sets a recurring grant back. Held parts stay beside what it is set back to, until their holds end.</summary>
    private static void Reset(WalletChange change, Grant grant)
    {
        var at = grant.ResetsAt!.Value;
        var cause = $"grant:{grant.Id}:reset:{grant.Cycle + 1}";
        // What usage has used by the last look at it is no balance that could roll over: it is set apart, too.
        var used = grant is { Rollover: not null, AwaitsUsage: true } ? grant.Burnt : 0;
        var target = grant.Rollover?.After(grant.Free - used) ?? grant.Amount;
        var lapsed = grant.Rollover is null ? grant.Free : used + Math.Max(grant.Free - used - target, 0);
        var more = grant.Rollover?.More(grant.Free - used);
        foreach (var apart in change.State.Grants.Where(apart => more is not null && apart.RollsOver?.Grant == grant.Id))
        {
            change.Write(apart with { RollsOver = apart.RollsOver!.Then(more!) });
        }

        var after = grant.AwaitsUsage ? SetApart(change, grant, lapsed, more is null ? null : new RolledOver(grant.Id, [more]), cause, at) : change.Take(grant, MovementKind.Reset, lapsed, cause, at);
        after = change.Give(after, target - after.Free, cause, at);
        change.Write(after with { Cycle = grant.Cycle + 1 });
        change.Tell("grant.reset", grant.Id, ("lapsed", Text(lapsed)), ("amount", Text(target)));
    }

    /// <summary>
    /// What a reset would end, while usage of its time is not billed yet: a grant of its own that expires at the reset, and lapses
    /// once that usage is billed.
    /// </summary>
    private static Grant SetApart(WalletChange change, Grant grant, decimal amount, RolledOver? kept, string cause, Instant at)
    {
        if (amount == 0)
        {
            return grant;
        }

        var value = grant.DeferredFor(amount);
        // What usage has used so far, it has used of what was there before the reset.
        var burnt = Math.Clamp(grant.Provisional, 0, amount);
        var after = grant with { Remaining = grant.Remaining - amount, Deferred = grant.Deferred - value, Provisional = grant.Provisional - burnt };
        var apart = new Grant(change.Ids.Next("grant"), grant.Wallet, grant.Account, amount, grant.Priority, grant.CountsFrom, at, grant.CreatedAt)
        {
            Remaining = amount,
            Provisional = burnt,
            Deferred = value,
            TimeZone = grant.TimeZone,
            AwaitsUsage = true,
            RollsOver = kept,
        };
        change.Write(after);
        change.Write(apart);
        change.Moved(after, MovementKind.Reset, -amount, -value, cause, at);
        change.Moved(apart, MovementKind.Granted, amount, value, cause, at);
        return after;
    }

    /// <summary>
    /// What usage has left of what a reset with rollover set apart for it goes back to the grant, as far as the reset would have kept it:
    /// a look had seen more usage than was billed.
    /// </summary>
    private static Grant RollOver(WalletChange change, Grant apart, string cause, Instant at)
    {
        if (apart.RollsOver is not { } rolls || change.State.Grants.FirstOrDefault(grant => grant.Id == rolls.Grant) is not { Status: GrantStatus.Active } grant)
        {
            return apart;
        }

        // What a later reset has topped up less, or cut off more, for this part, it does not for the others again.
        foreach (var other in change.State.Grants.Where(other => other.RollsOver?.Grant == rolls.Grant && other.Id != apart.Id))
        {
            change.Write(other with { RollsOver = other.RollsOver!.Without(rolls, apart.Free) });
        }

        var amount = rolls.Of(apart.Free);
        if (amount == 0)
        {
            return apart;
        }

        var value = apart.DeferredFor(amount);
        var after = apart with { Remaining = apart.Remaining - amount, Deferred = apart.Deferred - value };
        var kept = grant with { Remaining = grant.Remaining + amount, Deferred = grant.Deferred + value };
        change.Write(after);
        change.Write(kept);
        change.Moved(after, MovementKind.Reset, -amount, -value, cause, at);
        change.Moved(kept, MovementKind.Granted, amount, value, cause, at);
        change.Tell("grant.rolled_over", kept.Id, ("amount", Text(amount)));
        return after;
    }

    /// <summary>A paid invoice makes its grant usable; a voided one takes it back.</summary>
    private static void Sales(WalletChange change)
    {
        foreach (var grant in change.State.Grants)
        {
            TopUpSuspension.Hear(change, grant);
            if (grant is { Status: GrantStatus.Pending, Sale: InvoiceStatus.Paid })
            {
                GrantSale.Paid(change, grant, change.Now);
            }
            else if (grant is { Status: GrantStatus.Pending or GrantStatus.Active or GrantStatus.Expired, Sale: InvoiceStatus.Void })
            {
                GrantSale.Voided(change, grant, change.Now);
            }
        }
    }

    private static string Text(decimal value) => ExplainSteps.Text(value);
}
