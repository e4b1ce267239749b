using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What a caller wants added: a further plan with all its prices, or one price.</summary>
/// <param name="Plan">The version to sell: of a plan that the subscription has already, the one that it is on.</param>
/// <param name="Price">One price of it; null is the whole plan.</param>
public sealed record AddOrder(PlanVersion Plan, string? Price)
{
    /// <summary>By price code; 1 where not given.</summary>
    public ImmutableSortedDictionary<string, decimal> Quantities { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>Negotiated prices by price code.</summary>
    public ImmutableSortedDictionary<string, PriceOverride> Overrides { get; init; } = ImmutableSortedDictionary<string, PriceOverride>.Empty;

    /// <summary>When it takes effect; null is the end of the current period (in a trial: of the trial).</summary>
    public Instant? At { get; init; }

    /// <summary>How the rest of the period is measured; null takes each price's own, else <c>day</c>.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Whether its lines are billed at once or wait for the next invoice.</summary>
    public InvoiceTiming Invoice { get; init; }
}

/// <summary>
/// Adds items to a subscription and removes them, through the machinery of changes: scheduled, replaced, prorated and dropped
/// like any other (<see cref="SubscriptionChange"/>). An item that returns within its period returns under its id.
/// </summary>
public static class SubscriptionItems
{
    /// <summary>Items of a subscription at most.</summary>
    public const int MaxItems = 500;

    /// <summary>
    /// Adds a plan or a price. Its one-time prices fall due. Refusals, in order: <c>subscription_ended</c>,
    /// <c>plan_already_sold</c>, <c>unknown_price</c>, <c>item_exists</c>, <c>add_on_interval_differs</c>, <c>too_many_items</c>, those of
    /// <see cref="PlanSale"/>, <c>policy_needs_same_interval</c>, <c>before_last_change</c>, <c>outside_period</c>.
    /// </summary>
    public static Decided<SubscriptionStep> Add(SubscriptionState state, AddOrder order, SubscriptionFacts facts, StepContext context)
    {
        if (state.Status is SubscriptionStatus.Canceled || state.AwaitedInvoice is not null)
        {
            return state.AwaitedInvoice is null ? Ended() : SubscriptionActivation.Incomplete();
        }

        var at = order.At ?? state.CurrentPeriod.End;
        if ((RefusalOf(state, order, facts, at) ?? SubscriptionChange.RefusalOfTime(state, order.At, context.Now)) is { } refusal)
        {
            return refusal;
        }

        var added = order.Plan.Prices
            .Where(price => order.Price is null || price.Code == order.Price)
            .Select(price => new AddedItem(order.Plan.Code, order.Plan.Version, price.Code, order.Quantities.GetValueOrDefault(price.Code, PlanSale.QuantityOf(price)))
            {
                Override = order.Overrides.GetValueOrDefault(price.Code),
            });
        return SubscriptionChange.Take(
            state, Pending(state, at, order.Proration, order.Invoice) with { Added = [.. added] }, order.At is null || at > context.Now, facts, context);
    }

    /// <summary>
    /// Removes an item. Refusals, in order: <c>subscription_ended</c>, 404 <c>item_not_found</c>, <c>last_item</c>,
    /// <c>full_difference_needs_change</c>, <c>before_last_change</c>, <c>outside_period</c>.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="item">Id of one of its items.</param>
    /// <param name="when">When it takes effect; null is the end of the current period.</param>
    /// <param name="policy">How its unused time is credited; null takes the price's, else <c>day</c>.</param>
    /// <param name="timing">Whether its credit is billed at once or waits for the next invoice.</param>
    /// <param name="facts">Its plans and invoices.</param>
    /// <param name="context">The frame of the turn.</param>
    public static Decided<SubscriptionStep> Remove(
        SubscriptionState state, string item, Instant? when, ProrationPolicy? policy, InvoiceTiming timing, SubscriptionFacts facts, StepContext context)
    {
        if (state.Status is SubscriptionStatus.Canceled || state.AwaitedInvoice is not null)
        {
            return state.AwaitedInvoice is null ? Ended() : SubscriptionActivation.Incomplete();
        }

        if (PayerRules.RefusalOf(timing, facts) is { } waits)
        {
            return waits;
        }

        if (!state.Items.Any(sold => sold.Id == item))
        {
            return Refusal.NotFound("item_not_found", $"The subscription has no item {item}.");
        }

        if (state.Items.Length == 1)
        {
            return Refusal.Rule("last_item", "It is the subscription's last item: cancel the subscription instead.");
        }

        if (policy is ProrationPolicy.FullDifference)
        {
            return Refusal.Rule("full_difference_needs_change", "full_difference compares two prices; nothing comes in the item's place. Choose second, day, day_30 or none.", "proration");
        }

        var at = when ?? state.CurrentPeriod.End;
        return SubscriptionChange.RefusalOfTime(state, when, context.Now) is { } refusal
            ? refusal
            : SubscriptionChange.Take(
                state, Pending(state, at, policy, timing) with { Removed = [item] }, when is null || at > context.Now, facts, context);
    }

