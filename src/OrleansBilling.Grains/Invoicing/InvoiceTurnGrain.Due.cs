using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>The rows of due work that a turn of an invoice writes, for itself and for others.</summary>
public abstract partial class InvoiceTurnGrain
{
    /// <summary>What the turn made due for others; who changes a grouped invoice by a call sees at once what becomes of its subscriptions.</summary>
    private async Task HandOverAsync(TurnWrite write)
    {
        _handedOver.AddRange(write.HandedOver(State.Id));
        if (_commanded && !write.GroupsChanged.IsEmpty)
        {
            var subscriptions = await rows.SubscriptionsAsync(State.Id, MostHandedOver);
            _handedOver.AddRange(subscriptions.Select(subscription => new DueKey(DueTargets.Subscription, subscription, DueKind.CollectionChanged)));
        }
    }

    private ImmutableArray<DueWrite> DueOf(Instant now, InvoiceTurn turn, ImmutableArray<DueWrite> more)
    {
        var state = turn.State;
        var due = ImmutableArray.CreateBuilder<DueWrite>();
        due.Add(Due(DueKind.Collect, turn.CollectAt));
        if (State.Status is InvoiceStatus.Draft && state.Status is not InvoiceStatus.Draft)
        {
            due.Add(Due(DueKind.Finalize, at: null));
            if (Arriving > 0)
            {
                due.Add(Due(DueKind.CreditArrived, now));
            }
        }

        if (!state.Refunds.IsEmpty)
        {
            due.Add(Due(DueKind.Refund, turn.RefundAt));
        }

        if (turn.CollectionChanged && !state.Grouped)
        {
            due.Add(new DueWrite(new DueKey(DueTargets.Subscription, state.Subscription!, DueKind.CollectionChanged), state.Account, state.Clock, now));
        }

        if (state.Wallet is { } wallet && state.Status != State.Status)
        {
            due.Add(new DueWrite(new DueKey(DueTargets.Wallet, wallet, DueKind.WalletChanged), state.Account, state.Clock, now));
        }

        due.AddRange(InvoiceDue.OfWallets(turn.Documents.Wallets, state.Clock, now));
        due.AddRange(more);
        return due.DrainToImmutable();
    }

    /// <summary>A row of due work of this invoice; a null instant deletes it.</summary>
    protected DueWrite Due(DueKind kind, Instant? at, Instant? runAt = null) =>
        new(new DueKey(DueTargets.Invoice, State.Id, kind), State.Account, State.Clock, at, runAt);
}
