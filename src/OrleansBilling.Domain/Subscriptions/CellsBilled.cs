using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Units without a cell that retries have billed of a span.</summary>
/// <param name="Item">The item.</param>
/// <param name="From">Start of the span.</param>
/// <param name="Quantity">Units.</param>
/// <param name="Amount">Minor units on the lines of the retries, less what late usage gave back of them; before discounts and tax.</param>
public sealed record CellsBilled(string Item, Instant From, decimal Quantity, long Amount)
{
    /// <summary>The retries, in order, with what stands of their units; fewer than <see cref="Quantity"/> where a state of before tells only how many.</summary>
    public ImmutableArray<CellsRetry> Retries { get; init; } = [];

    /// <summary>Units of which neither values nor price are known.</summary>
    internal decimal Unknown => Quantity - Retries.Sum(static retry => retry.Quantity);

    /// <summary>With other retries; the quantity follows.</summary>
    internal CellsBilled With(ImmutableArray<CellsRetry> retries) => this with { Retries = retries, Quantity = Unknown + retries.Sum(static retry => retry.Quantity) };
}

/// <summary>What a retry has billed: the price is kept, since what is taken back later costs what it was billed at.</summary>
/// <param name="Model">Its price.</param>
/// <param name="PercentOff">As negotiated; zero for none.</param>
/// <param name="Groups">The units by their values.</param>
public sealed record CellsRetry(PricingModel Model, decimal PercentOff, ImmutableArray<RatingGroup> Groups)
{
    /// <summary>Units.</summary>
    internal decimal Quantity => Groups.Sum(static group => group.Quantity);
}
