using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>A further plan of a new subscription.</summary>
[GenerateSerializer, Alias("add_on_plan"), Immutable]
public sealed record AddOnPlan
{
    /// <summary>Plan code.</summary>
    [Id(0)] public required string Plan { get; init; }

    /// <summary>Null is the newest.</summary>
    [Id(1)] public int? PlanVersion { get; init; }

    /// <summary>By price code; 1 where not given.</summary>
    [Id(2)] public ImmutableSortedDictionary<string, decimal> Quantities { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>Negotiated prices by price code.</summary>
    [Id(3)] public ImmutableSortedDictionary<string, PriceOverride> PriceOverrides { get; init; } = ImmutableSortedDictionary<string, PriceOverride>.Empty;
}

/// <summary>The command that adds a plan, or one price of a plan, to a subscription.</summary>
[GenerateSerializer, Alias("add_subscription_items"), Immutable]
public sealed record AddSubscriptionItems
{
    /// <summary>Plan code; null looks for <see cref="Price"/> among the plans that the subscription has.</summary>
    [Id(0)] public string? Plan { get; init; }

    /// <summary>Null is the newest, or the one that the subscription is on.</summary>
    [Id(1)] public int? PlanVersion { get; init; }

    /// <summary>One price alone; null is the whole plan.</summary>
    [Id(2)] public string? Price { get; init; }

    /// <summary>By price code; 1 where not given.</summary>
    [Id(3)] public ImmutableSortedDictionary<string, decimal> Quantities { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>Negotiated prices by price code.</summary>
    [Id(4)] public ImmutableSortedDictionary<string, PriceOverride> PriceOverrides { get; init; } = ImmutableSortedDictionary<string, PriceOverride>.Empty;

    /// <summary>When it takes effect.</summary>
    [Id(5)] public required ChangeTime When { get; init; }

    /// <summary>Null takes each price's own, else <c>day</c>.</summary>
    [Id(6)] public ProrationPolicy? Proration { get; init; }

    /// <summary>Whether its lines are billed at once or wait for the next invoice.</summary>
    [Id(70)] public InvoiceTiming Invoice { get; init; }
}

/// <summary>The command that removes an item.</summary>
[GenerateSerializer, Alias("remove_subscription_item"), Immutable]
public sealed record RemoveSubscriptionItem
{
    /// <summary><c>item_...</c></summary>
    [Id(0)] public required string Item { get; init; }

    /// <summary>When it takes effect.</summary>
    [Id(1)] public required ChangeTime When { get; init; }

    /// <summary>Null takes the price's own, else <c>day</c>.</summary>
    [Id(2)] public ProrationPolicy? Proration { get; init; }

    /// <summary>Whether its lines are billed at once or wait for the next invoice.</summary>
    [Id(70)] public InvoiceTiming Invoice { get; init; }
}
