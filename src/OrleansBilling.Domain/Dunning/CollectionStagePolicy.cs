using NodaTime;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Dunning;

/// <summary>
/// How collection of an invoice stands after a turn (rules.md, "Collection"): <c>past_due</c> begins when the due date has
/// passed with something due and nothing processing, or with a failed attempt at or after it; having no method counts as a
/// failed attempt. A stage never falls back from exhausted to past due; only settling ends it.
/// </summary>
public static class CollectionStagePolicy
{
    /// <summary>The stage of a state as it stands at an instant.</summary>
    public static CollectionStage After(InvoiceState state, DunningPolicy policy, Instant now)
    {
        if (state.Status is not InvoiceStatus.Open || state.AmountRemaining <= 0 || state.Held || state.VoidAt is not null)
        {
            return CollectionStage.Current;
        }

        // An attempt that is queued, sent or processing may still settle it: nothing changes until its outcome is known.
        if (state.Stage is CollectionStage.Exhausted || state.Attempts.Any(attempt => attempt.IsOpen) || now < state.DueAt)
        {
            return state.Stage;
        }

        return state.RetriesDone >= policy.RetryDays.Length ? CollectionStage.Exhausted : CollectionStage.PastDue;
    }
}
