using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What a caller wants changed. Null members take their defaults. Values are named as <see cref="ItemNames"/> says.</summary>
/// <param name="Plan">The plan version from then on; the present one for a change of quantities alone.</param>
public sealed record ChangeOrder(PlanVersion Plan)
{
    /// <summary>By price code or item id; an item keeps its quantity where not given, a new one takes 1.</summary>
    public ImmutableSortedDictionary<string, decimal> Quantities { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>Negotiated prices by price code or item id; an item of the same plan keeps its own where not given.</summary>
    public ImmutableSortedDictionary<string, PriceOverride> Overrides { get; init; } = ImmutableSortedDictionary<string, PriceOverride>.Empty;

    /// <summary>When it takes effect; null is the end of the current period (in a trial: of the trial).</summary>
    public Instant? At { get; init; }

    /// <summary>False where the call leaves it to the plan's defaults; <see cref="At"/> is now then.</summary>
    public bool WhenGiven { get; init; } = true;

    /// <summary>How the rest of the period is measured; null takes the plan's default, each price's own, else <c>day</c>.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Whether a new anchor starts at the change; null is: where the interval changes.</summary>
    public bool? AnchorReset { get; init; }

    /// <summary>Where periods begin from the change on; null keeps them, or goes by <see cref="AnchorReset"/>.</summary>
    public AnchorRule? Anchor { get; init; }

    /// <summary>Charges one-time prices of new items.</summary>
    public bool ChargeOneTime { get; init; }

    /// <summary>Whether its lines are billed at once or wait for the next invoice.</summary>
    public InvoiceTiming Invoice { get; init; }
}
