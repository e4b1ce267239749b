using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Wallets;

public static partial class WalletDecider
{
    /// <summary>A hold lasts at most this long.</summary>
    public static readonly Duration MaxHold = Duration.FromDays(31);

    /// <summary>
    /// Sets an amount apart, of named grants in the order of use. 400 <c>invalid_amount</c>, <c>expiry_out_of_range</c>; 422
    /// <c>insufficient_credit</c>.
    /// </summary>
    public static Decided<WalletTurn> Hold(WalletState state, string id, decimal amount, Duration lasts, IdSource ids, Instant now)
    {
        if (AmountRefusal(state.Wallet, amount, "amount") is { } refusal)
        {
            return refusal;
        }

        if (lasts <= Duration.Zero || lasts > MaxHold)
        {
            return Refusal.Invalid("expiry_out_of_range", $"A hold lasts from 1 second to {MaxHold.Days} days.", "expires_in_seconds");
        }

        var change = Begin(state, ids, now);
        if (change.State.Available(now) is var available && available < amount)
        {
            return Insufficient(available);
        }

        var pins = ImmutableArray.CreateBuilder<Pin>();
        var left = amount;
        foreach (var grant in BurnOrder.Of(change.State.Grants.Where(grant => grant.CountsAt(now) && grant.Available > 0)))
        {
            var pinned = Math.Min(grant.Available, left);
            pins.Add(new Pin(grant.Id, pinned, grant.Cycle));
            change.Write(grant with { Held = grant.Held + pinned });
            left -= pinned;
            if (left == 0)
            {
                break;
            }
        }

        change.Open(new Hold(id, state.Wallet.Id, state.Wallet.Account, amount, pins.DrainToImmutable(), now, now + lasts));
        return change.Done();
    }

    /// <summary>
    /// Uses a hold, up to its amount; what is left of it goes back. Above it <paramref name="over"/> decides: refuse (422
    /// <c>amount_above_hold</c>), or take the excess from other grants and then from the next invoice. 400
    /// <c>invalid_amount</c>; 404 <c>hold_not_found</c>; 422 <c>hold_ended</c>.
    /// </summary>
    public static Decided<WalletTurn> Commit(WalletState state, string holdId, decimal amount, OverHold over, AccountFacts account, IdSource ids, Instant now)
    {
        if (amount != 0 && AmountRefusal(state.Wallet, amount, "amount") is { } refusal)
        {
            return refusal;
        }

        var change = Begin(state, ids, now);
        var standing = Standing(change.State, holdId);
        if (standing.Refusal is { } ended)
        {
            return ended;
        }

        var hold = standing.Value;
        var excess = amount - hold.Amount;
        if (excess > 0 && over is OverHold.Refuse)
        {
            return Refusal.Rule("amount_above_hold", $"The hold is of {ExplainSteps.Text(hold.Amount)}; commit at most that, or say over: charge.", "amount");
        }

        HoldEnd.Use(change, hold, amount, now);
        var fromGrants = Math.Min(Math.Max(excess, 0), change.State.Available(now));
        if (fromGrants > 0)
        {
            Use(change, fromGrants, MovementKind.Committed, $"hold:{hold.Id}:over");
        }

        if (excess > fromGrants)
        {
            change.Add(ToNextInvoice(state.Wallet, hold, excess - fromGrants, account, ids, now));
        }

        change.End(hold with { Status = HoldStatus.Committed, Committed = amount, EndedAt = now });
        change.Tell("hold.committed", hold.Id, ("amount", ExplainSteps.Text(amount)));
        return change.Done();
    }

    /// <summary>Gives a hold back. 404 <c>hold_not_found</c>; 422 <c>hold_ended</c>.</summary>
    public static Decided<WalletTurn> Release(WalletState state, string holdId, IdSource ids, Instant now)
    {
        var change = Begin(state, ids, now);
        var standing = Standing(change.State, holdId);
        if (standing.Refusal is { } refusal)
        {
            return refusal;
        }

        HoldEnd.Release(change, standing.Value, HoldStatus.Released, now);
        return change.Done();
    }

    /// <summary>What no grant covers, at its worth, as a line that waits for the account's next invoice; nothing where that rounds to nothing.</summary>
    private static Documents ToNextInvoice(Wallet wallet, Hold hold, decimal amount, AccountFacts account, IdSource ids, Instant now)
    {
        var order = new PendingLineOrder($"Use above hold {hold.Id}");
        order = wallet.IsMoney ? order with { Amount = Rounding.ToMinorUnits(amount) } : order with { Quantity = amount, UnitAmount = wallet.UnitValue };
        var line = PendingLines.ByHand(order, account, waiting: 0, ids.Next("line"), now);
        return line.IsAccepted ? Documents.None with { PendingLines = [line.Value with { Source = PendingSource.Change }] } : Documents.None;
    }

    private static Decided<Hold> Standing(WalletState state, string holdId)
    {
        if (state.Holds.FirstOrDefault(hold => hold.Id == holdId) is not { } hold)
        {
            return Refusal.NotFound("hold_not_found", $"There is no hold {holdId}.");
        }

        return hold.Status is HoldStatus.Held
            ? hold
            : Refusal.Rule("hold_ended", $"The hold is {hold.Status.ToString().ToLowerInvariant()} already; hold again.");
    }
}
