using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>The plans of a new subscription, its own first, each with the quantities and negotiated prices of its items.</summary>
internal static class OrderedPlans
{
    /// <summary>
    /// The plans. Refusals: <c>unknown_price</c>, <c>ambiguous_price</c>, <c>named_twice</c>, <c>plan_already_sold</c>,
    /// <c>add_on_interval_differs</c>, <c>too_many_items</c>, and those of <see cref="PlanSale"/>.
    /// </summary>
    public static Decided<ImmutableArray<AddOnOrder>> Of(SubscriptionOrder order, Currency currency, Instant start)
    {
        var shared = Shared(order);
        if (shared.Refusal is { } unclear)
        {
            return unclear;
        }

        var plans = shared.Value;
        for (var i = 0; i < plans.Length; i++)
        {
            if (RefusalFor(plans, i, currency, start) is { } refusal)
            {
                return refusal;
            }
        }

        return SubscriptionItems.RefusalOfCount(plans.Sum(sold => sold.Plan.Prices.Length), "add_ons") is { } tooMany ? tooMany : plans;
    }

    /// <summary>The negotiated prices of the whole request, each given to the plan that has the price.</summary>
    private static Decided<ImmutableArray<AddOnOrder>> Shared(SubscriptionOrder order)
    {
        var plans = order.AddOns.Insert(0, new AddOnOrder(order.Plan) { Quantities = order.Quantities }).ToBuilder();
        foreach (var (code, negotiated) in order.Overrides)
        {
            var field = $"price_overrides.{code}";
            var owners = order.Plan.Find(code) is not null
                ? [0]
                : Enumerable.Range(1, plans.Count - 1).Where(i => plans[i].Plan.Find(code) is not null).ToList();
            if (owners.Count != 1)
            {
                return owners.Count == 0
                    ? Refusal.Rule("unknown_price", $"No plan of the subscription has a price '{code}'.", field)
                    : Refusal.Rule("ambiguous_price", $"Several added plans have a price '{code}'; give price_overrides within add_ons.", field);
            }

            var owner = owners[0];
            if (plans[owner].Overrides.ContainsKey(code))
            {
                return Refusal.Rule("named_twice", $"Price '{code}' is negotiated within add_ons already; name it once.", field);
            }

            plans[owner] = plans[owner] with { Overrides = plans[owner].Overrides.Add(code, negotiated) };
        }

        return plans.ToImmutable();
    }

    private static Refusal? RefusalFor(ImmutableArray<AddOnOrder> plans, int index, Currency currency, Instant start)
    {
        var (sold, plan) = (plans[index], plans[index].Plan);
        var within = index == 0 ? "" : $"add_ons[{index - 1}].";
        if (plans.Take(index).Any(other => other.Plan.Code == plan.Code))
        {
            return SubscriptionItems.AlreadySold(plan, $"{within}plan");
        }

        return SubscriptionItems.RefusalOfInterval(plan, plans[0].Plan, $"{within}plan")
            ?? PlanSale.RefusalFor(
                plan, sold.Quantities, sold.Overrides,
                code => (sold.Quantities.GetValueOrDefault(code, 1m), sold.Overrides.GetValueOrDefault(code)),
                currency, start, within);
    }
}
