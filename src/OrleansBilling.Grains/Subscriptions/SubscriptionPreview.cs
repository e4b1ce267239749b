using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>What a change or a renewal would bill. Runs the very steps that bill, and writes nothing.</summary>
internal static class SubscriptionPreview
{
    /// <summary>The policies that serve an end and a pause.</summary>
    public static readonly ImmutableArray<ProrationPolicy> Policies = [ProrationPolicy.Second, ProrationPolicy.Day, ProrationPolicy.Day30, ProrationPolicy.None];

    private static readonly ProrationPolicy[] ChangePolicies =
        [ProrationPolicy.Second, ProrationPolicy.Day, ProrationPolicy.Day30, ProrationPolicy.FullDifference, ProrationPolicy.None];

    /// <summary>The invoice of a cancellation: under one policy, or without one under every policy that serves an end.</summary>
    public static CommandAnswer Cancel(SubscriptionState stored, SubscriptionFacts read, Instant now, Instant? at, ProrationPolicy? policy, bool leavesUsage)
    {
        var (state, facts) = CaughtUp(stored, ByItself(read), now);
        var shown = new List<CancelPreviewView>();
        foreach (var each in policy is { } one ? [one] : Policies)
        {
            var decided = SubscriptionCancellation.Cancel(state, at, each, facts, Context(state, now), leavesUsage);
            if (decided.Refusal is { } refusal)
            {
                return CommandAnswers.Of(refusal);
            }

            // A scheduled end is shown as it will be when it takes effect.
            var step = decided.Value.State.Status is SubscriptionStatus.Canceled
                ? decided.Value
                : Scheduled(decided.Value.State, facts);
            shown.Add(new CancelPreviewView(ProrationPolicyNames.Of(each), step.State.EndedAt, ViewOf(step), EarlierOf(step)));
        }

        return policy is null
            ? CommandAnswers.Of(200, AnswerJson.Write(new { data = shown }))
            : PreviewAnswer.Of(shown[0].Invoice, ("proration", shown[0].Proration), ("ends_at", shown[0].EndsAt), ("earlier_payers", shown[0].EarlierPayers));
    }

    /// <summary>The invoice of a change: under one policy, or without one under every policy that fits it.</summary>
    /// <remarks>Lines that would wait for the next invoice are shown as one of their own.</remarks>
    public static CommandAnswer Change(SubscriptionState stored, SubscriptionFacts read, Instant now, ChangeOrder order)
    {
        var (current, facts) = CaughtUp(stored, Shown(read, order.Invoice), now);
        var timed = SubscriptionChange.Timed(current, order, facts, now) with { Invoice = InvoiceTiming.Now };
        return PayerRules.RefusalOf(order.Invoice, facts) is { } waits ? CommandAnswers.Of(waits) : Each(current, facts, now, timed.At, timed.Proration, ChangePolicies,
            (state, policy) => SubscriptionChange.Change(state, timed with { Proration = policy }, facts, Context(state, now)));
    }

    /// <summary>The same of an addition of items.</summary>
    public static CommandAnswer Add(SubscriptionState stored, SubscriptionFacts read, Instant now, AddOrder order)
    {
        var (current, facts) = CaughtUp(stored, Shown(read, order.Invoice), now);
        return PayerRules.RefusalOf(order.Invoice, facts) is { } waits ? CommandAnswers.Of(waits) : Each(current, facts, now, order.At, order.Proration, ChangePolicies,
            (state, policy) => SubscriptionItems.Add(state, order with { Proration = policy, Invoice = InvoiceTiming.Now }, facts, Context(state, now)));
    }

    /// <summary>The same of the removal of an item.</summary>
    public static CommandAnswer Remove(
        SubscriptionState stored, SubscriptionFacts read, Instant now, string item, Instant? at, ProrationPolicy? policy, InvoiceTiming timing)
    {
        var (current, facts) = CaughtUp(stored, Shown(read, timing), now);
        return PayerRules.RefusalOf(timing, facts) is { } waits ? CommandAnswers.Of(waits) : Each(current, facts, now, at, policy, Policies,
            (state, each) => SubscriptionItems.Remove(state, item, at, each, InvoiceTiming.Now, facts, Context(state, now)));
    }

