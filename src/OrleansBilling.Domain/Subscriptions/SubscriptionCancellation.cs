using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Ends subscriptions: now, at the end of the period, at an instant; and takes a scheduled end back.</summary>
public static class SubscriptionCancellation
{
    /// <summary>The event of an end that is scheduled.</summary>
    public const string Scheduled = "subscription.cancellation_scheduled";

    /// <summary>The event of a scheduled end that is taken back.</summary>
    public const string TakenBack = "subscription.uncanceled";

    /// <summary>
    /// Cancels. An instant that lies back must be within the current period; one ahead is scheduled. Refusals, in order:
    /// <c>subscription_ended</c>, <c>full_difference_needs_change</c>, <c>outside_period</c>,
    /// <c>before_last_change</c>.
    /// </summary>
    /// <param name="at">When it takes effect; null is the end of the current period (in a trial: of the trial).</param>
    /// <param name="policy">How unused time is credited; null takes each price's own, else <c>day</c>.</param>
    /// <param name="leavesUsage">True where the usage to date is left out.</param>
    public static Decided<SubscriptionStep> Cancel(
        SubscriptionState state, Instant? at, ProrationPolicy? policy, SubscriptionFacts facts, StepContext context, bool leavesUsage = false)
    {
        if (state.Status is SubscriptionStatus.Canceled)
        {
            return Refusal.Rule("subscription_ended", "The subscription has ended already.");
        }

        if (policy is ProrationPolicy.FullDifference)
        {
            return Refusal.Rule("full_difference_needs_change", "full_difference compares two prices and serves changes only. Choose second, day, day_30 or none.", "proration");
        }

        var started = state.Status is not SubscriptionStatus.Incomplete;
        // A period whose end a pause has passed has none to wait for.
        var end = at ?? (started ? Instant.Max(state.CurrentPeriod.End, context.Now) : context.Now);
        if (started && end < state.CurrentPeriod.Start)
        {
            return Refusal.Rule("outside_period", $"An instant that lies back must be within the current period, which began at {state.CurrentPeriod.Start}.", "when");
        }

        if (end < state.LastChangeAt)
        {
            return SubscriptionChange.BeforeLastChange(state);
        }

        if (end > context.Now)
        {
            var scheduled = state with { CancelAt = end, CancelProration = policy, CancelLeavesUsage = leavesUsage };
            return SubscriptionStep.Of(
                scheduled, BillingEvent.Of(Scheduled, state.Account, state.Id, ("cancel_at", end)));
        }

        return Effective(state with { CancelAt = end, CancelProration = policy, CancelLeavesUsage = leavesUsage }, facts, context with { At = end });
    }

    /// <summary>A scheduled end takes effect, with the policy that it was scheduled with.</summary>
    public static SubscriptionStep Effective(SubscriptionState state, SubscriptionFacts facts, StepContext context)
    {
        ImmutableArray<LineDraft> drafts = state.Anchor is null
            ? []
            : ItemCredits.Unused(state, facts, context.At, price => state.CancelProration ?? price.Proration ?? ProrationPolicy.Day)
                .AddRange(ArrearsLines.Ended(state, facts, context.At, _ => state.CancelProration));
        return End(SetAsideLines.Cut(state, facts, context.At), drafts, facts, context, "requested");
    }

    /// <summary>
    /// Collection ends it: no credit, since the period was not paid; what it owes in arrears, and to its minimum, is billed to date.
    /// </summary>
    public static SubscriptionStep Unpaid(SubscriptionState state, SubscriptionFacts facts, StepContext context) => End(
        state, state.Anchor is null ? [] : ArrearsLines.Ended(state, facts, context.At, _ => null), facts, context, "payment_failed");

    /// <summary>Ends it without credit or charge of its own; what waits for its next invoice is billed now, since there will be none.</summary>
    public static SubscriptionStep End(SubscriptionState state, SubscriptionFacts facts, StepContext context, string reason) =>
        End(state, [], facts, context, reason);

