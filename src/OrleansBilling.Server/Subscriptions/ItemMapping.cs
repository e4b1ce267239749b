using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Server.Catalog;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Subscriptions;

/// <summary>Turns what requests say about items into messages.</summary>
internal static class ItemMapping
{
    /// <summary>Quantities by name.</summary>
    public static ImmutableSortedDictionary<string, decimal> Quantities(IReadOnlyDictionary<string, decimal>? given) =>
        (given ?? ImmutableDictionary<string, decimal>.Empty).ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Negotiated prices by name; what one may be is decided in the domain.</summary>
    public static ImmutableSortedDictionary<string, PriceOverride> ToDomain(IReadOnlyDictionary<string, PriceOverrideBody>? given) =>
        (given ?? ImmutableDictionary<string, PriceOverrideBody>.Empty).ToImmutableSortedDictionary(
            pair => pair.Key,
            pair => new PriceOverride(pair.Value.Model is null ? null : PriceMapping.ToDomain(pair.Value.Model), pair.Value.PercentOff) { Until = pair.Value.Until },
            StringComparer.Ordinal);

    /// <summary>A further plan.</summary>
    public static AddOnPlan ToMessage(AddOnBody body) => new()
    {
        Plan = body.Plan,
        PlanVersion = body.PlanVersion,
        Quantities = Quantities(body.Quantities),
        PriceOverrides = ToDomain(body.PriceOverrides),
    };

    /// <summary>The command that adds items. 400 <c>missing_field</c> where neither plan nor price is named.</summary>
    public static AddSubscriptionItems ToCommand(AddItemsBody body) => body is { Plan: null, Price: null }
        ? throw Problem.Invalid("missing_field", "Name a plan, or a price of a plan that the subscription has.", "plan").Exception()
        : new AddSubscriptionItems
        {
            Plan = body.Plan,
            PlanVersion = body.PlanVersion,
            Price = body.Price,
            Quantities = Quantities(body.Quantities),
            PriceOverrides = ToDomain(body.PriceOverrides),
            When = SubscriptionMapping.ToTime(body.When),
            Proration = body.Proration,
            Invoice = body.Invoice ?? InvoiceTiming.Now,
        };

    /// <summary>The command that removes an item.</summary>
    public static RemoveSubscriptionItem ToCommand(RemoveItemBody body, string item) => new()
    {
        Item = item,
        When = SubscriptionMapping.ToTime(body.When),
        Proration = body.Proration,
        Invoice = body.Invoice ?? InvoiceTiming.Now,
    };
}
