using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Invoicing;

public static partial class InvoiceDecider
{
    /// <summary>
    /// Records money received outside of the gateways; on an uncollectible invoice it recovers bad debt. 400 <c>invalid_amount</c>; 422 <c>invoice_not_open</c>,
    /// <c>amount_above_remaining</c>; 409 <c>payment_in_progress</c>.
    /// </summary>
    public static Decided<InvoiceTurn> RecordPayment(
        InvoiceState state, CollectionFacts facts, long amount, string reference, string method, IdSource ids, Instant now)
    {
        if (amount <= 0)
        {
            return Refusal.Invalid("invalid_amount", "The amount must be above zero.", "amount");
        }

        if (!IsOwed(state))
        {
            return NotOpen(state);
        }

        if (Away(state) is not null)
        {
            return InProgress();
        }

        if (amount > state.AmountRemaining)
        {
            return Refusal.Rule("amount_above_remaining", $"Only {state.AmountRemaining} minor units remain to be paid.", "amount");
        }

        var change = new InvoiceChange(state, facts, now);
        var dropped = DropQueued(change);
        var payment = new Payment(ids.Next("pay"), state.Account, state.Id, state.Currency, amount, PaymentStatus.Succeeded, 0, now, reference);
        var attempt = new PaymentAttempt(
            ids.Next("att"), payment.Id, state.Id, state.Account, 1, Manual, Method: null, method, state.Currency, amount, AttemptStatus.Succeeded, now)
        {
            GatewayReference = reference,
            CompletedAt = now,
        };
        change.Write(payment);
        change.Write(attempt, expected: null);
        change.Post(
            $"payment:{attempt.Id}:succeeded",
            new Posting(LedgerAccount.OffGateway, Owed(state), amount));
        change.Set(change.State with { AmountPaid = state.AmountPaid + amount });
        change.Tell("payment.succeeded", payment.Id, ("attempt", attempt.Id), ("amount", amount), ("gateway", Manual), ("reference", reference), ("method", method));
        SettleWherePaid(change);
        if (dropped is { Method: { } queuedMethod } && change.State.AmountRemaining > 0)
        {
            Queue(change, new PaymentMethodRef(queuedMethod, dropped.Gateway, dropped.Token), ids);
        }

        return change.Done();
    }

    /// <summary>
    /// Prepares a refund: a pending row that is committed before the gateway is called. Money received outside of the
    /// gateways is sent back outside of them too, so that its refund is done at once. The invoice stays as it is. 404
    /// <c>payment_not_found</c>; 400 <c>invalid_amount</c>; 422 <c>refund_above_received</c>.
    /// </summary>
    public static Decided<InvoiceTurn> RequestRefund(
        InvoiceState state, CollectionFacts facts, string payment, long? amount, string reason, string refundId, Instant now)
    {
        if (state.Payments.FirstOrDefault(item => item.Id == payment) is not { } found)
        {
            return Refusal.NotFound("payment_not_found", "The invoice has no such payment.", "payment");
        }

        if (amount <= 0)
        {
            return Refusal.Invalid("invalid_amount", "The amount must be above zero.", "amount");
        }

        var left = Refundable(state, found);
        var asked = amount ?? left;
        if (asked > left || left == 0)
        {
            return Refusal.Rule("refund_above_received", $"Only {left} minor units of this payment can be refunded.", "amount");
        }

        var change = new InvoiceChange(state, facts, now);
        var refund = new Refund(refundId, found.Id, state.Id, state.Account, state.Currency, asked, RefundStatus.Pending, reason, now);
        change.Write(refund);
        if (ChargeOf(state, found.Id).Gateway is Manual)
        {
            CompleteRefund(change, refund, reference: null, LedgerAccount.OffGateway);
        }

        return change.Done();
    }

