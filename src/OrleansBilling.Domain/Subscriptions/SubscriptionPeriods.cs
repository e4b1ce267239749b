using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Moves a subscription from period to period: start, end of a trial, renewal.</summary>
public static class SubscriptionPeriods
{
    /// <summary>The start: a trial where one is given, else the first paid period.</summary>
    public static SubscriptionStep Start(SubscriptionState state, SubscriptionFacts facts, StepContext context)
    {
        if (state.TrialEnd is not { } trialEnd)
        {
            // Its first invoice is collected as one that the subscription waits for.
            return state.RequiresPayment
                ? SubscriptionActivation.Gated(BeginPaid(state, facts, context, "create", SubscriptionStatus.Incomplete))
                : BeginPaid(state, facts, context, "create").Telling(Event(state, "subscription.activated"));
        }

        var trialing = state with { Status = SubscriptionStatus.Trialing, CurrentPeriod = new Period(state.StartAt, trialEnd) };
        return SubscriptionStep.Of(UsageParts.Begun(trialing, facts, state.StartAt), BillingEvent.Of("subscription.trial_started", state.Account, state.Id, ("trial_end", trialEnd)));
    }

    /// <summary>
    /// The end of a trial: the first paid period begins. Where automatic collection has no payment method, the
    /// subscription's own setting says whether it is invoiced, paused or canceled.
    /// </summary>
    public static SubscriptionStep EndTrial(SubscriptionState state, SubscriptionFacts facts, StepContext context)
    {
        var ended = Event(state, "subscription.trial_ended");
        var account = facts.Payer.Account;
        if (account.Collection is CollectionMode.Automatic && facts.ChargedMethod is null)
        {
            switch (state.TrialMissingMethod)
            {
                case TrialMissingMethod.Cancel:
                    return SubscriptionCancellation.End(state, facts, context, "trial_missing_method").Telling(ended);
                case TrialMissingMethod.Pause when state.Pause is not null:
                    // Nothing is billed without a method: it waits for a resume, whatever the pause had named.
                    return SubscriptionStep.Of(state with { Pause = null }, ended);
                case TrialMissingMethod.Pause:
                    var paused = state with { Status = SubscriptionStatus.Paused, PausedAt = context.At };
                    return SubscriptionStep.Of(UsageParts.Set(paused, UsageParts.Ended(state, facts, context.At)), ended, Event(state, "subscription.paused"));
            }
        }

        // A pause runs on: the paid periods begin unbilled, and the resume charges the rest of the one that runs then.
        return state.Pause is { } pause
            ? SubscriptionStep.Of(Begun(state, facts, context.At).State with { Pause = pause with { Returns = SubscriptionStatus.Active } }, ended)
            : BeginPaid(state, facts, context, "trial_end").Telling(ended, Event(state, "subscription.activated"));
    }

    /// <summary>
    /// A renewal: the next period begins at the boundary that the last one ended with, and is billed. The boundary comes
    /// from the anchor, never from the boundary before; a changed time zone of the account holds from here on. What the
    /// period before owes in arrears stands on the same invoice, before the new period.
    /// </summary>
    public static SubscriptionStep Renew(SubscriptionState state, SubscriptionFacts facts, StepContext context)
    {
        state = state with { CommitmentsClosed = [] };
        var over = ArrearsLines.Over(state, facts, state.Revision + 1, context.Cause);
        var usage = UsageClose.Over(state, facts, state.CurrentPeriod.End);
        over = over.AddRange(usage.Lines);
        var (closed, missing) = Commitments.Ended(state, usage.State, facts, state.CurrentPeriod.End, over);
        over = over.AddRange(missing);
        var anchor = state.Anchor!;
        var zone = facts.Billing.Account.TimeZone;
        if (!string.Equals(anchor.TimeZone, zone, StringComparison.Ordinal))
        {
            anchor = PeriodCalendar.WithTimeZone(anchor, zone, state.EndBoundary);
        }

        var period = new Period(state.CurrentPeriod.End, PeriodCalendar.Boundary(anchor, state.EndBoundary + 1));
        var nominal = period;
        var end = state.EndBoundary + 1;
        if (state.NextCalendar is { } next)
        {
            anchor = Next(anchor, next, period.Start);
            (var index, period, nominal) = PeriodCalendar.First(anchor, period.Start);
            end = index + 1;
        }

        var renewed = closed with
        {
            Anchor = anchor,
            CurrentPeriod = period,
            EndBoundary = end,
            NextCalendar = null,
            Revision = over.Any(line => line.Revision > 0) ? state.Revision + 1 : state.Revision,
        };
        return usage.Closing(Bill(renewed, facts, context, nominal, "renewal", over))
            .Telling(BillingEvent.Of("subscription.renewed", state.Account, state.Id, ("period_start", period.Start), ("period_end", period.End)));
    }

