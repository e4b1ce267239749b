using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// A line that was set aside towards minimum commitments, once a retry bills it: it counts by its days, as it would have done in time,
/// also where a change of the minimum has parted its time since. What was billed as missing to one that is closed gives way to it.
/// </summary>
internal static class RetriedLines
{
    /// <summary>What was billed as missing to closed commitments, less what a retry bills; and the state with what has moved of them.</summary>
    /// <param name="state">Without the line.</param>
    /// <param name="line">What was set aside.</param>
    /// <param name="drafts">What the retry bills and credits.</param>
    /// <param name="closed">The closed commitments of its time.</param>
    /// <param name="facts">Holds its plan, and the invoices.</param>
    public static (SubscriptionState State, ImmutableArray<LineDraft> Lines) Settled(
        SubscriptionState state, SetAsideLine line, ImmutableArray<LineDraft> drafts, ImmutableArray<LateCommitment> closed, SubscriptionFacts facts)
    {
        var commitments = new LateCommitments(state);
        var plan = facts.PlanOf(line.Sold.Plan, line.Sold.PlanVersion);
        foreach (var draft in drafts.Where(draft => draft.Unrated is null))
        {
            foreach (var commitment in closed.Where(closed => IsOf(closed.AddOn, closed.Plan, line) && Overlaps(draft.Period, closed.Time.Start, closed.Time.End)))
            {
                commitments.Counts(commitment, plan, AmountOf(state, draft, commitment.Time.Start, commitment.Time.End));
            }
        }

        return commitments.Settled(state, facts);
    }

    /// <summary>The commitments that run or wait, with what a retry has billed for their time.</summary>
    /// <param name="state">After the retry.</param>
    /// <param name="line">What was set aside.</param>
    /// <param name="billed">The retry's lines, and those that have waited for its invoice.</param>
    public static SubscriptionState Counted(SubscriptionState state, SetAsideLine line, LinesBilled billed) => state with
    {
        Commitments = [.. state.Commitments.Select(running => Counted(state, running, line, billed, Instant.MaxValue))],
        CommitmentsWaiting = [.. state.CommitmentsWaiting.Select(ended => ended with { Running = Counted(state, ended.Running, line, billed, ended.At) })],
    };

    private static Commitment Counted(SubscriptionState state, Commitment running, SetAsideLine line, LinesBilled billed, Instant end) => running with
    {
        Lines = running.Lines.AddRange(billed.Lines
            .Where(each => (billed.Id is null || !each.Draft.HasWaited) && Counts(running, line, each.Draft, end))
            .Select(each => new CountedLine(billed.InvoiceOf(each), each.Id, AmountOf(state, each.Draft, running.From, end))
            {
                Of = each.Draft.Kind is LineKind.Usage ? each.Draft.Amount : 0,
                RunsOn = each.Draft.Kind is not (LineKind.Usage or LineKind.OneTime) && each.Draft.Period.End > end,
            })),
    };

    private static bool Counts(Commitment running, SetAsideLine line, LineDraft draft, Instant end) => draft.Kind is not LineKind.Commitment
        && (draft.CreditedLine is { } credited
            ? running.Lines.Any(counted => counted.Line == credited && !counted.RunsOn)
            : IsOf(running.AddOn, running.Plan, line) && Overlaps(draft.Period, running.From, end));

    private static bool IsOf(bool addOn, string plan, SetAsideLine line) => (line.Usage?.AddOn ?? line.Why.AddOn) == addOn && (!addOn || line.Sold.Plan == plan);

    /// <summary>True where time is shared; what has no length is of the time before it.</summary>
    private static bool Overlaps(Period period, Instant from, Instant end) => period.End > from && (period.Start < end || period.End <= end);

    private static long AmountOf(SubscriptionState state, LineDraft draft, Instant from, Instant end) =>
        CommitmentUsage.PartOf(draft.Kind, draft.Amount, draft.Period, from, end, state);
}
