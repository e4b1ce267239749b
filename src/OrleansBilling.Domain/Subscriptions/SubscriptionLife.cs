using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>The steps that a subscription takes by itself, and what they will bill next.</summary>
public static class SubscriptionLife
{
    /// <summary>How many steps ahead an invoice is looked for: a year of free days goes by without one.</summary>
    private const int MaxAhead = 400;

    /// <summary>The step of a kind of due work.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A subscription has no such due work of its own: an error of the caller.</exception>
    public static SubscriptionStep Due(SubscriptionState state, DueKind kind, SubscriptionFacts facts, StepContext context) => kind switch
    {
        DueKind.Cancel => SubscriptionCancellation.Effective(state, facts, context),
        DueKind.Change => SubscriptionChange.Effective(state, facts, context),
        DueKind.Resume when state.PendingPause is not null => SubscriptionPause.Effective(state, facts, context),
        DueKind.Resume => SubscriptionResume.Effective(state, facts, context),
        DueKind.CollectionResume => SubscriptionCollectionPause.Ended(state),
        DueKind.Start => SubscriptionPeriods.Start(state, facts, context),
        DueKind.TrialEnd => SubscriptionPeriods.EndTrial(state, facts, context),
        DueKind.Renewal => SubscriptionPeriods.Renew(state, facts, context),
        DueKind.UsageClose => UsageClose.Effective(state, facts, context),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A subscription has no such due work."),
    };

    /// <summary>
    /// The next step that begins a period and bills it (start, trial's end, resume, renewal), or the end that bills arrears,
    /// by today's facts; what is scheduled before it takes effect first. Null where nothing will be billed.
    /// </summary>
    public static SubscriptionStep? Upcoming(SubscriptionState state, SubscriptionFacts facts, StepContext context)
    {
        for (var i = 0; i < MaxAhead && SubscriptionDueWork.Next(state, Instant.MaxValue) is { } due; i++)
        {
            var pauses = state.PendingPause is not null;
            var step = Due(state, due.Kind, facts, context with { At = due.At, Now = due.At });
            var begins = due.Kind is DueKind.Start or DueKind.TrialEnd or DueKind.Renewal || (due.Kind is DueKind.Resume && !pauses);
            // The end bills what ran in arrears, and usage that waited comes by itself; one that only gives back is no invoice to come.
            var charges = begins || (due.Kind is DueKind.Cancel or DueKind.UsageClose && step.Documents.Invoices.Any(invoice => invoice.Lines.Any(line => line.Draft.Amount > 0)));
            if (charges && !step.Documents.Invoices.IsEmpty)
            {
                return step;
            }

            (state, facts) = (step.State, facts.After(step.Documents));
        }

        return null;
    }
}
