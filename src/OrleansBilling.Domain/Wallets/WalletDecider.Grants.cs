using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Wallets;

public static partial class WalletDecider
{
    /// <summary>
    /// Grants, or sells where a price is given. 400 <c>invalid_amount</c>, <c>price_out_of_range</c>; 422
    /// <c>expires_before_effective</c>, <c>effective_in_the_past</c>, <c>rollover_needs_recurrence</c>,
    /// <c>rollover_maximum_too_small</c>, <c>recurring_grant_not_sold</c>, <c>too_many_grants</c>.
    /// </summary>
    public static Decided<WalletTurn> Grant(WalletState state, GrantOrder order, BillingFacts billing, IdSource ids, Instant now)
    {
        if (RefusalOf(state.Wallet, order, now) is { } refusal)
        {
            return refusal;
        }

        var change = Begin(state, ids, now);
        if (change.State.Grants.Count(static known => known.IsLiving) >= Wallet.MaxGrants)
        {
            return Refusal.Rule("too_many_grants", $"A wallet has at most {Wallet.MaxGrants} grants with something left at a time. Use or void some, or grant larger amounts less often.");
        }

        var grant = NewGrant(change, order, billing.Account);
        if (order.Price is > 0)
        {
            GrantSale.Sell(change, grant, billing, "wallet_grant");
        }
        else
        {
            change.Write(grant);
            change.Give(grant, order.Amount, $"grant:{grant.Id}:granted", now);
            change.Tell("grant.created", grant.Id, ("amount", ExplainSteps.Text(order.Amount)), ("expires_at", order.ExpiresAt));
        }

        return change.Done();
    }

    /// <summary>
    /// Takes a grant back: what is not held lapses at once, held parts when their hold gives them back. 404
    /// <c>grant_not_found</c>; 422 <c>grant_ended</c>, <c>grant_not_paid</c> (void its invoice instead).
    /// </summary>
    public static Decided<WalletTurn> VoidGrant(WalletState state, string grantId, IdSource ids, Instant now)
    {
        var change = Begin(state, ids, now);
        if (change.State.Grants.FindIndex(grantId) < 0)
        {
            return Refusal.NotFound("grant_not_found", $"The wallet has no grant {grantId} with anything left.");
        }

        var grant = change.Grant(grantId);
        if (grant.Status is GrantStatus.Pending)
        {
            return Refusal.Rule("grant_not_paid", $"The grant is sold and not paid yet; void its invoice {grant.Invoice} instead.");
        }

        if (grant.Status is not GrantStatus.Active)
        {
            return Refusal.Rule("grant_ended", $"The grant is {grant.Status.ToString().ToLowerInvariant()} already.");
        }

        var lapsed = grant.Free;
        var after = change.Take(grant, MovementKind.Voided, lapsed, $"grant:{grant.Id}:voided", now);
        change.Write(after with { Status = GrantStatus.Voided });
        change.Tell("grant.voided", grant.Id, ("lapsed", ExplainSteps.Text(lapsed)));
        return change.Done();
    }

    /// <summary>Takes an amount by hand. 400 <c>invalid_amount</c>; 422 <c>insufficient_credit</c>.</summary>
    /// <param name="state">The wallet.</param>
    /// <param name="id">The debit's id, which names its entry.</param>
    /// <param name="amount">In the wallet's amounts.</param>
    /// <param name="reason">Told in the event.</param>
    /// <param name="ids">Ids of this turn.</param>
    /// <param name="now">On the account's clock.</param>
    public static Decided<WalletTurn> Debit(WalletState state, string id, decimal amount, string reason, IdSource ids, Instant now)
    {
        if (AmountRefusal(state.Wallet, amount, "amount") is { } refusal)
        {
            return refusal;
        }

        var change = Begin(state, ids, now);
        if (change.State.Available(now) is var available && available < amount)
        {
            return Insufficient(available);
        }

        Use(change, amount, MovementKind.Debited, $"debit:{id}");
        change.Tell("wallet.debited", id, ("amount", ExplainSteps.Text(amount)), ("reason", reason));
        return change.Done();
    }

    private static Grant NewGrant(WalletChange change, GrantOrder order, AccountFacts account) => new(
        change.Ids.Next("grant"), change.State.Wallet.Id, account.Account, order.Amount, order.Priority,
        order.EffectiveAt ?? change.Now, order.ExpiresAt, change.Now)
    {
        Price = order.Price is > 0 ? order.Price : null,
        Recurrence = order.Recurrence,
        Rollover = order.RolloverMaximum is { } maximum ? new Rollover(order.RolloverMinimum ?? order.Amount, maximum) : null,
        TimeZone = account.TimeZone,
    };

    private static Refusal? RefusalOf(Wallet wallet, GrantOrder order, Instant now)
    {
        if (AmountRefusal(wallet, order.Amount, "amount") is { } amount)
        {
            return amount;
        }

        if (order.Price is < 0 or > (long)MaxAmount)
        {
            return Refusal.Invalid("price_out_of_range", "price is minor units, zero (given) or more.", "price");
        }

        var effective = order.EffectiveAt ?? now;
        if (effective < now)
        {
            return Refusal.Rule("effective_in_the_past", "A grant counts from now on or from an instant ahead; what was used before it was not paid by it.", "effective_at");
        }

        if (order.ExpiresAt <= effective)
        {
            return Refusal.Rule("expires_before_effective", "expires_at lies after effective_at.", "expires_at");
        }

        if (order.Recurrence is not null && order.Price is > 0)
        {
            return Refusal.Rule("recurring_grant_not_sold", "A recurring grant is given, not sold; bill it by a price of a plan, or use top_up.", "price");
        }

        return RolloverRefusal(wallet, order);
    }

    private static Refusal? RolloverRefusal(Wallet wallet, GrantOrder order)
    {
        if (order.RolloverMinimum is null && order.RolloverMaximum is null)
        {
            return null;
        }

        if (order.Recurrence is null)
        {
            return Refusal.Rule("rollover_needs_recurrence", "A rollover says what a reset keeps: give a recurrence too.", "rollover");
        }

        if (order.RolloverMaximum is not { } maximum)
        {
            return Refusal.Invalid("rollover_maximum_needed", "A rollover has a maximum.", "rollover.maximum");
        }

        var minimum = order.RolloverMinimum ?? order.Amount;
        return AmountRefusal(wallet, maximum, "rollover.maximum")
            ?? (minimum == 0 ? null : AmountRefusal(wallet, minimum, "rollover.minimum"))
            ?? (maximum < minimum
                ? Refusal.Rule("rollover_maximum_too_small", "rollover.maximum is not below rollover.minimum, which is the grant's amount unless given.", "rollover.maximum")
                : null);
    }
}
