using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Invoicing;

public static partial class InvoiceDecider
{
    /// <summary>
    /// Queues an attempt for what remains, with the given method or the default one; one that was queued is dropped for it,
    /// so that a repeated request finds the attempt that it made. On an uncollectible invoice the money recovers bad debt. 422 <c>invoice_not_open</c>,
    /// <c>no_payment_method</c>, <c>payment_method_blocked</c>; 409 <c>payment_in_progress</c>.
    /// </summary>
    public static Decided<InvoiceTurn> Pay(InvoiceState state, CollectionFacts facts, PaymentMethodRef? method, IdSource ids, Instant now)
    {
        if (!IsOwed(state))
        {
            return NotOpen(state);
        }

        if (Away(state) is not null)
        {
            return InProgress();
        }

        var chosen = method ?? facts.DefaultMethod;
        if (chosen is null)
        {
            return Refusal.Rule("no_payment_method", "The account has no default payment method; add one or name one.", "payment_method");
        }

        if (IsBlocked(state, facts, chosen.Id))
        {
            return Refusal.Rule(
                "payment_method_blocked",
                "The issuer has forbidden to try this payment method again; use another one.",
                "payment_method");
        }

        var change = new InvoiceChange(state, facts, now);
        DropQueued(change);
        Queue(change, chosen, ids);
        return change.Done();
    }

    /// <summary>
    /// Takes the step of the retry schedule that is due, or turns the invoice past due at its due date. Steps missed
    /// meanwhile collapse into one; a step without a usable method counts as a failed attempt. Nothing happens while an
    /// attempt is open.
    /// </summary>
    public static InvoiceTurn StepDue(InvoiceState state, CollectionFacts facts, IdSource ids, Instant now)
    {
        if (state.Held || state.VoidAt is not null)
        {
            return Expired(state, facts, now);
        }

        var change = new InvoiceChange(state, facts, now);
        var idle = state is { Status: InvoiceStatus.Open, AmountRemaining: > 0, Stage: not CollectionStage.Exhausted }
            && !state.Attempts.Any(attempt => attempt.IsOpen);
        var passed = idle ? RetrySchedule.Passed(facts.Policy, state.DueAt, state.TimeZone, now) : 0;
        if (!idle || passed <= state.RetriesDone)
        {
            return change.Done();
        }

        change.Set(state with { RetriesDone = passed });
        if (facts.DefaultMethod is { } method && state.Automatic && !IsBlocked(state, facts, method.Id))
        {
            Queue(change, method, ids);
        }
        else if (state.Automatic)
        {
            TellSkipped(change, facts.DefaultMethod is null ? "no_payment_method" : "payment_method_blocked");
        }

        return change.Done();
    }

    /// <summary>
    /// The step of an invoice without retries: one whose subscription waits for it is voided when its time is over. Where
    /// part of it was received by hand it is not: a person has to say what becomes of that money.
    /// </summary>
    private static InvoiceTurn Expired(InvoiceState state, CollectionFacts facts, Instant now)
    {
        var change = new InvoiceChange(state, facts, now);
        if (!(state.VoidAt <= now) || state.Status is not InvoiceStatus.Open || state.Attempts.Any(attempt => attempt.IsOpen))
        {
            return change.Done();
        }

        var voided = Void(state, facts, now);
        if (voided.IsAccepted)
        {
            return voided.Value;
        }

        change.Set(state with { VoidAt = null, Held = true });
        change.Tell("invoice.not_voided", state.Id, ("reason", voided.Refusal!.Code), ("amount_remaining", state.AmountRemaining));
        return change.Done();
    }

    /// <summary>
    /// True where the queued attempt must not leave the database, since a hard decline forbids its payment method
    /// (on this or another invoice of the account).
    /// </summary>
    public static bool MustNotSend(InvoiceState state, CollectionFacts facts) =>
        Queued(state) is { } queued && IsBlocked(state, facts, queued.Method);

    /// <summary>Drops a queued attempt whose payment method is blocked; it counts as a failed one.</summary>
    public static InvoiceTurn SkipBlocked(InvoiceState state, CollectionFacts facts, Instant now)
    {
        var change = new InvoiceChange(state, facts, now);
        if (DropQueued(change) is not null)
        {
            TellSkipped(change, "payment_method_blocked");
        }

        return change.Done();
    }

    /// <summary>Mirrors in the state what the attempt gate has committed: the attempt is about to leave the database.</summary>
    public static InvoiceState AttemptSent(InvoiceState state, string attempt, Instant now) => state with
    {
        Attempts =
        [
            .. state.Attempts.Select(item => item.Id == attempt && item.Status is AttemptStatus.Queued
                ? item with { Status = AttemptStatus.Sent, SentAt = now }
                : item),
        ],
    };

    /// <summary>Queues an attempt for what remains; its payment is the pending one, or a new one.</summary>
    private static void Queue(InvoiceChange change, PaymentMethodRef method, IdSource ids)
    {
        var state = change.State;
        var payment = (change.PendingPayment ?? new Payment(
            ids.Next("pay"), state.Account, state.Id, state.Currency, state.AmountRemaining, PaymentStatus.Pending, Refunded: 0, change.Now))
            with { Amount = state.AmountRemaining };
        change.Write(payment);
        change.Write(
            new PaymentAttempt(
                ids.Next("att"),
                payment.Id,
                state.Id,
                state.Account,
                state.Attempts.Count(attempt => attempt.Payment == payment.Id) + 1,
                method.Gateway,
                method.Id,
                method.Token,
                state.Currency,
                payment.Amount,
                AttemptStatus.Queued,
                change.Now),
            expected: null);
    }

    private static void TellSkipped(InvoiceChange change, string reason) =>
        change.Tell("payment.skipped", change.State.Id, ("reason", reason), ("amount_remaining", change.State.AmountRemaining));
}
