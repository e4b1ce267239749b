using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What a subscription waits for. Derived from its state alone, so that rows of due work can never disagree with it.</summary>
public static class SubscriptionDueWork
{
    /// <summary>All that is due some time, in no order; at most one of each kind.</summary>
    public static IEnumerable<(DueKind Kind, Instant At)> Of(SubscriptionState? state)
    {
        if (state is null)
        {
            yield break;
        }

        if (UsageClose.NextAt(state) is { } closes)
        {
            yield return (DueKind.UsageClose, closes);
        }

        if (state.Status is SubscriptionStatus.Canceled)
        {
            yield break;
        }

        if (state.CancelAt is { } cancelAt)
        {
            yield return (DueKind.Cancel, cancelAt);
        }

        if (state.PendingChange is { } pending)
        {
            yield return (DueKind.Change, pending.At);
        }

        // A pause that waits and one that runs do not meet: one row serves both.
        if ((state.PendingPause?.At ?? state.Pause?.ResumesAt) is { } pauseOrResume)
        {
            yield return (DueKind.Resume, pauseOrResume);
        }

        if (state.CollectionPause?.Until is { } until)
        {
            yield return (DueKind.CollectionResume, until);
        }

        switch (state.Status)
        {
            case SubscriptionStatus.Incomplete when state.AwaitedInvoice is null:
                yield return (DueKind.Start, state.StartAt);
                break;
            case SubscriptionStatus.Trialing:
                yield return (DueKind.TrialEnd, state.CurrentPeriod.End);
                break;
            case SubscriptionStatus.Paused when state is { Pause: not null, Anchor: null }:
                yield return (DueKind.TrialEnd, state.CurrentPeriod.End);
                break;
            case SubscriptionStatus.Active or SubscriptionStatus.PastDue or SubscriptionStatus.Unpaid:
                yield return (DueKind.Renewal, state.CurrentPeriod.End);
                break;
        }
    }

    /// <summary>True where a step that is due may credit what was billed, so that the invoices it stands on must be read.</summary>
    public static bool Credits(SubscriptionState state, Instant now) =>
        Of(state).Any(due => due.Kind is DueKind.Cancel or DueKind.Change or DueKind.Resume && due.At <= now);

    /// <summary>
    /// The next step that is due at or before an instant: the earliest, and of those at one instant the first in the order
    /// of <see cref="DueKind"/> (rules.md, "Order at one instant"). Null where nothing is due.
    /// </summary>
    public static (DueKind Kind, Instant At)? Next(SubscriptionState state, Instant now)
    {
        (DueKind Kind, Instant At)? next = null;
        foreach (var due in Of(state))
        {
            if (due.At <= now && (next is null || due.At < next.Value.At || (due.At == next.Value.At && due.Kind < next.Value.Kind)))
            {
                next = due;
            }
        }

        return next;
    }
}
