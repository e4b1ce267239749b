using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Schedule;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>What the schedule asks of an invoice: collection, credits on their way, refunds.</summary>
public sealed partial class InvoiceGrain
{
    // A call sends at most this many attempts: one that was queued, and one for what a credit left.
    private const int MaxRounds = 4;

    /// <inheritdoc/>
    public async Task<DueAnswer> RunDue(RunDue message)
    {
        if (!await BeginAsync(message.Facts))
        {
            throw new InvalidOperationException($"Work is due for {this.GetPrimaryKeyString()}, which has no rows.");
        }

        switch (message.Kind)
        {
            case DueKind.Refund:
                await SendRefundsAsync(message.Now);
                await ApplyCreditsAsync(message.Now);
                break;
            case DueKind.Finalize when State.Status is InvoiceStatus.Draft && CollectionPause.TermsOfIssue(Pause, asked: false, message.Now) is { } terms:
                await FinalizeAsync(message.Now, terms);
                await CollectAsync(message.Now, ask: false);
                break;
            case DueKind.Finalize:
                await CloseRowAsync(DueKind.Finalize, message.Now);
                break;
            case DueKind.CreditArrived when State.Status is InvoiceStatus.Draft:
                // It waits for the issue of the draft, which makes the row anew.
                await CloseRowAsync(DueKind.CreditArrived, message.Now);
                break;
            case DueKind.CreditArrived:
                await CollectAsync(message.Now, ask: false);
                await CloseCreditRowAsync(message.Now);
                break;
            default:
                await CollectAsync(message.Now, ask: false);
                break;
        }

        // The schedule comes back in days, if at all: nothing of the invoice stays in memory until then.
        DeactivateOnIdle();
        return HandedOver;
    }

    /// <inheritdoc/>
    public async Task<DueAnswer> AskGateway(Instant now)
    {
        if (await BeginAsync(facts: null))
        {
            if (State.Attempts.Any(attempt => attempt.IsOpen))
            {
                await CollectAsync(now, ask: true);
            }

            await SendRefundsAsync(now);
        }

        return HandedOver;
    }

    /// <summary>
    /// Goes on with collection: applies credits, takes the step that is due, sends what is queued, asks for what is under
    /// way. <paramref name="ask"/> asks even where the gateway has said that it will know later only.
    /// </summary>
    private async Task CollectAsync(Instant now, bool ask)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            await ApplyCreditsAsync(now);
            if (State.Attempts.LastOrDefault(attempt => attempt.IsOpen) is not { } open)
            {
                await TurnAsync(now, facts => InvoiceDecider.StepDue(State, facts, Ids(now), now), new TurnOptions(FactsMatter: true));
                if (!State.Attempts.Any(attempt => attempt.IsOpen))
                {
                    return;
                }
            }
            else if (open.Status is AttemptStatus.Queued)
            {
                if (await SendAsync(open, now) && Credits.IsEmpty && Ordered.IsEmpty)
                {
                    return;
                }
            }
            else
            {
                await AskAsync(open, now, ask);
                if ((Credits.IsEmpty && Ordered.IsEmpty) || State.Attempts.Any(attempt => attempt.IsOpen))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Sends a queued attempt. False where it may not be sent after all: it is looked at again.</summary>
    private async Task<bool> SendAsync(PaymentAttempt queued, Instant now)
    {
        if (InvoiceDecider.MustNotSend(State, await FactsAsync()))
        {
            await TurnAsync(now, facts => InvoiceDecider.SkipBlocked(State, facts, now));
            return true;
        }

        if (!await gate.MarkSentAsync(queued.Id, now))
        {
            // Dropped by another activation, or credit is on its way: what the rows say now decides.
            await ReloadAsync();
            return false;
        }

        Mirror(InvoiceDecider.AttemptSent(State, queued.Id, now));
        await BookAsync(queued.Id, await gateways.ChargeAsync(queued, now), now);
        return true;
    }

    private async Task AskAsync(PaymentAttempt away, Instant now, bool ask)
    {
        var later = away is { Status: AttemptStatus.Processing, AskAgainAt: { } at } && at > now && !ask;
        var outcome = later ? new AttemptOutcome.Unknown() : await gateways.FindOrChargeAsync(away, now);
        await BookAsync(away.Id, outcome, now);
    }

    private Task<Decided<InvoiceTurn>> BookAsync(string attempt, AttemptOutcome outcome, Instant now) =>
        TurnAsync(now, facts => InvoiceDecider.Outcome(State, facts, attempt, outcome, now));

    /// <summary>
    /// Applies credits on their way, each in a turn of its own, and makes the credit notes that were ordered; none while an attempt is
    /// under way or it is a draft.
    /// </summary>
    private async Task ApplyCreditsAsync(Instant now)
    {
        while (!Credits.IsEmpty && State.Status is not InvoiceStatus.Draft && !State.Attempts.Any(attempt => attempt.IsOpen && attempt.Status is not AttemptStatus.Queued))
        {
            var credit = Credits[0];
            await TurnAsync(
                now,
                facts => Credits.Any(item => item.Id == credit.Id)
                    ? InvoiceDecider.CreditArrived(State, facts, credit, Ids(now), now, Credits.Sum(item => item.Amount))
                    : InvoiceDecider.StepDue(State, facts, Ids(now), now),
                new TurnOptions(MoreDue: () => Ordered.IsEmpty && Credits.All(item => item.Id == credit.Id) ? [Due(DueKind.CreditArrived, at: null)] : []));
            await RefreshCreditsAsync();
        }

        await MakeOrderedNotesAsync(now);
    }

    /// <summary>Deletes the row of arrived credit, or lets it wait for the attempt that is under way.</summary>
    private async Task CloseCreditRowAsync(Instant now)
    {
        await RefreshCreditsAsync();
        await ApplyCreditsAsync(now);
        if (_withoutRoom is { } without)
        {
            // All else is done. The row stays, and after a few tries is left to a person.
            throw new InvalidOperationException($"{without.Code}: {without.Detail}");
        }

        Instant? next = null;
        await TurnAsync(
            now,
            facts =>
            {
                // An ordered credit note may wait for a refund, too.
                next = new[] { Domain.Dunning.CollectionCalendar.NextAt(State, facts.Policy, now), RefundCalendar.NextAt(State, now) }.Min();
                return new InvoiceTurn(State, Documents.None, Domain.Dunning.CollectionCalendar.NextAt(State, facts.Policy, now), RefundCalendar.NextAt(State, now), CollectionChanged: false);
            },
            new TurnOptions(MoreDue: () => [Credits.IsEmpty && Ordered.IsEmpty ? Due(DueKind.CreditArrived, at: null) : Due(DueKind.CreditArrived, now, next)]));
    }

    private async Task SendRefundsAsync(Instant now)
    {
        foreach (var refund in State.Refunds)
        {
            if (refund.Status is RefundStatus.Pending)
            {
                await SendRefundAsync(refund, now);
            }
        }
    }

    private async Task SendRefundAsync(Refund refund, Instant now)
    {
        var outcome = await gateways.RefundAsync(State, refund, now);
        await TurnAsync(now, facts => InvoiceDecider.RefundOutcome(State, facts, refund.Id, outcome, now));
    }
}
