using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Alerts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Wallets;

/// <summary>
/// Writes to an account's grants what usage that is not billed yet has used of them. It keeps nothing, and no invoice looks at it. It
/// asks subscriptions what their usage has come to.
/// </summary>
[CollectionAgeLimit(Minutes = 2)]
public sealed class AccountWalletsGrain(IUnbilledUsage usage, IBillingFacts accounts, ITurnCommitter committer) : Grain, IAccountWalletsGrain
{
    private const int MaxTries = 5;

    /// <summary>Subscriptions that are asked at one time: a payer may have thousands.</summary>
    private const int AskedAtOnce = 16;

    private string Account => this.GetPrimaryKeyString()[AccountWallets.KeyOf("").Length..];

    /// <inheritdoc/>
    public async Task<DueAnswer> RunDue(RunDue message)
    {
        for (var i = 0; i < MaxTries; i++)
        {
            // Lines that wait are read before usage that counts: what becomes a line meanwhile is missing for a moment, and never counts twice.
            var unbilled = await usage.ReadAsync(Account);
            var write = await accounts.FindAsync(Account) is { } billing ? await LookAsync(unbilled, billing, message.Now) : new TurnWrite { At = message.Now };
            write = write with { Account = Account, Due = [.. write.Due, .. Done(unbilled)] };
            if (write.Rows.IsEmpty && write.Due.IsEmpty)
            {
                return new DueAnswer([]);
            }

            try
            {
                await committer.CommitAsync(write, static () => Task.CompletedTask);
                return new DueAnswer(write.HandedOver(this.GetPrimaryKeyString()));
            }
            catch (TurnConflictException)
            {
                // Usage was billed meanwhile, or a grant has ended: what is left of both is read again.
            }
        }

        throw new TurnConflictException("wallet");
    }

    private async Task<TurnWrite> LookAsync(UnbilledUsage unbilled, BillingFacts billing, Instant now)
    {
        // What happens now is used already: a test clock stands still at it.
        var accrued = await SideBySide.AskAsync(
            billing.Prepaid.IsEmpty ? [] : unbilled.Subscriptions, AskedAtOnce,
            subscription => GrainFactory.GetGrain<ISubscriptionGrain>(subscription).AccruedInTime(now + AlertValues.Moment));
        var burnt = ProvisionalBurn.Of(Account, billing.Prepaid, accrued.SelectMany(static used => used), unbilled.Lines, now);
        PrepaidGrant Burnt(PrepaidGrant held) => held with { Grant = held.Grant with { Provisional = burnt.GetValueOrDefault(held.Grant.Id) } };
        var changed = billing.Prepaid.Where(held => burnt.GetValueOrDefault(held.Grant.Id) != held.Grant.Provisional).ToList();
        return new TurnWrite
        {
            At = now,
            Rows = [.. changed.Select(held => new ProvisionalRow(held.Grant, burnt.GetValueOrDefault(held.Grant.Id)))],
            Due =
            [
                .. changed.Exists(static held => held.IsWatched) ? [AccountAlerts.Due(billing.Account, now)] : ImmutableArray<DueWrite>.Empty,
                .. billing.Prepaid.Select(Burnt).GroupBy(static held => held.Wallet.Id, StringComparer.Ordinal)
                    .Where(wallet => changed.Exists(held => held.Wallet.Id == wallet.Key) && ReachesTopUp([.. wallet], now))
                    .Select(wallet => new DueWrite(new DueKey(DueTargets.Wallet, wallet.Key, DueKind.WalletChanged), Account, billing.Account.Clock, now)),
            ],
        };
    }

    private static bool ReachesTopUp(ImmutableArray<PrepaidGrant> held, Instant now) =>
        WalletDecider.NeedsTopUp(new WalletState(held[0].Wallet, [.. held.Select(static each => each.Grant)], []), now);

    private ImmutableArray<DueWrite> Done(UnbilledUsage unbilled) => unbilled.Asked is { } seen
        ? [new DueWrite(AccountWallets.RowOf(Account), Account, AccountFacts.LiveClock, null) { OnlyAs = seen }]
        : [];
}
