using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Accounts;

/// <summary>Decisions about an account: pure functions of (state, facts, command, now).</summary>
public static class AccountDecider
{
    /// <summary>Applies a patch; the facts' version counts up. Refusals: <c>currency_fixed</c>, <c>unknown_time_zone</c>, <c>dunning_policy_not_found</c>, <c>legal_entity_not_found</c>.</summary>
    /// <param name="inUse">True once a document, wallet or subscription has fixed the currency (rules.md, "Anchors").</param>
    /// <param name="policyExists">False where the patch names a dunning policy that does not exist.</param>
    /// <param name="sellerExists">False where the patch names a legal entity that does not exist.</param>
    public static Decided<AccountState> Update(AccountState state, AccountPatch patch, bool inUse, bool policyExists, bool sellerExists)
    {
        var old = state.Settings;
        if (patch.Currency is { } currency && currency != old.Currency && inUse)
        {
            return Refusal.Rule("currency_fixed", $"The account bills in {old.Currency} since its first document or subscription. Open another account for {currency}.", "currency");
        }

        if (patch.TimeZone is { } zone && TimeZones.RefusalFor(zone) is { } refusal)
        {
            return refusal;
        }

        if (!policyExists)
        {
            return Refusal.Rule("dunning_policy_not_found", $"There is no dunning policy {patch.DunningPolicy}.", "dunning_policy");
        }

        if (!sellerExists)
        {
            return SellerNotFound(patch.LegalEntity!);
        }

        var metadata = patch.Metadata is null
            ? old.Metadata
            : old.Metadata.SetItems(patch.Metadata).RemoveRange(patch.Metadata.Where(pair => pair.Value.Length == 0).Select(pair => pair.Key));
        return state with
        {
            FactsVersion = state.FactsVersion + 1,
            Settings = old with
            {
                Name = patch.Name ?? old.Name,
                Email = Replaced(old.Email, patch.Email),
                ExternalId = Replaced(old.ExternalId, patch.ExternalId),
                Currency = patch.Currency ?? old.Currency,
                TimeZone = patch.TimeZone ?? old.TimeZone,
                Country = Replaced(old.Country, patch.Country),
                Address = patch.Address ?? old.Address,
                Tax = patch.Tax?.Merge(old.Tax) ?? old.Tax,
                Collection = patch.Collection ?? old.Collection,
                NetTermsDays = patch.NetTermsDays ?? old.NetTermsDays,
                InvoiceGrouping = patch.InvoiceGrouping ?? old.InvoiceGrouping,
                InvoiceGraceHours = patch.InvoiceGraceHours ?? old.InvoiceGraceHours,
                DunningPolicy = patch.DunningPolicy ?? old.DunningPolicy,
                Metadata = metadata,
                LegalEntity = patch.LegalEntity ?? old.LegalEntity,
                Language = patch.Language ?? old.Language,
                BilledTo = Replaced(old.BilledTo, patch.BilledTo),
            },
        };
    }

    /// <summary>Adds a method; the first one becomes the default. Refusals: <c>too_many_payment_methods</c>.</summary>
    public static Decided<AccountState> AddMethod(AccountState state, AccountPaymentMethod method, bool makeDefault) =>
        state.Methods.Length >= MaxMethods
            ? Refusal.Rule("too_many_payment_methods", $"An account stores at most {MaxMethods} payment methods. Remove one first.")
            : state with
            {
                FactsVersion = state.FactsVersion + 1,
                Methods = state.Methods.Add(method),
                DefaultMethod = makeDefault || state.DefaultMethod is null ? method.Id : state.DefaultMethod,
            };

    /// <summary>Stored payment methods of one account.</summary>
    public const int MaxMethods = 20;

    /// <summary>Detaches a method; the newest remaining one becomes the default where it was.</summary>
    public static Decided<AccountState> RemoveMethod(AccountState state, string method)
    {
        var left = state.Methods.RemoveAll(stored => stored.Id == method);
        return left.Length == state.Methods.Length
            ? MethodNotFound(method)
            : state with
            {
                FactsVersion = state.FactsVersion + 1,
                Methods = left,
                DefaultMethod = state.DefaultMethod == method ? left.LastOrDefault()?.Id : state.DefaultMethod,
            };
    }

    /// <summary>Makes a stored method the default.</summary>
    public static Decided<AccountState> SetDefault(AccountState state, string method) =>
        state.Methods.Any(stored => stored.Id == method)
            ? state with { FactsVersion = state.FactsVersion + 1, DefaultMethod = method }
            : MethodNotFound(method);

    /// <summary>
    /// Moves the credit balance by hand. Refusals: <c>currency_mismatch</c>, <c>amount_zero</c>, <c>balance_below_zero</c>.
    /// </summary>
    /// <param name="id">Id of the adjustment, <c>adj_...</c></param>
    /// <param name="balance">The balance as read; the commit checks that it does not fall below zero.</param>
    public static Decided<Documents> AdjustBalance(
        AccountState state, string id, long amount, string currency, string reason, long balance, Instant now)
    {
        if (currency != state.Settings.Currency)
        {
            return Refusal.Rule("currency_mismatch", $"The account's balance is in {state.Settings.Currency}.", "currency");
        }

        if (amount == 0)
        {
            return Refusal.Rule("amount_zero", "Give an amount above zero to credit the customer, below zero to take credit back.", "amount");
        }

        if (balance + amount < 0)
        {
            return Refusal.Rule("balance_below_zero", $"The credit balance is {balance}; it cannot fall below zero.", "amount");
        }

        var posting = amount > 0
            ? new Posting(LedgerAccount.BalanceAdjustments, LedgerAccount.CustomerCredit, amount)
            : new Posting(LedgerAccount.CustomerCredit, LedgerAccount.BalanceAdjustments, -amount);
        return Documents.None with
        {
            BalanceMoves = [new BalanceMove(state.Id, currency, amount, Seen: amount < 0 ? balance : null, id)],
            Entries = [new JournalEntry($"adjustment:{id}", state.Id, null, currency, now, [posting])],
            Events = [BillingEvent.Of("account.balance_adjusted", state.Id, state.Id, ("amount", amount), ("adjustment", id), ("reason", reason))],
        };
    }

    /// <summary>The projection rows of an account.</summary>
    public static IEnumerable<ProjectionRow> Rows(AccountState? before, AccountState after)
    {
        yield return new AccountRow(after.Id, after.Settings.Name, after.Settings.Email, after.Settings.ExternalId, after.Clock, after.CreatedAt, Deleted: false);
        if (before?.FactsVersion != after.FactsVersion)
        {
            yield return new AccountFactsRow(after.Facts());
        }

        if (before is null || !before.Buyer().Shows(after.Buyer()))
        {
            yield return new AccountBuyerRow(after.Id, after.FactsVersion, after.Buyer());
        }
    }

    /// <summary>The projection row of a payment method.</summary>
    public static PaymentMethodRow RowOf(AccountState state, AccountPaymentMethod method, Instant? detachedAt = null) =>
        new(method.Id, state.Id, method.Gateway, method.Token, state.DefaultMethod == method.Id, method.CreatedAt, detachedAt);

    /// <summary>422 <c>legal_entity_not_found</c>.</summary>
    public static Refusal SellerNotFound(string code) =>
        Refusal.Rule("legal_entity_not_found", $"There is no legal entity {code}; make it first.", "legal_entity");

    private static Refusal MethodNotFound(string method) =>
        Refusal.NotFound("payment_method_not_found", $"The account has no payment method {method}.");

    private static string? Replaced(string? old, string? given) => given switch
    {
        null => old,
        "" => null,
        _ => given,
    };
}
