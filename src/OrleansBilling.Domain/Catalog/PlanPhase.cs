using System.Collections.Immutable;

namespace OrleansBilling.Domain.Catalog;

/// <summary>The first paid periods of a plan, or the next ones after an earlier phase, at prices of their own.</summary>
/// <param name="Periods">Paid periods on the plan, from 1; a partial one counts as one.</param>
/// <param name="Prices">Each takes the place of the plan's price of the same code; others cost what the plan says.</param>
public sealed record PlanPhase(int Periods, ImmutableArray<Price> Prices)
{
    /// <summary>The price of a code, or null where the plan's own applies.</summary>
    public Price? Find(string priceCode) => Prices.FirstOrDefault(price => price.Code == priceCode);
}
