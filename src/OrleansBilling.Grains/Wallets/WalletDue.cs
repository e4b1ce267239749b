using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Alerts;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Wallets;

/// <summary>
/// The rows of due work of a wallet. A turn writes one only where it must stand earlier than before; a row that stands too
/// early is moved when it is run, which spares a storm of holds its updates.
/// </summary>
internal static class WalletDue
{
    private static readonly DueKind[] Kinds = [DueKind.HoldExpiry, DueKind.GrantExpiry, DueKind.GrantReset];

    /// <summary>Rows that a command must write: what is due earlier than before, and a top-up that its use asks for.</summary>
    public static ImmutableArray<DueWrite> Earlier(WalletState before, WalletState after, AccountFacts account, Instant now)
    {
        var due = ImmutableArray.CreateBuilder<DueWrite>();
        foreach (var kind in Kinds)
        {
            if (WalletCalendar.NextAt(after, kind, now) is { } at && !(WalletCalendar.NextAt(before, kind, now) <= at))
            {
                due.Add(Row(after, account, kind, at));
            }
        }

        if (before.IsPassed(before.Available(now), after.Available(now)))
        {
            due.Add(AccountAlerts.Due(account, now));
        }

        if (WalletDecider.NeedsTopUp(after, now))
        {
            due.Add(Row(after, account, DueKind.WalletChanged, now));
        }

        return due.DrainToImmutable();
    }

    /// <summary>All rows as they shall stand after a run. What time or an invoice has changed is told here: alerts are looked at.</summary>
    public static ImmutableArray<DueWrite> Whole(WalletState after, AccountFacts account, SeenRow? asked, Instant now) =>
    [
        .. after.Watched.IsEmpty ? ImmutableArray<DueWrite>.Empty : [AccountAlerts.Due(account, now)],
        .. Kinds.Select(kind => Row(after, account, kind, WalletCalendar.NextAt(after, kind, now))),
        .. asked is { } seen ? [Row(after, account, DueKind.WalletChanged, null) with { OnlyAs = seen }] : ImmutableArray<DueWrite>.Empty,
    ];

    private static DueWrite Row(WalletState state, AccountFacts account, DueKind kind, Instant? at) =>
        new(new DueKey(DueTargets.Wallet, state.Wallet.Id, kind), account.Account, account.Clock, at);
}
