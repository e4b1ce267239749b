using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Closed spans that cannot be rated again with what came late: each waits for a person with its reason, and the others are looked at all
/// the same. What was counted of it stays, so that the next look finds the whole difference.
/// </summary>
internal static class LateAside
{
    /// <summary>The reason for which it waits; the price's own is in the words.</summary>
    public const string Code = "late_usage";

    /// <summary>True for a span that waits for another look, not for its first line.</summary>
    public static bool Is(SetAsideLine line) => line is { Why.Code: Code, Usage: not null };

    /// <summary>The draft that sets a span aside; null where it waits already.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="part">The span.</param>
    /// <param name="why">Why it cannot be rated.</param>
    /// <param name="facts">Holds its plan.</param>
    public static LineDraft? Draft(SubscriptionState state, UsagePart part, Refusal why, SubscriptionFacts facts)
    {
        return state.SetAside.Any(line => IsOf(line, part)) ? null
            : ItemLines.Unrated(
                state, UsageLines.ItemOf(part, 0), part.TermsOf(facts), LineKind.Usage, part.Span, part.Span, Refusal.Rule(Code, Told(part, why)), new PartInput(Share.One, part.Bounds, IsLast: true)) with
            {
                Usage = new ClosedUsage(part, 0, 0, 0, UsageOutcome.Counted),
            };
    }

    /// <summary>The reason in words.</summary>
    public static string Told(UsagePart part, Refusal why) => $"Usage of item {part.Item} from {part.Span.Start} cannot be rated again: {why.Code}. {why.Detail}";

    /// <summary>The state once spans were looked at: what was set aside of them waits no longer.</summary>
    public static SubscriptionState Mended(SubscriptionState state, ImmutableArray<LateSpan> spans) =>
        state.SetAside.IsEmpty ? state : state with { SetAside = state.SetAside.RemoveAll(line => spans.Any(span => IsOf(line, span.Part))) };

    /// <summary>A person asks for another look: it is due at once, and sets the span aside again where it still cannot be rated.</summary>
    public static SubscriptionStep Retried(SubscriptionState state, SetAsideLine line) => SubscriptionStep.Of(state with
    {
        SetAside = state.SetAside.Remove(line),
        UsageReturned = state.UsageReturned.Add(new CarriedUsage(line.Item, line.Usage!.Span.Start, 0)),
        CommitmentsClosed = [],
        Revision = state.Revision + 1,
    });

    /// <summary>The state once spans are set aside: what asked for their look does so no longer.</summary>
    public static SubscriptionState Asked(SubscriptionState state, ImmutableArray<LateSpan> spans) => state with
    {
        UsageReturned = state.UsageReturned.RemoveAll(one => one.Quantity == 0 && spans.Any(span => span.Part.Item == one.Item && span.Part.Span.Start == one.Start)),
    };

    private static bool IsOf(SetAsideLine line, UsagePart part) => Is(line) && line.Item == part.Item && line.Usage!.Span.Start == part.Span.Start;
}
