using NodaTime;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// Decides the life of an invoice after it was issued: collection, credits, end, refunds. Every decision is a function of
/// (state, facts, command, now); an outcome that is told twice changes nothing the second time.
/// </summary>
public static partial class InvoiceDecider
{
    /// <summary>The gateway name of money received outside of the gateways.</summary>
    public const string Manual = "manual";

    private static Refusal NotOpen(InvoiceState state) => Refusal.Rule(
        "invoice_not_open",
        $"The invoice is {state.Status.ToString().ToLowerInvariant()}; only an open invoice can be changed in this way.");

    private static Refusal InProgress() => Refusal.Conflict(
        "payment_in_progress",
        "A payment of this invoice is on its way and its outcome is not known yet; try again when it is.");

    /// <summary>The attempt that has left the database and has no outcome yet, or null.</summary>
    private static PaymentAttempt? Away(InvoiceState state) =>
        state.Attempts.LastOrDefault(attempt => attempt.Status is AttemptStatus.Sent or AttemptStatus.Processing);

    private static PaymentAttempt? Queued(InvoiceState state) =>
        state.Attempts.LastOrDefault(attempt => attempt.Status is AttemptStatus.Queued);

    /// <summary>Drops the queued attempt, which has not left the database; returns it.</summary>
    private static PaymentAttempt? DropQueued(InvoiceChange change)
    {
        var queued = Queued(change.State);
        if (queued is not null)
        {
            change.Write(queued with { Status = AttemptStatus.Dropped, CompletedAt = change.Now }, AttemptStatus.Queued);
        }

        return queued;
    }

    /// <summary>Ends the pending payment where no money will be collected by it any more.</summary>
    private static void CancelPending(InvoiceChange change)
    {
        if (change.PendingPayment is { } pending)
        {
            change.Write(pending with { Status = PaymentStatus.Canceled });
        }
    }

    /// <summary>Marks the invoice paid where nothing is left to pay, and ends what was still to be collected.</summary>
    private static void SettleWherePaid(InvoiceChange change)
    {
        var state = change.State;
        if (state.AmountRemaining > 0 || state.Status is InvoiceStatus.Paid or InvoiceStatus.Void)
        {
            return;
        }

        change.Set(state with { Status = InvoiceStatus.Paid, PaidAt = change.Now });
        CancelPending(change);
        change.Tell(
            "invoice.paid",
            state.Id,
            ("amount_paid", state.AmountPaid),
            ("credit_applied", state.CreditApplied),
            ("total", state.Total));
    }

    /// <summary>True while the customer can pay it: open, or written off with something left.</summary>
    private static bool IsOwed(InvoiceState state) =>
        state.Status is InvoiceStatus.Open || state is { Status: InvoiceStatus.Uncollectible, AmountRemaining: > 0 };

    private static bool IsBlocked(InvoiceState state, CollectionFacts facts, string? method) =>
        method is not null
        && (facts.BlockedMethods.Contains(method)
            || state.Attempts.Any(attempt => attempt.Method == method && DeclineClasses.BlocksMethod(attempt)));
}
