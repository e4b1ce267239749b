using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Bills usage that waited for stragglers: the plan's grace has passed since its span ended. On an invoice of its own, with what
/// waits for the subscription's next one.
/// </summary>
public static class UsageClose
{
    /// <summary>The cause of its invoices.</summary>
    private const string Cause = "usage";

    /// <summary>When the first usage that waits is billed; null where none waits.</summary>
    public static Instant? NextAt(SubscriptionState state) =>
        state.UsageWaiting.IsEmpty ? null : state.UsageWaiting.Min(part => part.ClosesAt);

    /// <summary>What closes by now is billed, and with it what is missing to the commitments that waited for it.</summary>
    public static SubscriptionStep Effective(SubscriptionState state, SubscriptionFacts facts, StepContext context)
    {
        var billed = Taken(state with { CommitmentsClosed = [] }, facts, context.At);
        var (after, missing) = Commitments.Closing(billed.State, facts, billed.Lines);
        var (closed, lines) = SetAsideLines.Taken(UsageReturns.Settled(after, facts), billed.Lines.AddRange(missing), context);
        if (lines.IsEmpty)
        {
            return billed.Closing(SubscriptionStep.Of(closed));
        }

        (after, var invoice, var documents) = SubscriptionInvoicing.Issue(closed, lines, facts, context, Cause);
        return billed.Closing(new SubscriptionStep(
            Commitments.Counted(after, invoice) with { LatestInvoice = invoice.Id ?? after.LatestInvoice }, documents));
    }

    /// <summary>
    /// The usage of a period that ends, or of all that counts by an instant, with what waited for it: the state counts nothing then.
    /// </summary>
    /// <param name="state">Up to then.</param>
    /// <param name="facts">Holds the plans and the usage.</param>
    /// <param name="at">When it ends.</param>
    /// <param name="ended">What ends; null is all that counts.</param>
    internal static UsageBilled Over(SubscriptionState state, SubscriptionFacts facts, Instant at, ImmutableArray<UsagePart>? ended = null)
    {
        var waited = Taken(state, facts, at);
        // What the spans that close now leave of a correction counts with those that end now.
        ImmutableArray<UsagePart> parts =
            [.. (ended ?? UsageParts.Ended(state, facts, at)).Select(part => part is { IsEmpty: true, Carried: 0 } ? part : part with { Carried = waited.State.UsageCarried.GetValueOrDefault(part.Item) })];
        var over = UsageLines.Bill(UsageParts.Cut(UsageParts.Stopped(waited.State), parts), parts, facts, at);
        return over with { Lines = waited.Lines.AddRange(over.Lines), Closed = waited.Closed.AddRange(over.Closed), Seen = waited.Seen.AddRange(over.Seen) };
    }

    /// <summary>The state without what closes by an instant, and its lines.</summary>
    internal static UsageBilled Taken(SubscriptionState state, SubscriptionFacts facts, Instant at)
    {
        var left = state with { UsageWaiting = state.UsageWaiting.RemoveAll(part => part.ClosesAt <= at) };
        return UsageLines.Bill(left, state.UsageWaiting.RemoveAll(part => part.ClosesAt > at), facts, at);
    }
}
