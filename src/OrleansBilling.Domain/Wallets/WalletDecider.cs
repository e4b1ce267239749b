using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Wallets;

/// <summary>
/// Decides about a wallet (rules.md, "Prepaid credits", "Holds"). Every decision first applies what is due at or before
/// its <c>now</c>; a refused one writes nothing, so what was due is applied by the next.
/// </summary>
public static partial class WalletDecider
{
    /// <summary>The largest amount of a wallet's grants, holds and debits.</summary>
    public const decimal MaxAmount = 1_000_000_000_000_000m;

    /// <summary>The largest worth of one unit, in minor units: one minor unit is then still told apart within a unit.</summary>
    public const decimal MaxUnitValue = 1_000_000_000m;

    /// <summary>
    /// Opens a wallet. 400 <c>unit_or_currency</c>, <c>unit_value_needed</c>, <c>unit_value_too_large</c>; 422 <c>currency_mismatch</c> (a wallet in another
    /// currency than the account's), and those of a top-up.
    /// </summary>
    public static Decided<WalletTurn> Open(string id, WalletOrder order, AccountFacts account, IdSource ids, Instant now)
    {
        if (order.Currency is null == order.Unit is null)
        {
            return Refusal.Invalid("unit_or_currency", "Give either currency (a wallet in money) or unit with unit_value.", "currency");
        }

        if (order.Unit is null != order.UnitValue is null || order.UnitValue <= 0)
        {
            return Refusal.Invalid("unit_value_needed", "A unit wallet has a unit_value above zero: minor units of the account's currency that one unit is worth.", "unit_value");
        }

        if (order.UnitValue > MaxUnitValue)
        {
            return Refusal.Invalid("unit_value_too_large", $"One unit is worth at most {MaxUnitValue} minor units; count in smaller units.", "unit_value");
        }

        if (order.Currency is { } code && Currency.Find(code) != account.Currency)
        {
            return Refusal.Rule("currency_mismatch", $"The account bills in {account.Currency}; a wallet in another currency could pay nothing.", "currency");
        }

        var wallet = new Wallet(id, account.Account, account.Currency, now)
        {
            Unit = order.Unit,
            UnitValue = order.UnitValue ?? 1m,
            Name = order.Name,
            Priority = order.Priority,
            AppliesTo = order.AppliesTo,
            TopUp = order.TopUp,
            Metadata = order.Metadata,
        };
        if (RefusalOf(wallet, order.TopUp) is { } refusal)
        {
            return refusal;
        }

        var opened = new WalletState(wallet, [], []);
        var told = BillingEvent.Of("wallet.created", wallet.Account, id, ("currency", wallet.Currency.Code), ("unit", wallet.Unit));
        return new WalletTurn(opened, new Documents
        {
            Events = [told],
            Wallets = WalletDocuments.None with { Wallets = [wallet] },
        });
    }

    /// <summary>What stands against one more wallet of an account, or null: 422 <c>too_many_wallets</c>.</summary>
    /// <param name="wallets">How many it has.</param>
    public static Refusal? RefusalOfAnother(int wallets) => wallets < Wallet.MaxWallets
        ? null
        : Refusal.Rule("too_many_wallets", $"An account has at most {Wallet.MaxWallets} wallets. Grant to one that it has.", "account");

    /// <summary>Changes the settings: null members stay. 422 those of a top-up.</summary>
    /// <param name="state">The wallet.</param>
    /// <param name="change">Makes the new settings of the old ones.</param>
    /// <param name="ids">Ids of this turn.</param>
    /// <param name="now">On the account's clock.</param>
    public static Decided<WalletTurn> Update(WalletState state, Func<Wallet, Wallet> change, IdSource ids, Instant now)
    {
        var changing = Begin(state, ids, now);
        var (known, wallet) = (changing.State.Wallet, change(changing.State.Wallet));
        if (RefusalOf(wallet, wallet.TopUp) is { } refusal)
        {
            return refusal;
        }

        changing.Set(wallet with
        {
            TopUp = wallet.TopUp is null || wallet.TopUp == known.TopUp ? wallet.TopUp : wallet.TopUp with { SuspendedAt = null, Since = now },
            Version = state.Wallet.Version + 1,
        });
        changing.Tell("wallet.updated", wallet.Id);
        return changing.Done();
    }

