using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Changes plan, quantities and negotiated prices: now, back within the current period, or at an instant ahead within it or its end
/// (rules.md, "Shares of a period", "Credits for unused time", "Anchors").
/// </summary>
public static class SubscriptionChange
{
    /// <summary>
    /// Changes, or schedules the change. A new scheduled change replaces the pending one; a change that takes effect drops
    /// it. Added plans are left alone. Refusals, in order: <c>subscription_ended</c>, <c>subscription_incomplete</c>, those of <see cref="ItemNames"/>,
    /// <c>plan_already_sold</c>, those of <see cref="PlanSale"/>, <c>add_on_interval_differs</c>, <c>anchor_given_twice</c>, <c>policy_needs_same_interval</c>, <c>anchor_needs_months</c>,
    /// <c>before_last_change</c>, <c>outside_period</c>, <c>nothing_to_change</c>.
    /// </summary>
    public static Decided<SubscriptionStep> Change(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts, StepContext context)
    {
        if (state.Status is SubscriptionStatus.Canceled)
        {
            return Refusal.Rule("subscription_ended", "The subscription has ended already. Create a new one.");
        }

        if (state.AwaitedInvoice is not null)
        {
            return SubscriptionActivation.Incomplete();
        }

        var named = Named(state, order, facts);
        if (named.Refusal is { } unclear)
        {
            return unclear;
        }

        order = ChangeDirection.Defaulted(state, named.Value, facts, context.Now);
        var at = order.At ?? state.CurrentPeriod.End;
        if ((RefusalOfTerms(state, order, facts, at) ?? RefusalOfTime(state, order.At, context.Now)) is { } refusal)
        {
            return refusal;
        }

        var scheduled = order.At is null || at > context.Now;
        if (ChangesNothing(state, order, facts, at))
        {
            // The one way to take a pending change back: ask now for what is there.
            return !scheduled && state.PendingChange is { } unwanted
                ? SubscriptionStep.Of(state with { PendingChange = null }, Dropped(state, unwanted, "replaced"))
                : Refusal.Rule("nothing_to_change", "The subscription has this plan, version, these quantities, prices and boundaries already.");
        }

        var pending = new PendingChange(at, order.Plan.Code, order.Plan.Version, order.Quantities)
        {
            Proration = order.Proration,
            AnchorReset = order.AnchorReset,
            Anchor = order.Anchor,
            ChargeOneTime = order.ChargeOneTime,
            Overrides = order.Overrides,
            Invoice = order.Invoice,
        };
        return Take(state, pending, scheduled, facts, context);
    }

    /// <summary>The time that the plan's defaults give to an order which leaves it to them, for showing it; else as it is.</summary>
    public static ChangeOrder Timed(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts, Instant now) =>
        !order.WhenGiven && Named(state, order, facts) is { IsAccepted: true } named
            ? order with { At = ChangeDirection.Defaulted(state, named.Value, facts, now).At, WhenGiven = true }
            : order;

    /// <summary>Schedules a change that was checked, or lets it take effect; a pending one is dropped.</summary>
    internal static SubscriptionStep Take(SubscriptionState state, PendingChange pending, bool scheduled, SubscriptionFacts facts, StepContext context)
    {
        var changed = state with { PendingChange = pending };
        var step = scheduled
            ? SubscriptionStep.Of(changed, Event(state, "subscription.change_scheduled", pending))
            : Effective(changed, facts, context with { At = pending.At });
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
        (changed, var lines) = SetAsideLines.Taken(changed, effect.Lines, context);
        if (lines.IsEmpty)
        {
            return Closing(SubscriptionStep.Of(changed, told), effect);
        }

        var revision = state.Revision + 1;
        var (after, invoice, documents) = SubscriptionInvoicing.Issue(
            changed, [.. lines.Select(line => line with { Revision = revision, Cause = context.Cause })], facts, context, "change", terms.Invoice);
        var remembered = SubscriptionInvoicing.Remember(after, invoice, effect.Nominal) with { Revision = revision };
        return Closing(new SubscriptionStep(remembered, documents).Telling(told), effect);
    }

    private static SubscriptionStep Closing(SubscriptionStep step, ChangeEffect effect) =>
        (effect.Closed.IsEmpty ? step : step with { Documents = step.Documents with { UsageClosed = effect.Closed } }).Seeing(effect.Seen);

    /// <summary>The refusal of anything dated before the last change.</summary>
    internal static Refusal BeforeLastChange(SubscriptionState state) =>
        Refusal.Rule("before_last_change", $"A change took effect at {state.LastChangeAt}; none may be dated before it.", "when");

    /// <summary>The event of a pending change that will not take effect.</summary>
    internal static BillingEvent Dropped(SubscriptionState state, PendingChange dropped, string reason) => BillingEvent.Of(
        "subscription.change_dropped", state.Account, state.Id,
        ("at", dropped.At), ("plan", dropped.Plan), ("plan_version", (long)dropped.PlanVersion), ("reason", reason));

    /// <summary>What stands against a policy of a change to a plan, or null: <c>policy_needs_same_interval</c>.</summary>
    internal static Refusal? RefusalOfPolicy(SubscriptionState state, PlanVersion plan, ProrationPolicy? policy, bool reset, SubscriptionFacts facts)
    {
        var interval = IntervalOf(state, facts);
        return policy is ProrationPolicy.FullDifference && (reset || !plan.Interval.IsAsLongAs(interval))
            ? Refusal.Rule(
                "policy_needs_same_interval",
                $"full_difference compares two prices within one period: it needs a plan of {interval} and the same anchor. Choose second, day, day_30 or none.",
                "proration")
            : null;
    }

