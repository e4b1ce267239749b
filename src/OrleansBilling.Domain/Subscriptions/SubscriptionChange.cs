using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What a caller wants changed. Null members take their defaults.</summary>
/// <param name="Plan">The plan version from then on; the present one for a change of quantities alone.</param>
public sealed record ChangeOrder(PlanVersion Plan)
{
    /// <summary>By price code; an item keeps its quantity where not given, a new one takes 1.</summary>
    public ImmutableSortedDictionary<string, decimal> Quantities { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>When it takes effect; null is the end of the current period (in a trial: of the trial).</summary>
    public Instant? At { get; init; }

    /// <summary>How the rest of the period is measured; null takes each price's own, else <c>day</c>.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Whether a new anchor starts at the change; null is: where the interval changes.</summary>
    public bool? AnchorReset { get; init; }

    /// <summary>Charges one-time prices of new items.</summary>
    public bool ChargeOneTime { get; init; }
}

/// <summary>
/// Changes plan and quantities: now, back within the current period, or at an instant ahead within it or its end
/// (rules.md, "Shares of a period", "Credits for unused time", "Anchors").
/// </summary>
public static class SubscriptionChange
{
    /// <summary>
    /// Changes, or schedules the change. A new scheduled change replaces the pending one; a change that takes effect drops
    /// it. Refusals, in order: <c>subscription_ended</c>, <c>currency_not_sold</c>, <c>unknown_price</c>,
    /// <c>negative_quantity</c>, <c>amount_too_large</c>, <c>policy_needs_same_interval</c>, <c>anchor_needs_months</c>,
    /// <c>before_last_change</c>, <c>outside_period</c>, <c>nothing_to_change</c>.
    /// </summary>
    public static Decided<SubscriptionStep> Change(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts, StepContext context)
    {
        if (state.Status is SubscriptionStatus.Canceled)
        {
            return Refusal.Rule("subscription_ended", "The subscription has ended already. Create a new one.");
        }

        if (RefusalOfTerms(state, order, facts) is { } terms)
        {
            return terms;
        }

        var at = order.At ?? state.CurrentPeriod.End;
        if (RefusalOfTime(state, order.At, context.Now) is { } time)
        {
            return time;
        }

        var scheduled = order.At is null || at > context.Now;
        if (ChangesNothing(state, order))
        {
            // The one way to take a pending change back: ask now for what is there.
            return !scheduled && state.PendingChange is { } unwanted
                ? SubscriptionStep.Of(state with { PendingChange = null }, Dropped(state, unwanted, "replaced"))
                : Refusal.Rule("nothing_to_change", "The subscription has this plan, version and these quantities already.");
        }

        var pending = new PendingChange(at, order.Plan.Code, order.Plan.Version, order.Quantities)
        {
            Proration = order.Proration,
            AnchorReset = order.AnchorReset,
            ChargeOneTime = order.ChargeOneTime,
        };
        var changed = state with { PendingChange = pending };
        var step = scheduled
            ? SubscriptionStep.Of(changed, Event(state, "subscription.change_scheduled", pending))
            : Effective(changed, facts, context with { At = at });
        return state.PendingChange is { } dropped ? step.Telling(Dropped(state, dropped, "replaced")) : step;
    }

    /// <summary>The pending change takes effect. What could stand against it was refused when it was asked for.</summary>
    /// <exception cref="InvalidOperationException">There is none: an error of the caller.</exception>
    public static SubscriptionStep Effective(SubscriptionState state, SubscriptionFacts facts, StepContext context)
    {
        var terms = state.PendingChange ?? throw new InvalidOperationException($"Subscription {state.Id} has no pending change.");
        var plan = facts.PlanOf(terms.Plan, terms.PlanVersion);
        var effect = ChangeEffect.Of(state, terms, plan, facts, context);
        var changed = effect.State with
        {
            Plan = plan.Code,
            PlanVersion = plan.Version,
            PendingChange = null,
            LastChangeAt = context.At,
        };
        var told = Event(state, "subscription.changed", terms);
        if (effect.Lines.IsEmpty)
        {
            return SubscriptionStep.Of(changed, told);
        }

        var revision = state.Revision + 1;
        var (after, invoice, documents) = SubscriptionInvoicing.Issue(
            changed, [.. effect.Lines.Select(line => line with { Revision = revision, Cause = context.Cause })], facts, context, "change");
        var remembered = SubscriptionInvoicing.Remember(after, invoice, effect.Nominal) with { Revision = revision };
        return new SubscriptionStep(remembered, documents).Telling(told);
    }

    /// <summary>The refusal of anything dated before the last change.</summary>
    internal static Refusal BeforeLastChange(SubscriptionState state) =>
        Refusal.Rule("before_last_change", $"A change took effect at {state.LastChangeAt}; none may be dated before it.", "when");

    /// <summary>The event of a pending change that will not take effect.</summary>
    internal static BillingEvent Dropped(SubscriptionState state, PendingChange dropped, string reason) => BillingEvent.Of(
        "subscription.change_dropped", state.Account, state.Id,
        ("at", dropped.At), ("plan", dropped.Plan), ("plan_version", (long)dropped.PlanVersion), ("reason", reason));

    private static Refusal? RefusalOfTerms(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts)
    {
        decimal QuantityOf(string code) => order.Quantities.TryGetValue(code, out var given) ? given : state.Items.FirstOrDefault(item => item.Price == code)?.Quantity ?? 1m;

        if (PlanSale.RefusalFor(order.Plan, order.Quantities, QuantityOf, state.Currency) is { } refusal)
        {
            return refusal;
        }

        var interval = state.Interval ?? facts.PlanOf(state.Plan, state.PlanVersion).Interval;
        var differs = !order.Plan.Interval.IsAsLongAs(interval);
        if (order.Proration is ProrationPolicy.FullDifference && (differs || order.AnchorReset is true))
        {
            return Refusal.Rule(
                "policy_needs_same_interval",
                $"full_difference compares two prices within one period: it needs a plan of {interval} and the same anchor. Choose second, day, day_30 or none.",
                "proration");
        }

        // Boundaries are resolved from the rule when the first paid period begins: it must fit then.
        return state.Anchor is null && !(order.AnchorReset ?? differs) ? state.AnchorRule.RefusalFor(order.Plan.Interval) : null;
    }

    private static Refusal? RefusalOfTime(SubscriptionState state, Instant? at, Instant now)
    {
        if (at < state.LastChangeAt)
        {
            return BeforeLastChange(state);
        }

        if (!state.Renews && state.Status is not SubscriptionStatus.Trialing)
        {
            return at == now ? null : Refusal.Rule("outside_period", "No period is running: only a change now is possible.", "when");
        }

        return at < state.CurrentPeriod.Start || at > state.CurrentPeriod.End
            ? Refusal.Rule("outside_period", $"A change lies within the current period, from {state.CurrentPeriod.Start} to {state.CurrentPeriod.End}.", "when")
            : null;
    }

    private static bool ChangesNothing(SubscriptionState state, ChangeOrder order) =>
        order.Plan.Code == state.Plan
        && order.Plan.Version == state.PlanVersion
        && order.AnchorReset is not true
        && order.Quantities.All(given => state.Items.Any(item => item.Price == given.Key && item.Quantity == given.Value));

    private static BillingEvent Event(SubscriptionState state, string type, PendingChange terms) => BillingEvent.Of(
        type, state.Account, state.Id,
        ("at", terms.At), ("from_plan", state.Plan), ("from_plan_version", (long)state.PlanVersion),
        ("plan", terms.Plan), ("plan_version", (long)terms.PlanVersion));
}
