using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Wallets;

/// <summary>Runs a wallet's turns on its rows. It calls no other grain.</summary>
[CollectionAgeLimit(Minutes = 2)]
public sealed class WalletGrain(IWalletRows rows, IBillingFacts accounts, ITurnCommitter committer, ICommandLog commands) : Grain, IWalletGrain
{
    private const int MaxTries = 5;

    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public async Task<CommandAnswer> Open(CommandKey key, Instant now, string account, WalletOrder order)
    {
        if (await commands.FindAsync(key.Scope, key.Key) is { } known)
        {
            return Replay(known, key);
        }

        if (await accounts.FindAsync(account) is not { } billing)
        {
            return CommandAnswers.Of(Refusal.NotFound("account_not_found", $"There is no account {account}.", "account"));
        }

        if (WalletDecider.RefusalOfAnother(await rows.CountAsync(account)) is { } full)
        {
            return CommandAnswers.Of(full);
        }

        var decided = WalletDecider.Open(Id, order, billing.Account, Ids(key, now), now);
        if (decided.Refusal is { } refusal)
        {
            return CommandAnswers.Of(refusal);
        }

        var turn = decided.Value;
        var due = WalletDue.Earlier(turn.State, turn.State, billing.Account, now);
        if (await TryCommitAsync(key, now, turn, billing.Account, due, WalletView.Render(turn.State, now), 201) is { } answer)
        {
            return WalletDecider.NeedsTopUp(turn.State, now) ? await TopUpAsync(answer, now) : answer;
        }

        return await commands.FindAsync(key.Scope, key.Key) is { } made
            ? Replay(made, key)
            : CommandAnswers.Of(Refusal.Conflict("try_again", "Other changes came in between; send the request again."));
    }

    /// <inheritdoc/>
    public Task<CommandAnswer> Update(CommandKey key, Instant now, WalletPatch patch) => RunAsync(
        key, now, null, OfAccount, (state, _, ids) => WalletDecider.Update(state, patch.ApplyTo, ids, now), turn => WalletView.Render(turn.State, now));

    /// <inheritdoc/>
    public Task<CommandAnswer> Grant(CommandKey key, Instant now, GrantOrder order) => RunAsync(
        key, now, null, account => FactsAsync(account.Account), (state, billing, ids) => WalletDecider.Grant(state, order, billing, ids, now),
        turn => Kernel.AnswerJson.Write(GrantView.Of(turn.State.Wallet, turn.State.Grants[^1], now)), 201);

    /// <inheritdoc/>
    public Task<CommandAnswer> VoidGrant(CommandKey key, Instant now, string grant) => RunAsync(
        key, now, null, OfAccount, (state, _, ids) => WalletDecider.VoidGrant(state, grant, ids, now),
        turn => Kernel.AnswerJson.Write(GrantView.Of(turn.State.Wallet, turn.State.Grants.First(one => one.Id == grant), now)));

    /// <inheritdoc/>
    public Task<CommandAnswer> Debit(CommandKey key, Instant now, decimal amount, string reason) => RunAsync(
        key, now, null, OfAccount, (state, _, ids) => WalletDecider.Debit(state, ids.Next("debit"), amount, reason, ids, now),
        turn => WalletView.Render(turn.State, now), 201);

    /// <inheritdoc/>
    public Task<CommandAnswer> Hold(CommandKey key, Instant now, string id, decimal amount, long expiresInSeconds) => RunAsync(
        key, now, null, OfAccount, (state, _, ids) => WalletDecider.Hold(state, id, amount, Duration.FromSeconds(expiresInSeconds), ids, now),
        turn => RenderHold(turn, id), 201);

    /// <inheritdoc/>
    public Task<CommandAnswer> Commit(CommandKey key, Instant now, string hold, decimal amount, OverHold over) => RunAsync(
        key, now, hold, OfAccount, (state, account, ids) => WalletDecider.Commit(state, hold, amount, over, account, ids, now), turn => RenderHold(turn, hold));

    /// <inheritdoc/>
    public Task<CommandAnswer> Release(CommandKey key, Instant now, string hold) => RunAsync(
        key, now, hold, OfAccount, (state, _, ids) => WalletDecider.Release(state, hold, ids, now), turn => RenderHold(turn, hold));

