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
/// Matches the items of a subscription with what a change leaves of it: its own plan's items by price code with the prices of
/// the plan version, those of added plans as they are. A matched item keeps its id; so does one that returns in the period in
/// which it was taken out.
/// </summary>
/// <param name="Kept">In the order of the plan's prices; then those of added plans.</param>
/// <param name="Removed">Items that are sold no longer.</param>
/// <param name="Former">Items taken out earlier that do not return.</param>
internal sealed record ItemMatch(ImmutableArray<ItemChange> Kept, ImmutableArray<SubscriptionItem> Removed, ImmutableArray<SubscriptionItem> Former)
{
    public static ItemMatch Of(SubscriptionState state, PendingChange terms, PlanVersion plan, SubscriptionFacts facts, IdSource ids)
    {
        var kept = ImmutableArray.CreateBuilder<ItemChange>(state.Items.Length + terms.Added.Length);
        foreach (var price in plan.Prices)
        {
            if (state.Items.FirstOrDefault(item => !item.AddOn && item.Price == price.Code) is { } sold)
            {
                if (!terms.Removed.Contains(sold.Id))
                {
                    kept.Add(Stays(sold, terms, plan, price, facts));
                }
            }
            else if (Brought(state, terms, plan, price, facts) is { } added)
            {
                kept.Add(Returned(state, added, addOn: false, facts, ids, terms));
            }
        }

        kept.AddRange(state.Items.Where(item => item.AddOn && !terms.Removed.Contains(item.Id)).Select(item => Stays(item, terms)));
        kept.AddRange(terms.Added.Where(added => added.Plan != plan.Code).Select(added => Returned(state, added, addOn: true, facts, ids, terms)));
        var stays = kept.Select(change => change.After.Id).ToHashSet(StringComparer.Ordinal);
        return new(
            kept.ToImmutable(),
            [.. state.Items.Where(item => !stays.Contains(item.Id))],
            [.. state.Former.Where(item => !stays.Contains(item.Id))]);
    }

    /// <summary>
    /// A price of the subscription's own plan that comes in: added by name, or new with the plan or its version. One that was
    /// taken out of the plan stays out until it is added again.
    /// </summary>
    private static AddedItem? Brought(SubscriptionState state, PendingChange terms, PlanVersion plan, Price price, SubscriptionFacts facts)
    {
        if (terms.Added.FirstOrDefault(added => added.Plan == plan.Code && added.Price == price.Code) is { } named)
        {
            return named;
        }

        return IsLeftOut(state, plan, price.Code, facts)
            ? null
            : new AddedItem(plan.Code, plan.Version, price.Code, terms.Quantities.GetValueOrDefault(price.Code, PlanSale.QuantityOf(price))) { Override = terms.Overrides.GetValueOrDefault(price.Code) };
    }

    /// <summary>True for a price that the subscription's plan has and that was taken out of the subscription.</summary>
    public static bool IsLeftOut(SubscriptionState state, PlanVersion plan, string price, SubscriptionFacts facts) =>
        state.Plan == plan.Code && facts.PlanOf(state.Plan, state.PlanVersion).Find(price) is not null
        && !state.Items.Any(item => !item.AddOn && item.Price == price);

    private static ItemChange Stays(SubscriptionItem sold, PendingChange terms, PlanVersion plan, Price price, SubscriptionFacts facts)
    {
        var negotiated = terms.Overrides.TryGetValue(price.Code, out var given) ? given : sold.Plan == plan.Code ? sold.Override : null;
        var after = sold with
        {
            Plan = plan.Code,
            PlanVersion = plan.Version,
            Quantity = terms.Quantities.TryGetValue(price.Code, out var quantity) ? quantity : QuantityOf(sold, price, facts),
            Override = negotiated is { IsNone: true } ? null : negotiated,
            // A one-time price is due once, when its item starts; a change brings it in uncharged unless told otherwise.
            OneTimeBilled = price.Kind is PriceKind.OneTime
                && (facts.PriceOf(sold).Kind is PriceKind.OneTime ? sold.OneTimeBilled : !terms.ChargeOneTime),
        };
        return new ItemChange(sold, after, WasSold: true);
    }

    private static decimal QuantityOf(SubscriptionItem sold, Price becomes, SubscriptionFacts facts) =>
        PlanSale.QuantityOf(becomes, facts.PriceOf(sold).Kind is PriceKind.Usage ? null : sold.Quantity);

    private static ItemChange Stays(SubscriptionItem sold, PendingChange terms)
    {
        var negotiated = terms.Overrides.TryGetValue(sold.Id, out var given) ? given : sold.Override;
        var after = sold with
        {
            Quantity = terms.Quantities.TryGetValue(sold.Id, out var quantity) ? quantity : sold.Quantity,
            Override = negotiated is { IsNone: true } ? null : negotiated,
        };
        return new ItemChange(sold, after, WasSold: true);
    }

    /// <summary>An item that comes in, under its former id where it was taken out within the period.</summary>
    private static ItemChange Returned(SubscriptionState state, AddedItem added, bool addOn, SubscriptionFacts facts, IdSource ids, PendingChange terms)
    {
        var former = state.Former.FirstOrDefault(item =>
            item.AddOn == addOn && item.Price == added.Price && (!addOn || item.Plan == added.Plan));
        var negotiated = added.Override is { IsNone: true } ? null : added.Override;
        var after = (former ?? new SubscriptionItem(ids.Next("item"), added.Plan, added.PlanVersion, added.Price, added.Quantity)) with
        {
            Plan = added.Plan,
            PlanVersion = added.PlanVersion,
            Quantity = added.Quantity,
            Override = negotiated,
            AddOn = addOn,
        };
        if (facts.PriceOf(after).Kind is not PriceKind.OneTime)
        {
            return new ItemChange(former, after with { OneTimeBilled = false }, WasSold: false);
        }

        // Adding an item starts it, and what it cost once is not billed again in the period; a change charges it where told.
        var settled = terms.Added.Contains(added)
            ? former is { OneTimeBilled: true } && facts.PriceOf(former).Kind is PriceKind.OneTime
            : !terms.ChargeOneTime;
        return new ItemChange(former, after with { OneTimeBilled = settled }, WasSold: false);
    }
}
