using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Pauses subscriptions: now, at the end of the period, at an instant (rules.md, "Pause"). What ends a pause is in
/// <see cref="SubscriptionResume"/>.
/// </summary>
public static class SubscriptionPause
{
    /// <summary>
    /// Pauses, or schedules the pause; a new one replaces one that waits. Refusals, in order: <c>subscription_incomplete</c>, <c>subscription_ended</c>,
    /// <c>subscription_not_started</c>, <c>subscription_paused</c>, <c>full_difference_needs_change</c>,
    /// <c>outside_period</c>, <c>before_last_change</c>, <c>resumes_before_pause</c>.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="at">When it begins; null is the end of the current period (in a trial: of the trial).</param>
    /// <param name="resumesAt">When it ends by itself; null waits for a resume.</param>
    /// <param name="policy">How the rest of a period is credited now and charged at the resume; null takes each price's own, else <c>day</c>.</param>
    /// <param name="facts">Account, plans, and the invoices that may be credited.</param>
    /// <param name="context">The frame of the turn.</param>
    public static Decided<SubscriptionStep> Pause(
        SubscriptionState state, Instant? at, Instant? resumesAt, ProrationPolicy? policy, SubscriptionFacts facts, StepContext context)
    {
        if (RefusalOf(state, policy) is { } refusal)
        {
            return refusal;
        }

        var begin = at ?? state.CurrentPeriod.End;
        if (begin < state.CurrentPeriod.Start)
        {
            return Refusal.Rule("outside_period", $"An instant that lies back must be within the current period, which began at {state.CurrentPeriod.Start}.", "when");
        }

        if (begin < state.LastChangeAt)
        {
            return SubscriptionChange.BeforeLastChange(state);
        }

        if (resumesAt <= Instant.Max(begin, context.Now))
        {
            return Refusal.Rule("resumes_before_pause", "resumes_at lies ahead and after the pause begins.", "resumes_at");
        }

        var pending = new PendingPause(begin) { Proration = policy, ResumesAt = resumesAt };
        var asked = state with { PendingPause = pending };
        var step = begin > context.Now
            ? SubscriptionStep.Of(asked, BillingEvent.Of(
                "subscription.pause_scheduled", state.Account, state.Id, ("at", begin), ("resumes_at", resumesAt)))
            : Effective(asked, facts, context with { At = begin });
        return state.PendingPause is { } replaced ? step.Telling(Dropped(state, replaced, "replaced")) : step;
    }

    /// <summary>
    /// The pending pause takes effect: arrears to date are billed, unused time is credited by its policy and nothing is
    /// billed until the resume. By <c>none</c> what was billed in advance for the period stays with its item.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is none: an error of the caller.</exception>
    public static SubscriptionStep Effective(SubscriptionState state, SubscriptionFacts facts, StepContext context)
    {
        var terms = state.PendingPause ?? throw new InvalidOperationException($"Subscription {state.Id} has no pending pause.");
        if (state.Status is SubscriptionStatus.Paused)
        {
            return SubscriptionStep.Of(state with { PendingPause = null }, Dropped(state, terms, "paused"));
        }

        var paused = state with
        {
            Status = SubscriptionStatus.Paused,
            PausedAt = context.At,
            Pause = new PauseTerms(state.Status) { Proration = terms.Proration, ResumesAt = terms.ResumesAt },
            PendingPause = null,
            LastChangeAt = context.At,
        };
        var told = BillingEvent.Of("subscription.paused", state.Account, state.Id, ("at", context.At), ("resumes_at", terms.ResumesAt));
        if (state.Anchor is null)
        {
            return SubscriptionStep.Of(UsageParts.Set(paused, UsageParts.Ended(state, facts, context.At)), told);
        }

        bool IsKept(SubscriptionItem item) => KeepsPaid(terms.Proration, facts.PriceOf(item)) && context.At < state.CurrentPeriod.End;
        paused = paused with
        {
            Items = [.. state.Items.Select(item => IsKept(item) ? item with { Arrears = null } : item.Cleared())],
            Former = [.. state.Former.Where(IsKept).Select(item => item with { Arrears = null })],
        };
        var revision = state.Revision + 1;
        var drafts = ItemCredits.Unused(state, facts, context.At, price => PolicyOf(terms.Proration, price))
            .AddRange(ArrearsLines.Ended(state, facts, context.At, _ => terms.Proration));
        var usage = UsageClose.Over(paused, facts, context.At, UsageParts.Ended(state, facts, context.At));
        paused = usage.State;
        drafts = drafts.AddRange(usage.Lines);
        if (!paused.Items.Concat(paused.Former).Any(item => item.Open().Any()))
        {
            (paused, var missing) = Commitments.Ended(state, paused, facts, context.At, drafts);
            drafts = drafts.AddRange(missing);
            paused = paused with { Commitments = [] };
        }

        paused = terms.Proration is ProrationPolicy.None ? paused : SetAsideLines.Cut(paused, facts, context.At);
        (paused, drafts) = SetAsideLines.Taken(paused, drafts, context);
        if (drafts.IsEmpty)
        {
            return usage.Closing(SubscriptionStep.Of(paused, told));
        }

        var (after, invoice, documents) = SubscriptionInvoicing.Issue(
            state, [.. drafts.Select(draft => draft with { Revision = revision, Cause = context.Cause })], facts, context, "pause");
        var counted = Commitments.Counted(paused, invoice) with
        {
            Revision = revision,
            LatestInvoice = invoice.Id ?? state.LatestInvoice,
            Coupons = after.Coupons,
        };
        return usage.Closing(new SubscriptionStep(counted, documents)).Telling(told);
    }

    /// <summary>The pause's policy for a price: the call's, the price's, else <c>day</c>.</summary>
    internal static ProrationPolicy PolicyOf(ProrationPolicy? call, Price price) => call ?? price.Proration ?? ProrationPolicy.Day;

    /// <summary>
    /// True where a pause credits nothing of a price: by <c>none</c>, and for a price whose own policy is
    /// <c>full_difference</c>, by which a decrease moves no money.
    /// </summary>
    internal static bool KeepsPaid(ProrationPolicy? call, Price price) =>
        PolicyOf(call, price) is ProrationPolicy.None or ProrationPolicy.FullDifference;

    /// <summary>The event of a pending pause that will not take effect.</summary>
    internal static BillingEvent Dropped(SubscriptionState state, PendingPause dropped, string reason) =>
        BillingEvent.Of("subscription.pause_dropped", state.Account, state.Id, ("at", dropped.At), ("reason", reason));

    private static Refusal? RefusalOf(SubscriptionState state, ProrationPolicy? policy) => (state.Status, policy) switch
    {
        _ when state.AwaitedInvoice is not null => SubscriptionActivation.Incomplete(),
        (SubscriptionStatus.Canceled, _) => Refusal.Rule("subscription_ended", "The subscription has ended already. Create a new one."),
        (SubscriptionStatus.Incomplete, _) => Refusal.Rule("subscription_not_started", "The subscription has not started yet, so that there is nothing to pause. Cancel it, or let it start first."),
        (SubscriptionStatus.Paused, _) => Refusal.Rule("subscription_paused", "The subscription is paused already. Use resume, also to set another instant at which it resumes."),
        (_, ProrationPolicy.FullDifference) => Refusal.Rule("full_difference_needs_change", "full_difference compares two prices and serves changes only. Choose second, day, day_30 or none.", "proration"),
        _ => null,
    };
}
