using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>The calendar from the end of the current period on.</summary>
/// <param name="Interval">Length of one period.</param>
/// <param name="Reset">True for a new anchor at the end of the period; false counts from the old one.</param>
/// <param name="Rule">The anchor that was asked for instead, or null.</param>
public sealed record NextCalendar(BillingInterval Interval, bool Reset, AnchorRule? Rule = null)
{
    /// <summary>True where the calendar does not go on from the old anchor: the account's zone of today holds.</summary>
    public bool IsNew => Reset || Rule is not null;
}

/// <summary>The terms of a change, and when it takes effect.</summary>
/// <param name="At">When; the end of the current period or an instant within it.</param>
/// <param name="Plan">Plan code.</param>
/// <param name="PlanVersion">Pinned when the change was asked for.</param>
/// <param name="Quantities">
/// By price code, for items of added plans by item id; an item keeps its quantity where not given, a new one takes 1.
/// </param>
public sealed record PendingChange(Instant At, string Plan, int PlanVersion, ImmutableSortedDictionary<string, decimal> Quantities)
{
    /// <summary>The call's policy; null takes each price's own, else <c>day</c>.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Whether a new anchor starts at the change; null is: where the interval changes.</summary>
    public bool? AnchorReset { get; init; }

    /// <summary>The anchor asked for from the change on, or null.</summary>
    public AnchorRule? Anchor { get; init; }

    /// <summary>Charges one-time prices of new items.</summary>
    public bool ChargeOneTime { get; init; }

    /// <summary>Negotiated prices, named like <see cref="Quantities"/>; an item of the same plan keeps its own where not given.</summary>
    public ImmutableSortedDictionary<string, PriceOverride> Overrides { get; init; } = ImmutableSortedDictionary<string, PriceOverride>.Empty;

    /// <summary>Items that come in.</summary>
    public ImmutableArray<AddedItem> Added { get; init; } = [];

    /// <summary>Ids of items that go.</summary>
    public ImmutableArray<string> Removed { get; init; } = [];

    /// <summary>Whether its lines are billed at once or wait for the next invoice.</summary>
    public InvoiceTiming Invoice { get; init; }
}

/// <summary>An item that a change brings in: a price of an added plan, or one of the subscription's own plan that it did not sell.</summary>
/// <param name="Plan">Plan code.</param>
/// <param name="PlanVersion">Pinned when it was asked for.</param>
/// <param name="Price">Price code.</param>
/// <param name="Quantity">Not negative.</param>
public sealed record AddedItem(string Plan, int PlanVersion, string Price, decimal Quantity)
{
    /// <summary>Its negotiated price, or null.</summary>
    public PriceOverride? Override { get; init; }
}
