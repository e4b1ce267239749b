using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>An item before and after a change.</summary>
/// <param name="Before">As it was; null for one that was never there in this period.</param>
/// <param name="After">On its new terms, with all that was billed for it.</param>
/// <param name="WasSold">False where it is new, or returns after an earlier change took it out.</param>
internal sealed record ItemChange(SubscriptionItem? Before, SubscriptionItem After, bool WasSold);

/// <summary>
/// Matches the items of a subscription with the prices of a plan version, by price code. A matched item keeps its id; so
/// does one that returns in the period in which it was taken out.
/// </summary>
/// <param name="Kept">In the order of the plan's prices.</param>
/// <param name="Removed">Items without a price in the plan.</param>
/// <param name="Former">Items taken out earlier that do not return.</param>
internal sealed record ItemMatch(ImmutableArray<ItemChange> Kept, ImmutableArray<SubscriptionItem> Removed, ImmutableArray<SubscriptionItem> Former)
{
    public static ItemMatch Of(SubscriptionState state, PendingChange terms, PlanVersion plan, SubscriptionFacts facts, IdSource ids) => new(
        [.. plan.Prices.Select(price => Match(state, terms, plan, price, facts, ids))],
        [.. state.Items.Where(item => plan.Find(item.Price) is null)],
        [.. state.Former.Where(item => plan.Find(item.Price) is null)]);

    private static ItemChange Match(SubscriptionState state, PendingChange terms, PlanVersion plan, Price price, SubscriptionFacts facts, IdSource ids)
    {
        var sold = state.Items.FirstOrDefault(item => item.Price == price.Code);
        var before = sold ?? state.Former.FirstOrDefault(item => item.Price == price.Code);
        var quantity = terms.Quantities.TryGetValue(price.Code, out var given) ? given : sold?.Quantity ?? 1m;
        var after = before is null
            ? new SubscriptionItem(ids.Next("item"), plan.Code, plan.Version, price.Code, quantity)
            : before with { Plan = plan.Code, PlanVersion = plan.Version, Quantity = quantity };
        return new ItemChange(before, after with { OneTimeBilled = OneTimeSettled(sold, terms, price, facts) }, sold is not null);
    }

    /// <summary>A one-time price is due once, when its item starts; a change brings it in uncharged unless told otherwise.</summary>
    private static bool OneTimeSettled(SubscriptionItem? sold, PendingChange terms, Price price, SubscriptionFacts facts) =>
        price.Kind is PriceKind.OneTime
        && (sold is not null && facts.PriceOf(sold).Kind is PriceKind.OneTime ? sold.OneTimeBilled : !terms.ChargeOneTime);
}
