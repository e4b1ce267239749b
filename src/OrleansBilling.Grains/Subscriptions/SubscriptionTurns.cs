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
    /// <param name="read">The facts that it was decided on: the account's, and those of payers.</param>
    /// <param name="now">The account's clock.</param>
    public static TurnWrite Write(SubscriptionState? before, SubscriptionStep step, SubscriptionFacts read, Instant now)
    {
        var facts = read.Billing.Account;
        var after = step.State;
        var row = RowOf(after);
        return new TurnWrite
        {
            Account = after.Account,
            At = now,
            Documents = step.Documents,
            // Also where nothing is billed: a trial's end asks whether there is a payment method.
            FactsSeen = new FactsSeen(facts.Account, facts.Version),
            PayersSeen = [.. read.Accounts.Where(account => account.Account != facts.Account).Select(account => new FactsSeen(account.Account, account.Version))],
            Rows = [.. before is not null && RowOf(before) == row ? [] : new ProjectionRow[] { row }, .. SetAside(before, step, facts.Clock, now), .. UsageTurns.Rows(before, step, read, now)],
            Gathers = [.. step.Documents.GatherAt.Select(at => new GatherWrite(facts.Account, facts.Clock, at))],
            Due = [.. OwnDue(before, after, facts.Clock), .. UsageTurns.Checks(before, step, facts.Clock, now), .. InvoiceDue.Of(step.Documents, facts, now), .. ExpiredGrants(before, step, read, now)],
        };
    }

    private static IEnumerable<DueWrite> ExpiredGrants(SubscriptionState? before, SubscriptionStep step, SubscriptionFacts read, Instant now) =>
        (before is not null && UsageParts.Asks(before)) || UsageParts.Asks(step.State) ? InvoiceDue.OfUsage(step.Documents.Wallets, read.Payer, now) : [];

    /// <summary>The turn that has heard how collection stands: the row that asked for it goes, unless it was written again.</summary>
    public static TurnWrite Consuming(TurnWrite write, SubscriptionState after, AccountFacts facts, SeenRow asked) => write with
    {
        Due = write.Due.Add(
            new DueWrite(new DueKey(DueTargets.Subscription, after.Id, DueKind.CollectionChanged), after.Account, facts.Clock, DueAt: null) { OnlyAs = asked }),
    };

    /// <summary>Lines that were set aside, cut, or wait no longer: billed by the step's invoice, or with nothing left to bill.</summary>
    private static IEnumerable<SetAsideRow> SetAside(SubscriptionState? before, SubscriptionStep step, string clock, Instant now)
    {
        var after = step.State;
        var known = before?.SetAside ?? [];
        foreach (var line in after.SetAside.Where(line => !known.Contains(line)))
        {
            yield return new SetAsideRow(line, after.Account, after.Id, clock, ResolvedAt: null, Invoice: null);
        }

        foreach (var line in known.Where(line => after.SetAside.All(waiting => waiting.Id != line.Id)))
        {
            yield return new SetAsideRow(line, after.Account, after.Id, clock, now, SetAsideLines.InvoiceOf(line, step));
        }
    }

    private static SubscriptionRow RowOf(SubscriptionState state) => new(
        state.Id, state.Account, state.ExternalId, SubscriptionView.Name(state.Status), state.Plan, state.PlanVersion, state.CreatedAt)
    {
        PaymentMethod = state.PaymentMethod,
        CollectionPause = state.CollectionPause,
    };

    private static IEnumerable<DueWrite> OwnDue(SubscriptionState? before, SubscriptionState after, string clock)
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
    }
}