    /// <summary>By itself; and where it would wait for the next invoice, without what else waits.</summary>
    private static SubscriptionFacts Shown(SubscriptionFacts facts, InvoiceTiming timing) =>
        ByItself(timing is InvoiceTiming.Next ? facts with { Pending = [] } : facts);

    /// <summary>What a move to another version of the plan would do, under the given policy or every one that fits.</summary>
    public static MovePreview Move(SubscriptionState stored, SubscriptionFacts read, Instant now, ChangeOrder order)
    {
        // What waits for the next invoice anyhow is no effect of the move.
        var (state, facts) = CaughtUp(stored, Shown(read, InvoiceTiming.Next), now);
        var immediate = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (var policy in order.Proration is { } one ? [one] : ChangePolicies)
        {
            var decided = SubscriptionChange.Change(state, order with { Proration = policy }, facts, Context(state, now));
            if (decided.Refusal is { } refusal)
            {
                if (order.Proration is null && refusal.Code == "policy_needs_same_interval")
                {
                    continue;
                }

                return new MovePreview { Refusal = CommandAnswers.Of(refusal).Refusal };
            }

            if (order.At is not null)
            {
                immediate[ProrationPolicyNames.Of(policy)] = decided.Value.Documents.Invoices.Sum(invoice => invoice.Totals.Total);
            }
        }

        var (today, after) = RecurringAmount.PerMonth(state, order, facts, now);
        return new MovePreview { Currency = state.Currency.Code, Today = today, New = after, Immediate = immediate.ToImmutable() };
    }

    private static CommandAnswer Each(
        SubscriptionState state, SubscriptionFacts facts, Instant now, Instant? at, ProrationPolicy? given, IEnumerable<ProrationPolicy> policies,
        Func<SubscriptionState, ProrationPolicy, Decided<SubscriptionStep>> decide)
    {
        var shown = new List<ChangePreviewView>();
        foreach (var each in given is { } one ? [one] : policies)
        {
            var decided = decide(state, each);
            if (decided.Refusal is { } refusal)
            {
                if (given is null && refusal.Code == "policy_needs_same_interval")
                {
                    continue;
                }

                return CommandAnswers.Of(refusal);
            }

            var (invoice, earlier) = InvoiceOf(decided.Value, facts);
            shown.Add(new ChangePreviewView(ProrationPolicyNames.Of(each), at ?? state.CurrentPeriod.End, invoice, earlier, Following(decided.Value, facts, now)));
        }

        return given is null
            ? CommandAnswers.Of(200, AnswerJson.Write(new { data = shown }))
            : PreviewAnswer.Of(shown[0].Invoice, ("proration", shown[0].Proration), ("effective_at", shown[0].EffectiveAt), ("earlier_payers", shown[0].EarlierPayers), ("following", shown[0].Following));
    }

    /// <summary>The invoice that the change makes; of one at the end of the period that of the renewal which follows at once.</summary>
    private static (InvoiceView? Invoice, IReadOnlyList<InvoiceView> Earlier) InvoiceOf(SubscriptionStep decided, SubscriptionFacts facts)
    {
        var shown = (Invoice: ViewOf(decided), Earlier: EarlierOf(decided));
        if (decided.State.PendingChange is not { } pending)
        {
            return shown;
        }

        var state = decided.State;
        facts = facts.After(decided.Documents);
        while (SubscriptionDueWork.Next(state, pending.At) is { } due)
        {
            var step = SubscriptionLife.Due(state, due.Kind, facts, SubscriptionSteps.Context(state, due.Kind, due.At, due.At));
            shown = due.Kind is DueKind.Cancel ? (null, []) : ViewOf(step) is { } view ? (view, EarlierOf(step)) : shown;
            (state, facts) = (step.State, facts.After(step.Documents));
        }

        return shown;
    }

    /// <summary>
    /// What is due at once after the change, and billed in the same moment: renewals, where a change dated back moves a boundary to
    /// where it has passed already.
    /// </summary>
    private static List<InvoiceView> Following(SubscriptionStep decided, SubscriptionFacts facts, Instant now)
    {
        var following = new List<InvoiceView>();
        var state = decided.State;
        facts = facts.After(decided.Documents);
        while (SubscriptionDueWork.Next(state, now) is { } due)
        {
            var step = SubscriptionLife.Due(state, due.Kind, facts, SubscriptionSteps.Context(state, due.Kind, due.At, now));
            following.AddRange(step.Documents.Invoices.Select(invoice => ViewOf(step, invoice)));
            (state, facts) = (step.State, facts.After(step.Documents));
        }

        return following;
    }

