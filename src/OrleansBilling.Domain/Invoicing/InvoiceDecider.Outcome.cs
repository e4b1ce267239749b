using NodaTime;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Invoicing;

public static partial class InvoiceDecider
{
    /// <summary>
    /// Books what became of an attempt that has left the database. Money that arrives is never lost: what the invoice does
    /// not need any more goes to the credit balance.
    /// </summary>
    public static InvoiceTurn Outcome(InvoiceState state, CollectionFacts facts, string attempt, AttemptOutcome outcome, Instant now)
    {
        var change = new InvoiceChange(state, facts, now);
        if (Away(state) is { } away && away.Id == attempt)
        {
            switch (outcome)
            {
                case AttemptOutcome.Succeeded succeeded:
                    Succeed(change, away, succeeded);
                    break;
                case AttemptOutcome.Declined declined:
                    Decline(change, away, declined);
                    break;
                case AttemptOutcome.Processing processing:
                    Process(change, away, processing);
                    break;
                case AttemptOutcome.Unknown:
                    // A promise to know by then is used up: from here on it is asked for by the ladder.
                    if (away.AskAgainAt is not null && away.AskAgainAt <= now)
                    {
                        change.Write(away with { AskAgainAt = null }, away.Status);
                    }

                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(outcome), outcome, message: null);
            }
        }

        return change.Done();
    }

    private static void Succeed(InvoiceChange change, PaymentAttempt away, AttemptOutcome.Succeeded outcome)
    {
        var state = change.State;
        var applied = Math.Min(state.AmountRemaining, away.Amount);
        var surplus = away.Amount - applied;
        change.Write(
            away with
            {
                Status = AttemptStatus.Succeeded,
                GatewayReference = outcome.Reference,
                CompletedAt = change.Now,
                AskAgainAt = null,
            },
            away.Status);
        var payment = state.Payments.Single(item => item.Id == away.Payment);
        change.Write(payment with { Status = PaymentStatus.Succeeded, Amount = away.Amount, Credited = surplus });
        change.Post(
            $"payment:{away.Id}:succeeded",
            new Posting(LedgerAccount.GatewayClearing, Owed(state), applied),
            new Posting(LedgerAccount.GatewayClearing, LedgerAccount.CustomerCredit, surplus));
        change.GiveCredit(surplus, $"payment:{away.Id}:surplus");
        change.Set(change.State with { AmountPaid = state.AmountPaid + applied });
        change.Tell(
            "payment.succeeded",
            payment.Id,
            ("attempt", away.Id),
            ("amount", away.Amount),
            ("credited", surplus),
            ("gateway", away.Gateway),
            ("payment_method", away.Method));
        SettleWherePaid(change);
    }

    private static void Decline(InvoiceChange change, PaymentAttempt away, AttemptOutcome.Declined outcome)
    {
        change.Write(
            away with
            {
                Status = AttemptStatus.Failed,
                DeclineCode = outcome.Code,
                Advice = outcome.Advice,
                GatewayReference = outcome.Reference ?? away.GatewayReference,
                CompletedAt = change.Now,
                AskAgainAt = null,
            },
            away.Status);
        if (change.State.Status is not InvoiceStatus.Open)
        {
            CancelPending(change);
        }

        change.Tell(
            "payment.failed",
            away.Payment,
            ("attempt", away.Id),
            ("amount", away.Amount),
            ("decline_code", outcome.Code),
            ("advice", outcome.Advice),
            ("decline_class", DeclineClasses.Of(outcome.Code, outcome.Advice).ToString().ToLowerInvariant()),
            ("gateway", away.Gateway),
            ("payment_method", away.Method),
            ("next_retry_at", NextRetryAt(change.State, change.Facts, change.Now)));
    }

    private static void Process(InvoiceChange change, PaymentAttempt away, AttemptOutcome.Processing outcome)
    {
        // A promise for an instant that has passed is none: it would be asked for without end. The ladder asks instead.
        Instant? later = outcome.AskAgainAt > change.Now ? outcome.AskAgainAt : null;
        change.Write(
            away with { Status = AttemptStatus.Processing, GatewayReference = outcome.Reference, AskAgainAt = later },
            away.Status);
        if (away.Status is AttemptStatus.Sent)
        {
            change.Tell("payment.processing", away.Payment, ("attempt", away.Id), ("amount", away.Amount), ("gateway", away.Gateway));
        }
    }

    /// <summary>
    /// When the schedule tries the default method again; null where it does not: the schedule is over, the customer pays
    /// by himself, or a hard decline forbids the method (a new default method makes the next step possible again).
    /// </summary>
    public static Instant? NextRetryAt(InvoiceState state, CollectionFacts facts, Instant now)
    {
        var open = state is { Status: InvoiceStatus.Open, Automatic: true, AmountRemaining: > 0, Stage: not CollectionStage.Exhausted };
        if (!open || facts.DefaultMethod is not { } method || IsBlocked(state, facts, method.Id)
            || RetrySchedule.Next(facts.Policy, state.DueAt, state.TimeZone, state.RetriesDone) is not { } next)
        {
            return null;
        }

        return next > now ? next : now;
    }

    /// <summary>What the customer's debt stands on: the receivable, or what was written off of it.</summary>
    private static LedgerAccount Owed(InvoiceState state) =>
        state.Status is InvoiceStatus.Uncollectible ? LedgerAccount.BadDebt : LedgerAccount.Receivable;
}