    /// <summary>The order with what it names resolved to the items of the subscription.</summary>
    private static Decided<ChangeOrder> Named(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts)
    {
        bool IsLeftOut(string price) => ItemMatch.IsLeftOut(state, order.Plan, price, facts);

        var quantities = ItemNames.Resolve(order.Quantities, state, order.Plan, IsLeftOut, "quantities");
        if (quantities.Refusal is { } unclear)
        {
            return unclear;
        }

        var overrides = ItemNames.Resolve(order.Overrides, state, order.Plan, IsLeftOut, "price_overrides");
        return overrides.Refusal is { } refusal
            ? refusal
            : order with { Quantities = quantities.Value, Overrides = overrides.Value };
    }

    private static Refusal? RefusalOfTerms(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts, Instant at)
    {
        if (RefusalOfPlan(state, order, facts, at) is { } refusal)
        {
            return refusal;
        }

        foreach (var item in state.Items.Where(item => item.AddOn))
        {
            if (RefusalOfAddOn(state, item, order, facts, at) is { } refused)
            {
                return refused;
            }
        }

        if (order is { Anchor: not null, AnchorReset: not null })
        {
            return Refusal.Rule("anchor_given_twice", "Give either anchor or anchor_reset.", "anchor_reset");
        }

        // Boundaries are resolved from the rule when the first paid period begins: it must fit then.
        var differs = !order.Plan.Interval.IsAsLongAs(IntervalOf(state, facts));
        return PayerRules.RefusalOf(order.Invoice, facts)
            ?? RefusalOfPolicy(state, order.Plan, order.Proration, order.AnchorReset is true || order.Anchor is not null, facts)
            ?? order.Anchor?.RefusalFor(order.Plan.Interval)
            ?? (order.Anchor is null && state.Anchor is null && !(order.AnchorReset ?? differs) ? state.AnchorRule.RefusalFor(order.Plan.Interval) : null);
    }

    private static Refusal? RefusalOfPlan(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts, Instant at)
    {
        (decimal, PriceOverride?)? ItemOf(string code)
        {
            var item = state.Items.FirstOrDefault(item => !item.AddOn && item.Price == code);
            if (item is null && ItemMatch.IsLeftOut(state, order.Plan, code, facts))
            {
                return null;
            }

            var kept = item is not null && item.Plan == order.Plan.Code ? item.Override : null;
            return (order.Quantities.TryGetValue(code, out var given) ? given : item?.Quantity ?? 1m, order.Overrides.GetValueOrDefault(code) ?? kept);
        }

        if (order.Plan.Code != state.Plan && state.Items.Any(item => item.AddOn && item.Plan == order.Plan.Code))
        {
            return SubscriptionItems.AlreadySold(order.Plan, "plan");
        }

        return PlanSale.RefusalFor(
            order.Plan,
            order.Quantities.RemoveRange(state.Items.Where(item => item.AddOn).Select(item => item.Id)),
            order.Overrides.RemoveRange(state.Items.Where(item => item.AddOn).Select(item => item.Id)),
            ItemOf, state.Currency, at);
    }

    private static Refusal? RefusalOfAddOn(SubscriptionState state, SubscriptionItem item, ChangeOrder order, SubscriptionFacts facts, Instant at)
    {
        var plan = facts.PlanOf(item);
        if (!plan.Interval.IsAsLongAs(order.Plan.Interval))
        {
            return Refusal.Rule(
                "add_on_interval_differs",
                $"Plan {plan.Code}, added to the subscription, is billed every {plan.Interval}; plan {order.Plan.Code} every {order.Plan.Interval}. Remove the added plan first.",
                "plan");
        }

        decimal? quantity = order.Quantities.TryGetValue(item.Id, out var wanted) ? wanted : null;
        var given = order.Overrides.GetValueOrDefault(item.Id);
        return quantity is null && given is null
            ? null
            : PlanSale.RefusalFor(
                new PriceTerms(plan, facts.PriceOf(item), quantity ?? item.Quantity), quantity, given, given ?? item.Override, state.Currency, at, item.Id);
    }

    private static BillingInterval IntervalOf(SubscriptionState state, SubscriptionFacts facts) =>
        state.Interval ?? facts.PlanOf(state.Plan, state.PlanVersion).Interval;

    internal static Refusal? RefusalOfTime(SubscriptionState state, Instant? at, Instant now)
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

    private static bool ChangesNothing(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts, Instant at)
    {
        SubscriptionItem? ItemOf(string name) => state.Items.FirstOrDefault(item => item.AddOn ? item.Id == name : item.Price == name);

        return order.Plan.Code == state.Plan
            && order.Plan.Version == state.PlanVersion
            && order.AnchorReset is not true
            && (state.Anchor is { } anchor
                ? order.Anchor is null || (state.NextCalendar is null && ChangeEffect.IsSameCalendar(anchor, order.Anchor, facts, at))
                : order.Anchor is null || order.Anchor == state.AnchorRule)
            && order.Quantities.All(given => ItemOf(given.Key)?.Quantity == given.Value)
            && order.Overrides.All(given => ItemOf(given.Key) is { } item && item.Override == (given.Value.IsNone ? null : given.Value));
    }

    private static BillingEvent Event(SubscriptionState state, string type, PendingChange terms)
    {
        var told = BillingEvent.Of(
            type, state.Account, state.Id,
            ("at", terms.At), ("from_plan", state.Plan), ("from_plan_version", (long)state.PlanVersion),
            ("plan", terms.Plan), ("plan_version", (long)terms.PlanVersion));
        return terms is { Added.IsEmpty: true, Removed.IsEmpty: true }
            ? told
            : told with
            {
                Data = told.Data
                    .Add("added", string.Join(", ", terms.Added.Select(added => $"{added.Plan}/{added.Price}")))
                    .Add("removed", string.Join(", ", terms.Removed)),
            };
    }
}