    /// <summary>The invoice of the next renewal by today's facts. Refusal: <c>no_upcoming_invoice</c>.</summary>
    /// <remarks>Where the account gathers its lines, it is the subscription's part of the invoice that they will share.</remarks>
    public static CommandAnswer Upcoming(SubscriptionState stored, SubscriptionFacts read, Instant now)
    {
        var (state, facts) = CaughtUp(stored, ByItself(read), now);
        var step = SubscriptionLife.Upcoming(state, facts, Context(state, now));
        return step is not null && ViewOf(step) is { } view
            ? CommandAnswers.Of(200, AnswerJson.Write(view))
            : CommandAnswers.Of(Refusal.Rule("no_upcoming_invoice", "Nothing will be billed: the subscription ends, is paused, or has no recurring prices."));
    }

    private static SubscriptionStep Scheduled(SubscriptionState state, SubscriptionFacts facts)
    {
        // The periods between now and a later end are renewed first, as they will be: the credit is of the last one.
        var at = state.CancelAt!.Value;
        while (SubscriptionDueWork.Next(state, at) is { } due)
        {
            var step = SubscriptionLife.Due(state, due.Kind, facts, SubscriptionSteps.Context(state, due.Kind, due.At, due.At));
            if (due.Kind is DueKind.Cancel)
            {
                return step;
            }

            (state, facts) = (step.State, facts.After(step.Documents));
        }

        return SubscriptionStep.Of(state);
    }

    /// <summary>State and facts with everything due applied, as a command would find them.</summary>
    public static (SubscriptionState State, SubscriptionFacts Facts) CaughtUp(SubscriptionState state, SubscriptionFacts facts, Instant now)
    {
        while (SubscriptionDueWork.Next(state, now) is { } due)
        {
            var step = SubscriptionLife.Due(state, due.Kind, facts, SubscriptionSteps.Context(state, due.Kind, due.At, now));
            (state, facts) = (step.State, facts.After(step.Documents));
        }

        return (state, facts);
    }

    /// <summary>The facts by which a document is shown by itself, also where the account gathers its lines.</summary>
    public static SubscriptionFacts ByItself(SubscriptionFacts facts) => facts with
    {
        Billing = facts.Billing with { Account = facts.Billing.Account with { Grouping = InvoiceGrouping.Subscription } },
    };

    /// <summary>The frame of a preview.</summary>
    public static StepContext Context(SubscriptionState state, Instant now) =>
        new(now, now, new IdSource($"preview/{state.Id}", now), $"preview:{state.Id}");

    /// <summary>The invoice of a step as a draft; null where it makes none.</summary>
    public static InvoiceView? ViewOf(SubscriptionStep step) => step.Documents.Invoices is [.., var invoice] ? ViewOf(step, invoice) : null;

    /// <summary>The documents of a step for payers of before: what was billed to them is given back to them. Empty while the payer stays.</summary>
    public static IReadOnlyList<InvoiceView> EarlierOf(SubscriptionStep step) => [.. step.Documents.Invoices.SkipLast(1).Select(invoice => ViewOf(step, invoice))];

    private static InvoiceView ViewOf(SubscriptionStep step, Invoice invoice) => InvoiceView.Of(InvoiceDocument.Of(invoice), InvoiceIssue.InitialState(invoice)) with
    {
        Status = "draft",
        ForAccount = invoice.Account == step.State.Account ? null : step.State.Account,
    };
}

/// <summary>What a cancellation would do under one policy. <c>invoice</c> is null where it makes none; <c>earlier_payers</c> are credits for payers of before.</summary>
public sealed record CancelPreviewView(string Proration, Instant? EndsAt, InvoiceView? Invoice, IReadOnlyList<InvoiceView> EarlierPayers);

/// <summary>
/// What a change would do under one policy. <c>invoice</c> is null where it makes none; <c>earlier_payers</c> are credits for payers of
/// before; <c>following</c> are the invoices of renewals that are due at once after it.
/// </summary>
public sealed record ChangePreviewView(
    string Proration, Instant EffectiveAt, InvoiceView? Invoice, IReadOnlyList<InvoiceView> EarlierPayers, IReadOnlyList<InvoiceView> Following);
