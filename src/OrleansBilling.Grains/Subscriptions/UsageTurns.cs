using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>The rows of usage that a turn writes: which meters are priced since when, and which spans and commitments it has closed.</summary>
internal static class UsageTurns
{
    /// <summary>How long after a close the span is looked at for events that came in beside it.</summary>
    private static readonly Duration Settling = Duration.FromMinutes(5);

    /// <summary>
    /// A span that is closed is looked at once more: an event that became durable after it was read, and before the close was, is
    /// seen by nobody else. What returns to a span is looked at at once.
    /// </summary>
    public static IEnumerable<DueWrite> Checks(SubscriptionState? before, SubscriptionStep step, string clock, Instant now)
    {
        var returns = Returned(before, step.State).Any();
        return returns || Closed(step, now).Any(row => !row.Closed.IsLate)
            ? [new DueWrite(new DueKey(DueTargets.Subscription, step.State.Id, DueKind.UsageLate), step.State.Account, clock, returns ? now : now + Settling)]
            : [];
    }

    private static IEnumerable<UsageRecheckRow> Returned(SubscriptionState? before, SubscriptionState after) => after.UsageReturned
        .Where(returned => before is null || !before.UsageReturned.Contains(returned)).Select(returned => new UsageRecheckRow(after.Id, returned.Item, returned.Start));

    /// <summary>The turn that has looked at closed spans again: what asked for it goes, unless it was asked for anew.</summary>
    /// <param name="write">The turn.</param>
    /// <param name="state">After it.</param>
    /// <param name="read">What was looked at.</param>
    /// <param name="clock">The account's.</param>
    public static TurnWrite Looked(TurnWrite write, SubscriptionState state, LateUsageRead read, string clock)
    {
        // What returns and has not found all that it was charged with goes on: further spans are asked for.
        var again = state.UsageReturned.Where(returned => read.Spans.Any(span => span.Part.Item == returned.Item && span.Part.Span.Start == returned.Start)).ToList();
        var more = read.IsFull || again.Count > 0;
        var due = new DueWrite(new DueKey(DueTargets.Subscription, state.Id, DueKind.UsageLate), state.Account, clock, more ? write.At : null);
        return write with
        {
            Rows = [.. write.Rows, .. read.Seen.Select(seen => new UsageRecheckedRow(state.Id, seen.Item, seen.Start, seen.Mark)), .. again.Select(returned => new UsageRecheckRow(state.Id, returned.Item, returned.Start))],
            Due = more ? write.Due.Add(due) : read.Asked is { } asked ? write.Due.Add(due with { OnlyAs = asked }) : write.Due,
        };
    }

    /// <summary>The turn that has billed what an alert asked for: the row goes, unless it was written again by a later firing.</summary>
    public static TurnWrite Asked(TurnWrite write, SubscriptionState state, PieceAsked asked, string clock) => write with
    {
        Due = write.Due.Add(new DueWrite(new DueKey(DueTargets.Subscription, state.Id, DueKind.UsagePiece), state.Account, clock, null) { OnlyAs = asked.Row }),
    };

    /// <summary>The rows of a step.</summary>
    public static IEnumerable<ProjectionRow> Rows(SubscriptionState? before, SubscriptionStep step, SubscriptionFacts facts, Instant now) =>
        Owned(before, step.State)
            .Concat<ProjectionRow>(UsageViews.Begun(before, step.State, facts).Select(begun => new UsageViewRow(step.State.Account, begun.Meter, begun.View)))
            .Concat(Closed(step, now)).Concat(Committed(before, step.State, now)).Concat(Returned(before, step.State));

    private static IEnumerable<CommitmentClosedRow> Committed(SubscriptionState? before, SubscriptionState after, Instant now) =>
        after.CommitmentsClosed.Where(closed => closed.Number > (before?.CommitmentsEnded ?? 0)).Select(closed => new CommitmentClosedRow(after.Id, closed, now));

    private static IEnumerable<UsageOwnerRow> Owned(SubscriptionState? before, SubscriptionState after)
    {
        var (was, becomes) = (Meters(before), Meters(after));
        foreach (var (meter, since) in becomes.Where(claim => !was.ContainsKey(claim.Key)))
        {
            yield return new UsageOwnerRow(after.Account, meter, after.Id, after.CreatedAt, since, Until: null);
        }

        // What ends it is the end, a pause or a change, each dated by its own effect.
        foreach (var meter in was.Keys.Where(meter => !becomes.ContainsKey(meter)))
        {
            yield return new UsageOwnerRow(after.Account, meter, after.Id, after.CreatedAt, Since: null, after.EndedAt ?? after.PausedAt ?? after.LastChangeAt ?? after.CurrentPeriod.Start);
        }
    }

    /// <summary>One that waits for its first payment is not live: once it is paid, its claim holds from its start; unpaid it never held.</summary>
    private static Dictionary<string, Instant> Meters(SubscriptionState? state) => (state is null or { Status: SubscriptionStatus.Incomplete } ? [] : state.Items)
        .Select(item => item.Usage).OfType<ItemUsage>().GroupBy(running => running.Meter, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Min(running => running.From), StringComparer.Ordinal);

    private static IEnumerable<UsageClosedRow> Closed(SubscriptionStep step, Instant now)
    {
        var documents = step.Documents;
        foreach (var line in documents.Invoices.SelectMany(invoice => invoice.Lines).Where(line => line.Draft is { Usage: not null, HasWaited: false }))
        {
            yield return Row(step, line.Draft.Usage!, line.Id, line.Draft.Cause, now);
        }

        foreach (var waiting in documents.PendingLines.Where(line => line.Draft.Usage is not null))
        {
            yield return Row(step, waiting.Draft.Usage!, waiting.Draft.Id, waiting.Draft.Cause, now);
        }

        foreach (var closed in documents.UsageClosed)
        {
            yield return Row(step, closed, closed.Line, null, now);
        }
    }

    private static UsageClosedRow Row(SubscriptionStep step, ClosedUsage closed, string? line, string? cause, Instant now) =>
        // What pieces have billed is in the amount; a look later finds their lines by the begin of the span.
        new(step.State.Account, step.State.Id, closed with { Part = closed.Part with { Pieces = [] } }, line, cause, now);
}
