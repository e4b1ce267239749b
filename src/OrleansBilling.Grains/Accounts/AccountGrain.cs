using System.Collections.Immutable;
using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Accounts;

/// <summary>Runs an account's turns. It calls no other grain.</summary>
public sealed partial class AccountGrain(
    [PersistentState("account", TurnGrain.Storage)] IPersistentState<StateEnvelope<AccountState>> stored,
    ITurnCommitter committer,
    ICommandLog commands,
    IBillingFacts billingFacts,
    IAccountUse use,
    IPendingLines pendingLines,
    IEnumerable<IPaymentGateway> gateways) : TurnGrain<AccountState>(stored, committer, commands), IAccountGrain
{
    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public Task<CommandAnswer> Create(CommandKey key, Instant now, AccountSettings settings) =>
        ExecuteAsync(key, () => ReadAsync(settings), (state, read) =>
        {
            if (state is not null)
            {
                return Refusal.Conflict("account_exists", "This account exists already.");
            }

            if (TimeZones.RefusalFor(settings.TimeZone) is { } refusal)
            {
                return refusal;
            }

            if (!read.PolicyExists)
            {
                return Refusal.Rule("dunning_policy_not_found", $"There is no dunning policy {settings.DunningPolicy}.", "dunning_policy");
            }

            if (!read.SellerExists)
            {
                return AccountDecider.SellerNotFound(settings.LegalEntity);
            }

            var created = new AccountState(Id, settings, now, FactsVersion: 1);
            return AccountPayers.RefusalOf(null, created, read.Payer) is { } refused
                ? refused
                : Commit(null, created, now, AccountView.Render(created, balance: 0), status: 201, BillingEvent.Of("account.created", Id, Id), read.Payer);
        });

    /// <inheritdoc/>
    public Task<CommandAnswer> Update(CommandKey key, Instant now, AccountPatch patch) =>
        ExecuteAsync(key, () => ReadAsync(patch), (state, read) =>
        {
            if (state is null)
            {
                return NotFound();
            }

            var decided = AccountDecider.Update(state, patch, read.InUse, read.PolicyExists, read.SellerExists);
            return (decided.Refusal ?? AccountPayers.RefusalOf(state, decided.Value, read.Payer)) is { } refusal
                ? refusal
                : Commit(state, decided.Value, now, AccountView.Render(decided.Value, read.Balance), 200, BillingEvent.Of("account.updated", Id, Id), read.Payer);
        });

    /// <inheritdoc/>
    public async Task<CommandAnswer> AddPaymentMethod(CommandKey key, Instant now, string gateway, string token, bool makeDefault, ImmutableSortedDictionary<string, string> metadata)
    {
        var port = gateways.FirstOrDefault(candidate => candidate.Name == gateway);
        if (port is null)
        {
            return CommandAnswers.Of(Refusal.Rule("gateway_not_available", $"Gateway {gateway} is not set up here.", "gateway"));
        }

        return await ExecuteAsync(key, () => port.ValidateTokenAsync(token, CancellationToken.None), (state, fault) =>
        {
            if (state is null)
            {
                return NotFound();
            }

            if (fault is not null)
            {
                return Refusal.Rule("payment_method_refused", fault, "token");
            }

            var method = new AccountPaymentMethod(new IdSource($"{key.Scope}/{key.Key}", now).Next("pm"), gateway, token, now) { Metadata = metadata };
            var decided = AccountDecider.AddMethod(state, method, makeDefault);
            return decided.Refusal is { } refusal
                ? refusal
                : CommitMethods(
                    state, decided.Value, now, AnswerJson.Write(PaymentMethodView.Of(decided.Value, method)), 201,
                    BillingEvent.Of("payment_method.attached", Id, method.Id, ("gateway", gateway), ("default", decided.Value.DefaultMethod == method.Id)));
        });
    }

    /// <inheritdoc/>
    public Task<CommandAnswer> SetDefaultPaymentMethod(CommandKey key, Instant now, string method) =>
        ChangeMethod(key, now, method, AccountDecider.SetDefault, "payment_method.default_changed");

    /// <inheritdoc/>
    public Task<CommandAnswer> RemovePaymentMethod(CommandKey key, Instant now, string method) =>
        ChangeMethod(key, now, method, AccountDecider.RemoveMethod, "payment_method.detached");

    /// <inheritdoc/>
    public Task<CommandAnswer> AdjustBalance(CommandKey key, Instant now, long amount, string currency, string reason) =>
        ExecuteAsync(key, () => billingFacts.FindAsync(Id), (state, facts) =>
        {
            if (state is null || facts is null)
            {
                return NotFound();
            }

            var id = new IdSource($"{key.Scope}/{key.Key}", now).Next("adj");
            var decided = AccountDecider.AdjustBalance(state, id, amount, currency, reason, facts.CreditBalance, now);
            if (decided.Refusal is { } refusal)
            {
                return refusal;
            }

            var view = new BalanceAdjustmentView(id, "balance_adjustment", Id, amount, currency, reason, facts.CreditBalance + amount, now);
            var write = new TurnWrite { Account = Id, At = now, Documents = decided.Value };
            return TurnDecision<AccountState>.Commit(state, write, AnswerJson.Write(view), status: 201);
        });

    private Task<CommandAnswer> ChangeMethod(
        CommandKey key, Instant now, string method, Func<AccountState, string, Decided<AccountState>> decide, string type) =>
        ExecuteAsync(key, state =>
        {
            if (state is null)
            {
                return NotFound();
            }

            var decided = decide(state, method);
            if (decided.Refusal is { } refusal)
            {
                return refusal;
            }

            var shown = decided.Value.Methods.Concat(state.Methods).First(stored => stored.Id == method);
            return CommitMethods(state, decided.Value, now, AnswerJson.Write(PaymentMethodView.Of(decided.Value, shown)), 200, BillingEvent.Of(type, Id, method));
        });

    private TurnDecision<AccountState> CommitMethods(
        AccountState before, AccountState after, Instant now, string answer, int status, BillingEvent told)
    {
        var detached = before.Methods.Where(old => after.Methods.All(kept => kept.Id != old.Id)).Select(old => AccountDecider.RowOf(after, old, now));
        var kept = after.Methods.Select(method => AccountDecider.RowOf(after, method));
        return Commit(before, after, now, answer, status, told, new PayerRead(null), [.. detached, .. kept]);
    }

    private TurnDecision<AccountState> Commit(
        AccountState? before, AccountState after, Instant now, string answer, int status, BillingEvent told, PayerRead payer, params ReadOnlySpan<ProjectionRow> rows) =>
        TurnDecision<AccountState>.Commit(
            after,
            new TurnWrite
            {
                Account = Id,
                At = now,
                Documents = Documents.None with { Events = [told] },
                // A payer that is named stays as he was seen: he must not become billed to another meanwhile.
                PayersSeen = payer.Parent is { } parent ? [new FactsSeen(parent.Account, parent.Version) { Held = true }] : [],
                Rows = [.. AccountDecider.Rows(before, after), .. rows],
                Due = AccountPayers.Changed(before, after, now),
            },
            answer,
            status);

    private async Task<(bool PolicyExists, bool SellerExists, PayerRead Payer)> ReadAsync(AccountSettings settings) =>
        (await use.DunningPolicyExistsAsync(settings.DunningPolicy), await use.LegalEntityExistsAsync(settings.LegalEntity),
            new PayerRead(await PayerAsync(settings.BilledTo)));

    private async Task<AccountFacts?> PayerAsync(string? account) => account is { Length: > 0 } ? (await billingFacts.FindAsync(account))?.Account : null;

    private async Task<(bool InUse, bool PolicyExists, bool SellerExists, long Balance, PayerRead Payer)> ReadAsync(AccountPatch patch)
    {
        var inUse = patch.Currency is not null && await use.IsInUseAsync(Id);
        var policyExists = patch.DunningPolicy is null || await use.DunningPolicyExistsAsync(patch.DunningPolicy);
        var sellerExists = patch.LegalEntity is null || await use.LegalEntityExistsAsync(patch.LegalEntity);
        var facts = await billingFacts.FindAsync(Id);
        var payer = new PayerRead(patch.BilledTo is not null || patch.Currency is not null ? await PayerAsync(patch.BilledTo ?? facts?.Account.BilledTo) : null);
        payer = patch.BilledTo is null ? payer : payer with
        {
            PaysForOthers = await use.PaysForOthersAsync(Id),
            LinesWait = await use.LinesWaitAsync(Id),
        };
        return (inUse, policyExists, sellerExists, facts?.CreditBalance ?? 0, payer);
    }

    private Refusal NotFound() => Refusal.NotFound("account_not_found", $"There is no account {Id}.");
}