    /// <summary>
    /// The plan version whose price a caller means by the code alone: the subscription's own plan, else an added one, that
    /// has the price and does not sell it. Refusals: <c>unknown_price</c>, <c>item_exists</c>, <c>ambiguous_price</c>.
    /// </summary>
    public static Decided<PlanVersion> PlanOf(SubscriptionState state, string price, SubscriptionFacts facts)
    {
        var having = Sold(state).Select(sold => facts.PlanOf(sold.Plan, sold.Version)).Where(plan => plan.Find(price) is not null).ToList();
        if (having.Count == 0)
        {
            return Refusal.Rule("unknown_price", $"No plan of the subscription has a price '{price}'; name the plan to add.", "price");
        }

        var missing = having.Where(plan => !Sells(state, plan.Code, price)).ToList();
        return missing.Count switch
        {
            0 => Exists(price),
            1 => missing[0],
            _ => Refusal.Rule("ambiguous_price", $"Several plans of the subscription have a price '{price}'; name the plan too.", "price"),
        };
    }

    /// <summary>The version of a plan that the subscription has already, or null.</summary>
    public static int? VersionOf(SubscriptionState state, string plan) =>
        Sold(state).Where(sold => sold.Plan == plan).Select(sold => (int?)sold.Version).FirstOrDefault();

    /// <summary>The refusal of a plan that is sold already.</summary>
    internal static Refusal AlreadySold(PlanVersion plan, string field) => Refusal.Rule(
        "plan_already_sold", $"The subscription has plan {plan.Code} already: raise its quantities, or start another subscription.", field);

    /// <summary>What stands against so many items, or null.</summary>
    internal static Refusal? RefusalOfCount(int items, string field) => items <= MaxItems
        ? null
        : Refusal.Rule("too_many_items", $"A subscription has at most {MaxItems} items; start another one for the rest.", field);

    /// <summary>What stands against an added plan's interval beside a subscription's own plan, or null.</summary>
    internal static Refusal? RefusalOfInterval(PlanVersion plan, PlanVersion own, string field) => plan.Interval.IsAsLongAs(own.Interval)
        ? null
        : Refusal.Rule(
            "add_on_interval_differs",
            $"Plan {plan.Code} is billed every {plan.Interval}, the subscription every {own.Interval}: add a plan of the same interval, or start another subscription.",
            field);

    private static Refusal? RefusalOf(SubscriptionState state, AddOrder order, SubscriptionFacts facts, Instant at)
    {
        var plan = order.Plan;
        if (order.Price is null && VersionOf(state, plan.Code) is not null)
        {
            return AlreadySold(plan, "plan");
        }

        if (order.Price is { } price && plan.Find(price) is null)
        {
            return Refusal.Rule("unknown_price", $"Plan {plan.Code} version {plan.Version} has no price '{price}'.", "price");
        }

        if (order.Price is { } sold && Sells(state, plan.Code, sold))
        {
            return Exists(sold);
        }

        if (order.Price is { } only && order.Quantities.Keys.Concat(order.Overrides.Keys).FirstOrDefault(code => code != only) is { } stray)
        {
            return Refusal.Rule("unknown_price", $"Only price '{only}' is added; '{stray}' is not.", $"{(order.Quantities.ContainsKey(stray) ? "quantities" : "price_overrides")}.{stray}");
        }

        var own = facts.PlanOf(state.Plan, state.PlanVersion);
        return RefusalOfInterval(plan, own, "plan")
            ?? RefusalOfCount(state.Items.Length + (order.Price is null ? plan.Prices.Length : 1), "plan")
            ?? PlanSale.RefusalFor(
                plan, order.Quantities, order.Overrides,
                code => order.Price is { } one && one != code ? null : (order.Quantities.GetValueOrDefault(code, 1m), order.Overrides.GetValueOrDefault(code)),
                state.Currency, at)
            ?? PayerRules.RefusalOf(order.Invoice, facts)
            ?? SubscriptionChange.RefusalOfPolicy(state, own, order.Proration, reset: false, facts);
    }

    private static IEnumerable<(string Plan, int Version)> Sold(SubscriptionState state) =>
        state.Items.Where(item => item.AddOn).Select(item => (item.Plan, item.PlanVersion)).Prepend((state.Plan, state.PlanVersion)).Distinct();

    private static bool Sells(SubscriptionState state, string plan, string price) =>
        state.Items.Any(item => item.Plan == plan && item.Price == price);

    private static PendingChange Pending(SubscriptionState state, Instant at, ProrationPolicy? policy, InvoiceTiming timing) =>
        new(at, state.Plan, state.PlanVersion, ImmutableSortedDictionary<string, decimal>.Empty) { Proration = policy, Invoice = timing };

    private static Refusal Exists(string price) =>
        Refusal.Rule("item_exists", $"The subscription sells price '{price}' already: change its quantity by POST .../change.", "price");

    private static Refusal Ended() => Refusal.Rule("subscription_ended", "The subscription has ended already. Create a new one.");
}
