using NodaTime;

namespace OrleansBilling.Domain.Catalog;

/// <summary>
/// A negotiated price of one subscription: a model of its own in place of the catalog's, or so many percent off. It holds while
/// the item's plan stays the same, whatever its version.
/// </summary>
/// <param name="Model">The model in the account's currency, in every phase of the plan; null with <paramref name="PercentOff"/>.</param>
/// <param name="PercentOff">Percent taken off the price after its minimum and maximum; null with <paramref name="Model"/>. Zero is no override.</param>
public sealed record PriceOverride(PricingModel? Model, decimal? PercentOff)
{
    /// <summary>Ends it: what is billed for time that begins at or after this instant costs the catalog's price. Null never does.</summary>
    public Instant? Until { get; init; }

    /// <summary>True where it says nothing: given in a change it takes a former override back.</summary>
    public bool IsNone => Model is null && PercentOff is null or 0;

    /// <summary>True where it applies to a service period that begins at an instant.</summary>
    public bool AppliesAt(Instant start) => !IsNone && !(start >= Until);
}
