using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Ends pauses: by a command or at the instant that the pause named (rules.md, "Pause").</summary>
public static class SubscriptionResume
{
    /// <summary>
    /// Resumes, or sets when the pause ends by itself; takes back a pause that has not begun. An instant that lies back
    /// must be within the pause and the nominal period that runs. Refusals, in order: <c>subscription_not_paused</c>,
    /// <c>outside_period</c>.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="at">When it resumes; null is the next boundary (in a trial: its end).</param>
    /// <param name="facts">Account, plans, and the invoices that may be credited.</param>
    /// <param name="context">The frame of the turn.</param>
    public static Decided<SubscriptionStep> Resume(SubscriptionState state, Instant? at, SubscriptionFacts facts, StepContext context)
    {
        if (state.Status is not SubscriptionStatus.Paused)
        {
            return state.PendingPause is { } pending
                ? SubscriptionStep.Of(state with { PendingPause = null }, SubscriptionPause.Dropped(state, pending, "resumed"))
                : Refusal.Rule("subscription_not_paused", $"The subscription is {state.Status.ToString().ToLowerInvariant()}; only a paused one can be resumed.");
        }

        var resumesAt = at ?? NextBoundary(state, context.Now);
        if (EarliestOf(state, context.Now) is var earliest && resumesAt < earliest)
        {
            return Refusal.Rule("outside_period", $"An instant that lies back must be within the pause and the period that runs, from {earliest} on.", "when");
        }

        if (resumesAt <= context.Now)
        {
            return Effective(state, facts, context with { At = resumesAt });
        }

        return state.Pause is { } pause
            ? SubscriptionStep.Of(
                state with { Pause = pause with { ResumesAt = resumesAt } },
                BillingEvent.Of("subscription.resume_scheduled", state.Account, state.Id, ("resumes_at", resumesAt)))
            : Refusal.Rule("outside_period", "The trial has ended: it resumes now or not yet. Leave `when` out.", "when");
    }

    /// <summary>
    /// The pause ends. In a trial nothing is billed; after one that ended without a payment method the first paid period
    /// begins; else the rest of the nominal period that runs is charged by the pause's policy.
    /// </summary>
    public static SubscriptionStep Effective(SubscriptionState state, SubscriptionFacts facts, StepContext context)
    {
        var told = BillingEvent.Of("subscription.resumed", state.Account, state.Id, ("at", context.At));
        if (state.Pause is not { } pause)
        {
            return SubscriptionPeriods.BeginPaid(state with { PausedAt = null }, facts, context, "resume").Telling(told);
        }

        var resumed = state with { Status = pause.Returns, PausedAt = null, Pause = null, LastChangeAt = context.At };
        return state.Anchor is null
            ? SubscriptionStep.Of(UsageParts.Begun(resumed, facts, context.At), told)
            : Charge(resumed, Restart.Of(state, facts, context.At), state.PausedAt!.Value, pause.Proration, facts, context).Telling(told);
    }

    private static SubscriptionStep Charge(
        SubscriptionState state, Restart restart, Instant pausedAt, ProrationPolicy? call, SubscriptionFacts facts, StepContext context)
    {
        // What `none` left billed of a period that still runs is paid for; all else is charged, by `day` where nothing was credited.
        bool IsPaid(SubscriptionItem item) => restart.SamePeriod && item.Open().Any();
        ProrationPolicy PolicyOf(Price price) =>
            SubscriptionPause.KeepsPaid(call, price) ? ProrationPolicy.Day : SubscriptionPause.PolicyOf(call, price);

        var restarted = restart.Applied(state) with
        {
            Items = [.. state.Items.Select(item => IsPaid(item) ? item : item.Cleared())],
            Former = [.. state.Former.Where(IsPaid)],
        };
        var begun = ArrearsLines.Begun(PhaseCount.Counted(restarted), facts, restart.Rest, restart.Nominal, PolicyOf, changed: true);
        var credits = restart.Moves ? ItemCredits.Unused(state, facts, context.At, static _ => ProrationPolicy.Day) : [];
        // A commitment that the pause left running ends with its period, for the time that was not paused.
        var goesOn = restart.SamePeriod && (!state.Commitments.IsEmpty || state.Items.Concat(state.Former).Any(IsPaid));
        (begun, var missing) = goesOn ? (begun, []) : Commitments.Ended(state, begun, facts, pausedAt, credits);
        begun = UsageParts.Begun(begun, facts, context.At);
        begun = goesOn ? Commitments.Resumed(begun, facts, pausedAt, context.At) : Commitments.Begun(begun, facts, restart.Rest.Start);
        var charged = begun with { Items = [.. begun.Items.Where(item => !IsPaid(item))] };
        var revision = state.Revision + 1;
        ImmutableArray<LineDraft> drafts =
        [
            .. credits.Concat(missing).Concat(ItemLines.PeriodStart(charged, facts, restart.Rest, restart.Nominal, PolicyOf))
                .Select(draft => draft with { Revision = revision, Cause = context.Cause }),
        ];
        (begun, drafts) = SetAsideLines.Taken(begun, drafts, context);
        if (drafts.IsEmpty)
        {
            return SubscriptionStep.Of(begun);
        }

        var (after, invoice, documents) = SubscriptionInvoicing.Issue(begun, drafts, facts, context, "resume");
        return new SubscriptionStep(SubscriptionInvoicing.Remember(after, invoice, restart.Nominal) with { Revision = revision }, documents);
    }

    /// <summary>The first boundary after an instant; of a trial its end.</summary>
    private static Instant NextBoundary(SubscriptionState state, Instant now) =>
        state.Anchor is null || now < state.CurrentPeriod.End ? Instant.Max(now, state.CurrentPeriod.End) : PeriodCalendar.NextBoundary(state.Anchor, now);

    /// <summary>From when on a resume may be dated: the start of the nominal period that runs, where the pause began before it.</summary>
    private static Instant EarliestOf(SubscriptionState state, Instant now)
    {
        if (state.Pause is null)
        {
            return now;
        }

        // A trial that ended within the pause is over: the period that began then is the earliest that can be charged.
        var changed = Instant.Max(Instant.Max(state.PausedAt!.Value, state.LastChangeAt ?? state.PausedAt.Value), state.CurrentPeriod.Start);
        return state.Anchor is null || now < state.CurrentPeriod.End ? changed : Instant.Max(changed, PeriodCalendar.NominalAt(state.Anchor, now).Start);
    }
}