    /// <summary>The anchor of another calendar from an instant on (rules.md, "Anchors").</summary>
    public static BillingAnchor Next(BillingAnchor anchor, NextCalendar next, Instant from) =>
        next.IsNew
            ? PeriodCalendar.Resolve(next.Rule ?? new StartAnchor(), next.Interval, from, anchor.TimeZone)
            : PeriodCalendar.WithInterval(anchor, next.Interval, from);

    /// <summary>The first paid period begins and is billed.</summary>
    internal static SubscriptionStep BeginPaid(SubscriptionState state, SubscriptionFacts facts, StepContext context, string cause, SubscriptionStatus status = SubscriptionStatus.Active)
    {
        var trial = UsageClose.Over(state, facts, context.At);
        var (begun, nominal) = Begun(trial.State, facts, context.At);
        return trial.Closing(Bill(begun with { Status = status }, facts, context, nominal, cause, trial.Lines));
    }

    /// <summary>The calendar of the first paid period.</summary>
    private static (SubscriptionState State, Period Nominal) Begun(SubscriptionState state, SubscriptionFacts facts, Instant at)
    {
        var plan = facts.PlanOf(state.Plan, state.PlanVersion);
        var anchor = PeriodCalendar.Resolve(state.AnchorRule, plan.Interval, state.StartAt, at, facts.Billing.Account.TimeZone);
        var first = PeriodCalendar.First(anchor, at);
        return (state with { Anchor = anchor, CurrentPeriod = first.Period, EndBoundary = first.Index + 1 }, first.Nominal);
    }

    /// <param name="over">Lines of the period before, billed in arrears.</param>
    private static SubscriptionStep Bill(
        SubscriptionState state, SubscriptionFacts facts, StepContext context, Period nominal, string cause, ImmutableArray<LineDraft> over)
    {
        state = PhaseCount.Counted(state);
        var drafts = over.AddRange(ItemLines.PeriodStart(state, facts, state.CurrentPeriod, nominal));
        var cleared = ArrearsLines.Begun(state with { Items = [.. state.Items.Select(item => item.Cleared())], Former = [] }, facts, state.CurrentPeriod, nominal);
        cleared = UsageParts.Begun(Commitments.Begun(cleared, facts, state.CurrentPeriod.Start), facts, state.CurrentPeriod.Start);
        (cleared, drafts) = SetAsideLines.Taken(UsageReturns.Settled(cleared, facts), drafts, context);
        if (drafts.IsEmpty && !SubscriptionInvoicing.IsAwaited(state, facts))
        {
            var coupons = CouponsAtWork.Of(cleared, [], facts);
            var begun = SubscriptionStep.Of(coupons.Begun(cleared), coupons.Events(cleared).AsSpan());
            return begun.Seeing(coupons.Seen);
        }

        var (after, issued, documents) = SubscriptionInvoicing.Issue(cleared, drafts, facts, context, cause);
        return new SubscriptionStep(SubscriptionInvoicing.Remember(after, issued, nominal), documents);
    }

    private static BillingEvent Event(SubscriptionState state, string type) => BillingEvent.Of(type, state.Account, state.Id);
}