    private static SubscriptionStep End(SubscriptionState state, ImmutableArray<LineDraft> drafts, SubscriptionFacts facts, StepContext context, string reason)
    {
        var usage = Usage(state, facts, context.At);
        drafts = drafts.AddRange(usage.Lines);
        (state, var missing) = Commitments.Ended(state, usage.State, facts, state.PausedAt ?? context.At, drafts);
        (state, drafts) = SetAsideLines.Taken(state, drafts.AddRange(missing), context);
        var awaited = SubscriptionInvoicing.IsAwaited(state, facts);
        if (drafts.IsEmpty && !awaited)
        {
            return usage.Closing(Returned(Ended(state, context.At, reason), facts));
        }

        var revision = drafts.IsEmpty ? state.Revision : state.Revision + 1;
        var (after, invoice, documents) = SubscriptionInvoicing.Issue(
            state, [.. drafts.Select(draft => draft with { Revision = revision, Cause = context.Cause })], facts, context, "cancel");
        var counted = Commitments.Counted(after, invoice) with { Revision = revision, LatestInvoice = invoice.Id ?? state.LatestInvoice };
        var ended = Ended(counted, context.At, reason);
        return usage.Closing(Returned(new SubscriptionStep(ended.State, ended.Documents.And(documents)), facts));
    }

    private static SubscriptionStep Returned(SubscriptionStep step, SubscriptionFacts facts) => step with { State = UsageReturns.Settled(step.State, facts) };

    /// <summary>
    /// Usage to date: billed with the end, or where the plan waits for stragglers, on an invoice after it. A trial that ends early
    /// bills what it charges then, too.
    /// </summary>
    private static UsageBilled Usage(SubscriptionState state, SubscriptionFacts facts, Instant at)
    {
        ImmutableArray<UsagePart> ended =
            [.. UsageParts.Ended(state, facts, at).Select(part => part with { ClosesAt = at + UsageParts.Grace(part.TermsOf(facts)) })];
        // What waited for the end of a trial waits no longer: the trial is over.
        state = state with
        {
            UsageWaiting = [.. state.UsageWaiting.Select(part => part.InTrial ? part with { ClosesAt = Instant.Min(part.ClosesAt, at + UsageParts.Grace(part.TermsOf(facts))) } : part)],
        };
        if (!state.CancelLeavesUsage)
        {
            ImmutableArray<UsagePart> stranded = [.. UsageParts.Stranded(state, facts, at).Select(part => part with { ClosesAt = at })];
            return UsageClose.Over(state, facts, at, ended.AddRange(stranded));
        }

        var left = UsageLines.LeaveOut(state, ended, facts);
        var over = UsageClose.Over(state, facts, at, []);
        return over with { Lines = over.Lines.AddRange(left.Lines), Closed = over.Closed.AddRange(left.Closed), Seen = over.Seen.AddRange(left.Seen) };
    }

    /// <summary>Ends it without billing anything, as where its first payment is missing: lines that wait for it stay listed.</summary>
    internal static SubscriptionStep Ended(SubscriptionState state, Instant at, string reason)
    {
        var ended = state with
        {
            Status = SubscriptionStatus.Canceled,
            EndedAt = at,
            CancelAt = null,
            PausedAt = null,
            Pause = null,
            PendingPause = null,
            CollectionPause = null,
            AwaitedInvoice = null,
            PendingChange = null,
            NextCalendar = null,
            Commitments = [],
            Items = [.. state.Items.Select(item => item.Cleared() with { Usage = null })],
            Former = [],
            CancelLeavesUsage = false,
        };
        var step = SubscriptionStep.Of(
            ended, BillingEvent.Of("subscription.canceled", state.Account, state.Id, ("ended_at", at), ("reason", reason)));
        step = state.PendingPause is { } pause ? step.Telling(SubscriptionPause.Dropped(state, pause, "canceled")) : step;
        return state.PendingChange is { } dropped ? step.Telling(SubscriptionChange.Dropped(state, dropped, "canceled")) : step;
    }

    /// <summary>Takes back a cancellation that has not taken effect. Refusals: <c>subscription_ended</c>, <c>no_pending_cancellation</c>.</summary>
    public static Decided<SubscriptionStep> Uncancel(SubscriptionState state)
    {
        if (state.Status is SubscriptionStatus.Canceled)
        {
            return Refusal.Rule("subscription_ended", "The subscription has ended already. Create a new one.");
        }

        if (state.CancelAt is null)
        {
            return Refusal.Rule("no_pending_cancellation", "No cancellation is scheduled.");
        }

        var kept = state with { CancelAt = null, CancelProration = null, CancelLeavesUsage = false };
        return SubscriptionStep.Of(kept, BillingEvent.Of(TakenBack, state.Account, state.Id));
    }
}