    /// <summary>
    /// Applies what is due and, where the available amount is at or below the bound of an automatic top-up, sells what
    /// brings it above, on one invoice. What is sold and not paid yet counts as there, so that it is not bought twice; where the invoice of a
    /// top-up was voided or written off, none follows (<see cref="TopUp.SuspendedAt"/>).
    /// </summary>
    public static WalletTurn Due(WalletState state, BillingFacts billing, IdSource ids, Instant now)
    {
        var change = Begin(state, ids, now);
        if (change.State.Wallet.TopUp is { SuspendedAt: null } topUp)
        {
            var grants = Math.Min(topUp.GrantsFor(change.State.Available(now) + change.State.Pending), TopUp.MaxGrants);
            if (grants > 0)
            {
                var amount = grants * topUp.Amount;
                var price = Rounding.ToMinorUnits(change.State.Wallet.ValueOf(amount));
                var grant = NewGrant(change, new GrantOrder(amount) { Price = price }, billing.Account);
                GrantSale.Sell(change, grant, billing, TopUp.InvoiceCause);
            }
        }

        return change.Done();
    }

    /// <summary>True where a use may have brought the available amount to the bound of the top-up.</summary>
    public static bool NeedsTopUp(WalletState state, Instant now) =>
        state.Wallet.TopUp is { SuspendedAt: null } topUp && topUp.GrantsFor(state.Available(now) + state.Pending) > 0;

    private static WalletChange Begin(WalletState state, IdSource ids, Instant now)
    {
        var change = new WalletChange(state, ids, now);
        GrantCalendar.CatchUp(change);
        return change;
    }

    private static Refusal? RefusalOf(Wallet wallet, TopUp? topUp) => topUp is null
        ? null
        : AmountRefusal(wallet, topUp.Amount, "top_up.amount")
            ?? (topUp.Below < 0 || topUp.Below > MaxAmount || (wallet.IsMoney && topUp.Below != decimal.Truncate(topUp.Below))
                ? Refusal.Invalid("invalid_amount", "top_up.below is an amount of the wallet, zero or more.", "top_up.below")
                : topUp.GrantsFor(0) > TopUp.MaxGrants
                    ? Refusal.Rule("top_up_too_small", $"It would take more than {TopUp.MaxGrants} top-ups to pass top_up.below; give a larger amount.", "top_up.amount")
                    // Rounded to nothing it would be given away.
                    : wallet.ValueOf(topUp.Amount) < 1
                        ? Refusal.Rule("top_up_too_small", "A top-up is worth at least one minor unit; give a larger amount.", "top_up.amount")
                        : null);

    private static Refusal? AmountRefusal(Wallet wallet, decimal amount, string field)
    {
        if (amount <= 0 || amount > MaxAmount)
        {
            return Refusal.Invalid("invalid_amount", $"An amount is above zero and at most {MaxAmount}.", field);
        }

        if (wallet.IsMoney && amount != decimal.Truncate(amount))
        {
            return Refusal.Invalid("invalid_amount", "Amounts of a wallet in money are whole minor units.", field);
        }

        return decimal.Round(amount, 6) != amount || wallet.ValueOf(amount) > MaxAmount
            ? Refusal.Invalid("invalid_amount", $"An amount has at most 6 decimals and is worth at most {MaxAmount} minor units.", field)
            : null;
    }

    private static Refusal Insufficient(decimal available) => Refusal.Rule(
        "insufficient_credit", $"The wallet has {ExplainSteps.Text(available)} available; grant more or ask for less.", "amount");

    /// <summary>Takes an amount of what is available, in the order of use. The caller has checked that it is there.</summary>
    private static void Use(WalletChange change, decimal amount, MovementKind kind, string cause)
    {
        var left = amount;
        foreach (var grant in BurnOrder.Of(change.State.Grants.Where(grant => grant.CountsAt(change.Now) && grant.Available > 0)))
        {
            var taken = Math.Min(grant.Available, left);
            change.Take(grant, kind, taken, cause, change.Now);
            left -= taken;
            if (left == 0)
            {
                return;
            }
        }

        throw new InvalidOperationException($"Wallet {change.State.Wallet.Id} lacks {left} of what was to be used.");
    }
}
