using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Turns a step of a subscription into what its turn commits.</summary>
internal static class SubscriptionTurns
{
    /// <summary>The step's documents, the projection row where it changed, and the rows of due work that it moves.</summary>
    /// <param name="before">The state before the turn; null at creation.</param>
    /// <param name="step">What was decided.</param>
    /// <param name="facts">The account facts that it was decided on.</param>
    /// <param name="now">The account's clock.</param>
    /// <param name="consumed">A kind whose row the turn deletes although no state shows it; null for none.</param>
    public static TurnWrite Write(SubscriptionState? before, SubscriptionStep step, AccountFacts facts, Instant now, DueKind? consumed = null)
    {
        var after = step.State;
        var row = RowOf(after);
        return new TurnWrite
        {
            Account = after.Account,
            At = now,
            Documents = step.Documents,
            FactsSeen = step.Documents.Invoices.IsEmpty && before is not null ? null : new FactsSeen(facts.Account, facts.Version),
            Rows = before is not null && RowOf(before) == row ? [] : [row],
            Due = [.. OwnDue(before, after, facts.Clock, consumed), .. InvoiceDue.Of(step.Documents, facts, now)],
        };
    }

    private static SubscriptionRow RowOf(SubscriptionState state) => new(
        state.Id, state.Account, state.ExternalId, SubscriptionView.Name(state.Status), state.Plan, state.PlanVersion, state.CreatedAt);

    private static IEnumerable<DueWrite> OwnDue(SubscriptionState? before, SubscriptionState after, string clock, DueKind? consumed)
    {
        var old = SubscriptionDueWork.Of(before).ToDictionary(due => due.Kind, due => due.At);
        var renewed = SubscriptionDueWork.Of(after).ToDictionary(due => due.Kind, due => due.At);
        foreach (var (kind, at) in renewed)
        {
            if (!old.TryGetValue(kind, out var former) || former != at)
            {
                yield return new DueWrite(new DueKey(DueTargets.Subscription, after.Id, kind), after.Account, clock, at);
            }
        }

        foreach (var kind in old.Keys.Where(kind => !renewed.ContainsKey(kind)))
        {
            yield return new DueWrite(new DueKey(DueTargets.Subscription, after.Id, kind), after.Account, clock, DueAt: null);
        }

        if (consumed is { } done)
        {
            yield return new DueWrite(new DueKey(DueTargets.Subscription, after.Id, done), after.Account, clock, DueAt: null);
        }
    }
}
