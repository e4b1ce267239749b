using System.Collections.Immutable;
using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;

namespace OrleansBilling.Grains.Alerts;

/// <summary>
/// Makes an alert, once, and archives it. What it watches is looked at by the grain of each account; one of a plan asks them for it, batch
/// by batch.
/// </summary>
public sealed class AlertGrain(
    [PersistentState("alert", TurnGrain.Storage)] IPersistentState<StateEnvelope<AlertState>> stored,
    ITurnCommitter committer,
    ICommandLog commands,
    IBillingFacts accounts,
    ICatalog catalog,
    IUsage usage,
    IWalletRows wallets,
    IAlertRows rows) : TurnGrain<AlertState>(stored, committer, commands), IAlertGrain
{
    /// <summary>Subscriptions whose accounts one turn asks for a look.</summary>
    private const int AskedAtOnce = 200;

    /// <inheritdoc/>
    public Task<CommandAnswer> Create(CommandKey key, Instant now, Alert alert) => ExecuteAsync(key, () => ReadAsync(alert, now), (state, facts) =>
    {
        if (state is not null)
        {
            return Refusal.Conflict("alert_exists", "This alert exists already; send the request with a new Idempotency-Key.");
        }

        return (AlertRules.Check(alert) ?? facts.Unknown) is { } refusal ? refusal : Commit(new AlertState(alert) { Asks = alert.Plan is not null }, facts.Account, "alert.created", now, 201);
    });

    /// <inheritdoc/>
    public Task<CommandAnswer> Archive(CommandKey key, Instant now) => ExecuteAsync(key, state => state is null
        ? Refusal.NotFound("alert_not_found", $"There is no alert {this.GetPrimaryKeyString()}.")
        : Commit(new AlertState(state.Alert with { ArchivedAt = state.Alert.ArchivedAt ?? now }), null, "alert.archived", now, 200));

    /// <inheritdoc/>
    public async Task<DueAnswer> RunDue(RunDue message)
    {
        if (State is not null)
        {
            await CommitAsync(
                () => State is { Asks: true, Alert: { Plan: { } plan, ArchivedAt: null } }
                    ? rows.HavingAsync(plan, State.AskedUpTo, AskedAtOnce, message.Now)
                    : Task.FromResult(ImmutableArray<WatchedPlan>.Empty),
                (state, found) => Asked(state!, found, message.Now));
        }

        return new DueAnswer([]);
    }

    private static TurnDecision<AlertState> Asked(AlertState state, ImmutableArray<WatchedPlan> found, Instant now)
    {
        var more = found.Length == AskedAtOnce;
        return TurnDecision<AlertState>.Commit(
            state with { Asks = more, AskedUpTo = found.IsEmpty ? state.AskedUpTo : found[^1].Subscription },
            new TurnWrite
            {
                At = now,
                Due = [.. found.DistinctBy(one => one.Account).Select(one => AccountAlerts.Due(one.Account, one.Clock, one.Now)), DueOf(state.Alert.Id, more ? now : null)],
            });
    }

    private static DueWrite DueOf(string alert, Instant? at) => new(new DueKey(DueTargets.Alert, alert, DueKind.AlertCheck), "", AccountFacts.LiveClock, at);

    private static TurnDecision<AlertState> Commit(AlertState state, AccountFacts? account, string type, Instant now, int status)
    {
        var alert = state.Alert;
        var write = new TurnWrite
        {
            Account = alert.Account,
            At = now,
            Rows = [new AlertRow(alert)],
            // What is reached already is told at once.
            Due = account is not null ? [AccountAlerts.Due(account, now)] : state.Asks ? [DueOf(alert.Id, now)] : [],
            Documents = Documents.None with { Events = [BillingEvent.Of(type, alert.Account ?? "", alert.Id, ("kind", alert.Kind.ToString().ToLowerInvariant()), ("plan", alert.Plan), ("meter", alert.Meter))] },
        };
        return TurnDecision<AlertState>.Commit(state, write, AlertView.Render(alert), status);
    }

    private async Task<(AccountFacts? Account, Refusal? Unknown)> ReadAsync(Alert alert, Instant now)
    {
        AccountFacts? account = null;
        if (alert.Account is { } id && (account = (await accounts.FindAsync(id))?.Account) is null)
        {
            return (null, Refusal.NotFound("account_not_found", $"There is no account {id}.", "account"));
        }

        if (alert.Plan is { } plan && await catalog.FindHeaderAsync(plan) is null)
        {
            return (null, Refusal.NotFound("plan_not_found", $"There is no plan {plan}.", "plan"));
        }

        if (alert.Meter is { } meter && await usage.FindMeterAsync(meter) is null)
        {
            return (null, Refusal.NotFound("meter_not_found", $"There is no meter {meter}.", "meter"));
        }

        if (alert.Wallet is { } wallet && (await wallets.FindAsync(wallet, now, null))?.Wallet.Account != alert.Account)
        {
            return (null, Refusal.NotFound("wallet_not_found", $"The account has no wallet {wallet}.", "wallet"));
        }

        return (account, null);
    }
}

/// <summary>An alert as its grain keeps it.</summary>
public sealed record AlertState(Alert Alert)
{
    /// <summary>True while accounts that have its plan are to be asked for a look.</summary>
    public bool Asks { get; init; }

    /// <summary>The last subscription whose account was asked, in the order of ids.</summary>
    public string AskedUpTo { get; init; } = "";
}