    /// <summary>Books what became of a refund; not known or not final yet leaves it pending.</summary>
    public static InvoiceTurn RefundOutcome(InvoiceState state, CollectionFacts facts, string refund, AttemptOutcome outcome, Instant now)
    {
        var change = new InvoiceChange(state, facts, now);
        if (state.Refunds.FirstOrDefault(item => item.Id == refund) is { Status: RefundStatus.Pending } pending)
        {
            switch (outcome)
            {
                case AttemptOutcome.Succeeded succeeded:
                    CompleteRefund(change, pending, succeeded.Reference, LedgerAccount.GatewayClearing);
                    break;
                case AttemptOutcome.Declined declined:
                    FailRefund(change, pending, declined.Code);
                    break;
                case AttemptOutcome.Processing or AttemptOutcome.Unknown:
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(outcome), outcome, message: null);
            }
        }

        return change.Done();
    }

    /// <summary>
    /// Minor units of a payment that can still be sent back: refunds under way count, and money moved to the balance is gone,
    /// whether as a surplus or by credit of the invoice's lines (<see cref="Refundable(InvoiceState)"/>).
    /// </summary>
    public static long Refundable(InvoiceState state, Payment payment) => Math.Min(ReceivedLessRefunds(state, payment), Refundable(state));

    /// <summary>
    /// Minor units of all its payments together that can still be sent back (rules.md, "Invoices"): the money received less
    /// what was given back. What credits of its lines gave to the balance came of the balance that it took first, as when it
    /// is voided; only what they gave beyond that is money. Never below zero.
    /// </summary>
    public static long Refundable(InvoiceState state)
    {
        var taken = state.CreditApplied - state.CreditArrived;
        var given = state.CreditSettled - state.CreditArrived - state.CreditRefunded;
        return Math.Max(state.Payments.Sum(payment => ReceivedLessRefunds(state, payment)) - Math.Max(given - taken, 0), 0);
    }

    private static long ReceivedLessRefunds(InvoiceState state, Payment payment) => payment.Status is not PaymentStatus.Succeeded
        ? 0
        : payment.Amount - payment.Credited - state.Refunds
            .Where(refund => refund.Payment == payment.Id && refund.Status is not RefundStatus.Failed)
            .Sum(static refund => refund.Amount);

    /// <summary>The attempt by which a payment's money came.</summary>
    public static PaymentAttempt ChargeOf(InvoiceState state, string payment) =>
        state.Attempts.Last(attempt => attempt.Payment == payment && attempt.Status is AttemptStatus.Succeeded);

    /// <summary>The gateway refused. What a credit note owes the customer goes to the credit balance instead.</summary>
    private static void FailRefund(InvoiceChange change, Refund pending, string code)
    {
        change.Write(pending with { Status = RefundStatus.Failed, FailureCode = code });
        var toBalance = pending.CreditNote is null ? 0 : pending.Amount;
        if (toBalance > 0)
        {
            var cause = $"refund:{pending.Id}:failed";
            change.Post(cause, new Posting(LedgerAccount.RefundsPayable, LedgerAccount.CustomerCredit, toBalance));
            change.GiveCredit(toBalance, cause);
            change.Set(change.State with { CreditRefunded = change.State.CreditRefunded - toBalance });
        }

        change.Tell(
            "refund.failed", pending.Id, ("payment", pending.Payment), ("amount", pending.Amount), ("failure_code", code), ("to_balance", toBalance));
    }

    private static void CompleteRefund(InvoiceChange change, Refund pending, string? reference, LedgerAccount from)
    {
        change.Write(pending with { Status = RefundStatus.Succeeded, GatewayReference = reference });
        var payment = change.State.Payments.Single(item => item.Id == pending.Payment);
        change.Write(payment with { Refunded = payment.Refunded + pending.Amount });
        var owed = pending.CreditNote is null ? LedgerAccount.Refunds : LedgerAccount.RefundsPayable;
        change.Post($"refund:{pending.Id}:succeeded", new Posting(owed, from, pending.Amount));
        change.Tell("refund.succeeded", pending.Id, ("payment", pending.Payment), ("amount", pending.Amount), ("reason", pending.Reason));
    }
}
