using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Lengthens, shortens and ends trials, or gives one to a subscription that has not started (rules.md, "Trials").</summary>
public static class SubscriptionTrial
{
    /// <summary>
    /// Moves the trial's end; one at or before <c>now</c> ends the trial now. What waits for the trial's end moves with it:
    /// a change, a pause or an end at <c>period_end</c>. Refusals, in order: <c>subscription_ended</c>,
    /// <c>subscription_already_paid</c>, <c>trial_over</c>, <c>trial_end_out_of_range</c>, <c>nothing_to_change</c>.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="trialEnd">The new end; null is now.</param>
    /// <param name="facts">Account and plans.</param>
    /// <param name="context">The frame of the turn.</param>
    public static Decided<SubscriptionStep> Move(SubscriptionState state, Instant? trialEnd, SubscriptionFacts facts, StepContext context)
    {
        var end = trialEnd ?? context.Now;
        if (RefusalOf(state, end, facts, context.Now) is { } refusal)
        {
            return refusal;
        }

        if (state.Status is SubscriptionStatus.Incomplete)
        {
            return BeforeStart(state, end > state.StartAt ? end : null);
        }

        end = Instant.Max(end, context.Now);
        if (end == state.TrialEnd)
        {
            return NothingToChange();
        }

        var moved = Moved(state, state.CurrentPeriod.End, end);
        var step = SubscriptionStep.Of(moved, Told(state, end));
        return end > context.Now ? step : Ended(step, facts, context);
    }

    /// <summary>The trial's end and all that was to happen at it.</summary>
    private static SubscriptionState Moved(SubscriptionState state, Instant from, Instant to) => state with
    {
        Status = state is { Status: SubscriptionStatus.Paused, Pause: null } ? SubscriptionStatus.Trialing : state.Status,
        PausedAt = state.Pause is null ? null : state.PausedAt,
        TrialEnd = to,
        CurrentPeriod = state.CurrentPeriod with { End = to },
        CancelAt = state.CancelAt == from ? to : state.CancelAt,
        PendingChange = state.PendingChange is { } change && change.At == from ? change with { At = to } : state.PendingChange,
        PendingPause = state.PendingPause is { } pause && pause.At == from ? pause with { At = to } : state.PendingPause,
    };

    /// <summary>The trial ends in this very turn, in the order of one instant: of all its steps only the last can bill.</summary>
    private static SubscriptionStep Ended(SubscriptionStep step, SubscriptionFacts facts, StepContext context)
    {
        while (SubscriptionDueWork.Next(step.State, context.Now) is { Kind: <= DueKind.TrialEnd } due)
        {
            var next = SubscriptionLife.Due(step.State, due.Kind, facts, context with { At = due.At });
            step = next with { Documents = step.Documents.And(next.Documents) };
        }

        return step;
    }

    private static Decided<SubscriptionStep> BeforeStart(SubscriptionState state, Instant? end) =>
        end == state.TrialEnd ? NothingToChange() : SubscriptionStep.Of(state with { TrialEnd = end }, Told(state, end));

    private static Refusal? RefusalOf(SubscriptionState state, Instant end, SubscriptionFacts facts, Instant now)
    {
        if (state.Status is SubscriptionStatus.Canceled)
        {
            return Refusal.Rule("subscription_ended", "The subscription has ended already. Create a new one.");
        }

        if (state.Anchor is not null)
        {
            return Refusal.Rule("subscription_already_paid", "The first paid period has begun: there is no trial any more. Give a credit, or start a new subscription.", "trial_end");
        }

        if (state is { Status: SubscriptionStatus.Paused, Pause: null } && end <= now)
        {
            return Refusal.Rule("trial_over", "The trial has ended already, without a payment method. Resume the subscription, or name an end ahead.", "trial_end");
        }

        return end > TrialCalendar.End(state.StartAt, TrialCalendar.MaxDays, facts.Billing.Account.TimeZone)
            ? Refusal.Rule("trial_end_out_of_range", $"A trial ends at most {TrialCalendar.MaxDays} days after the start.", "trial_end")
            : null;
    }

    private static Refusal NothingToChange() => Refusal.Rule("nothing_to_change", "The trial ends at this instant already, or there is none.", "trial_end");

    private static BillingEvent Told(SubscriptionState state, Instant? end) => BillingEvent.Of(
        "subscription.trial_changed", state.Account, state.Id, ("from", state.TrialEnd), ("trial_end", end));
}