    /// <inheritdoc/>
    public async Task<DueAnswer> RunDue(RunDue message)
    {
        for (var i = 0; i < MaxTries; i++)
        {
            // Read before the wallet: what is written after it asks for another run.
            var asked = await rows.ChangedRowAsync(Id);
            var state = await rows.FindAsync(Id, message.Now, null)
                ?? throw new InvalidOperationException($"Work is due for {Id}, which has no rows.");
            var billing = await FactsAsync(state.Wallet.Account);
            // A test clock stands still between two runs: what asked for the run, and the newest grant, tell them apart.
            var seed = $"{Id}/due/{message.Now}/{i}/{asked?.Mark}/{state.Grants.LastOrDefault()?.Id}";
            var turn = WalletDecider.Due(state, billing, new IdSource(seed, message.Now), message.Now);
            var write = Write(turn, billing.Account, message.Now) with
            {
                Due = [.. WalletDue.Whole(turn.State, billing.Account, asked, message.Now), .. Invoicing.InvoiceDue.Of(turn.Documents, billing.Account, message.Now)],
            };
            if (await TryCommitAsync(write))
            {
                DeactivateOnIdle();
                return new DueAnswer(write.HandedOver(Id));
            }
        }

        throw new TurnConflictException("wallet");
    }

    /// <summary>Runs a command's turn: known key, decide, commit once; decided again on fresh rows where a condition was missed.</summary>
    private async Task<CommandAnswer> RunAsync<TFacts>(
        CommandKey key, Instant now, string? hold, Func<AccountFacts, Task<TFacts>> facts,
        Func<WalletState, TFacts, IdSource, Decided<WalletTurn>> decide, Func<WalletTurn, string> render, int status = 200)
    {
        for (var i = 0; i < MaxTries; i++)
        {
            var read = await rows.ReadAsync(Id, now, hold, key);
            if (read.Known is { } known)
            {
                return Replay(known, key);
            }

            if (read is not { State: { } state, Account: { } account })
            {
                return CommandAnswers.Of(Refusal.NotFound("wallet_not_found", $"There is no wallet {Id}."));
            }

            var decided = decide(state, await facts(account), Ids(key, now));
            if (decided.Refusal is { } refusal)
            {
                return CommandAnswers.Of(refusal);
            }

            var turn = decided.Value;
            var due = WalletDue.Earlier(state, turn.State, account, now);
            if (await TryCommitAsync(key, now, turn, account, due, render(turn), status) is { } answer)
            {
                return WalletDecider.NeedsTopUp(turn.State, now) ? await TopUpAsync(answer, now) : answer;
            }
        }

        return CommandAnswers.Of(Refusal.Conflict("try_again", "Other changes came in between each time; send the request again."));
    }

    /// <summary>Buys at once what a use asks for, in a turn of its own; should it fail, its row of due work stands.</summary>
    private async Task<CommandAnswer> TopUpAsync(CommandAnswer answer, Instant now)
    {
        var bought = await RunDue(new RunDue(now, null, DueKind.WalletChanged));
        return answer with { HandedOver = answer.HandedOver.AddRange(bought.HandedOver) };
    }

    private async Task<CommandAnswer?> TryCommitAsync(
        CommandKey key, Instant now, WalletTurn turn, AccountFacts account, ImmutableArray<DueWrite> due, string body, int status)
    {
        var write = Write(turn, account, now) with
        {
            Due = [.. due, .. Invoicing.InvoiceDue.Of(turn.Documents, account, now)],
            Command = new CommandRecord(key.Scope, key.Key, key.RequestHash, status, body),
            Actor = key.Actor,
        };
        return await TryCommitAsync(write)
            ? CommandAnswers.Of(status, body) with { HandedOver = write.HandedOver(Id), At = now }
            : null;
    }

    private async Task<bool> TryCommitAsync(TurnWrite write)
    {
        try
        {
            await committer.CommitAsync(write, static () => Task.CompletedTask);
            return true;
        }
        catch (TurnConflictException)
        {
            return false;
        }
    }

    private static TurnWrite Write(WalletTurn turn, AccountFacts account, Instant now) => new()
    {
        Account = account.Account,
        At = now,
        Documents = turn.Documents,
        // A sold grant bears the account's tax; uses depend on no facts. Where it was decided on newer ones than came with the wallet, it is decided again.
        FactsSeen = turn.Documents.Invoices.IsEmpty ? null : new FactsSeen(account.Account, account.Version),
    };

    /// <summary>For decisions that need no more of the account than the turn has read with its wallet.</summary>
    private static Task<AccountFacts> OfAccount(AccountFacts account) => Task.FromResult(account);

    private async Task<BillingFacts> FactsAsync(string account) =>
        await accounts.FindAsync(account) ?? throw new InvalidOperationException($"The account {account} of {Id} has no facts.");

    private static string RenderHold(WalletTurn turn, string id) => HoldView.Render(turn.State.Wallet, turn.State.Holds.First(hold => hold.Id == id));

    private static IdSource Ids(CommandKey key, Instant now) => new($"{key.Scope}/{key.Key}", now);

    private static CommandAnswer Replay(CommandRecord known, CommandKey key) => CommandAnswers.Replay(known, key);
}
