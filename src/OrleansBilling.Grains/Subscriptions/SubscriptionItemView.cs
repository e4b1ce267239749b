using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Catalog;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>An item of a subscription. <c>add_on</c> is true for those of plans beside the subscription's own.</summary>
public sealed record SubscriptionItemView(
    string Id, string Object, string Plan, int PlanVersion, string Price, decimal Quantity, bool AddOn, PriceOverrideView? PriceOverride)
{
    /// <summary>The view of an item.</summary>
    public static SubscriptionItemView Of(SubscriptionItem item) => new(
        item.Id, "subscription_item", item.Plan, item.PlanVersion, item.Price, item.Quantity, item.AddOn, PriceOverrideView.Of(item.Override));
}

/// <summary>A negotiated price.</summary>
public sealed record PriceOverrideView(IReadOnlyDictionary<string, object?>? Model, decimal? PercentOff, Instant? Until)
{
    /// <summary>The view of an override.</summary>
    public static PriceOverrideView? Of(PriceOverride? given) => given is null
        ? null
        : new PriceOverrideView(given.Model is null ? null : PricingModelView.Of(given.Model), given.PercentOff, given.Until);
}

/// <summary>
/// A change that waits for its instant. <c>quantities</c> and <c>price_overrides</c> are those that it names, <c>removed</c> the
/// ids of items that go.
/// </summary>
public sealed record PendingChangeView(
    string Plan,
    int PlanVersion,
    IReadOnlyDictionary<string, decimal> Quantities,
    IReadOnlyDictionary<string, PriceOverrideView> PriceOverrides,
    IReadOnlyList<AddedItemView> Added,
    IReadOnlyList<string> Removed,
    Instant At,
    string? Proration,
    AnchorView? Anchor)
{
    /// <summary>The view of a pending change.</summary>
    public static PendingChangeView Of(PendingChange pending) => new(
        pending.Plan,
        pending.PlanVersion,
        pending.Quantities,
        pending.Overrides.ToDictionary(pair => pair.Key, pair => PriceOverrideView.Of(pair.Value)!, StringComparer.Ordinal),
        [.. pending.Added.Select(added => new AddedItemView(added.Plan, added.PlanVersion, added.Price, added.Quantity, PriceOverrideView.Of(added.Override)))],
        [.. pending.Removed],
        pending.At,
        pending.Proration is { } policy ? ProrationPolicyNames.Of(policy) : null,
        pending.Anchor is { } rule ? AnchorView.Of(rule) : null);
}

/// <summary>An item that a pending change brings in.</summary>
public sealed record AddedItemView(string Plan, int PlanVersion, string Price, decimal Quantity, PriceOverrideView? PriceOverride);
