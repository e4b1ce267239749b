using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>What a pause would credit. Runs the very steps that pause, and writes nothing.</summary>
internal static class PausePreview
{
    /// <summary>The invoice of a pause: under one policy, or without one under every policy that serves it.</summary>
    public static CommandAnswer Of(
        SubscriptionState stored, SubscriptionFacts read, Instant now, Instant? at, Instant? resumesAt, ProrationPolicy? policy)
    {
        var (state, facts) = SubscriptionPreview.CaughtUp(stored, SubscriptionPreview.ByItself(read), now);
        var shown = new List<PausePreviewView>();
        foreach (var each in policy is { } one ? [one] : SubscriptionPreview.Policies)
        {
            var decided = SubscriptionPause.Pause(state, at, resumesAt, each, facts, SubscriptionPreview.Context(state, now));
            if (decided.Refusal is { } refusal)
            {
                return CommandAnswers.Of(refusal);
            }

            var step = StepOf(decided.Value, facts);
            shown.Add(new PausePreviewView(
                ProrationPolicyNames.Of(each), at ?? state.CurrentPeriod.End, step is null ? null : SubscriptionPreview.ViewOf(step),
                step is null ? [] : SubscriptionPreview.EarlierOf(step)));
        }

        return policy is null
            ? CommandAnswers.Of(200, AnswerJson.Write(new { data = shown }))
            : PreviewAnswer.Of(shown[0].Invoice, ("proration", shown[0].Proration), ("pauses_at", shown[0].PausesAt), ("earlier_payers", shown[0].EarlierPayers));
    }

    /// <summary>A pause that waits is shown as it will be: the periods until then are renewed first.</summary>
    private static SubscriptionStep? StepOf(SubscriptionStep decided, SubscriptionFacts facts)
    {
        var state = decided.State;
        if (state.PendingPause is not { } pending)
        {
            return decided;
        }

        while (SubscriptionDueWork.Next(state, pending.At) is { } due)
        {
            var step = SubscriptionLife.Due(state, due.Kind, facts, SubscriptionSteps.Context(state, due.Kind, due.At, due.At));
            if (due.Kind is DueKind.Resume && step.State.Pause is not null)
            {
                return step;
            }

            (state, facts) = (step.State, facts.After(step.Documents));
        }

        return null;
    }
}

/// <summary>What a pause would do under one policy. <c>invoice</c> is null where it makes none; <c>earlier_payers</c> are credits for payers of before.</summary>
public sealed record PausePreviewView(string Proration, Instant PausesAt, InvoiceView? Invoice, IReadOnlyList<InvoiceView> EarlierPayers);
