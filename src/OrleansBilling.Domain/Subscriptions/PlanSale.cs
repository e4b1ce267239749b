using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Whether a plan version can be sold in quantities and a currency.</summary>
internal static class PlanSale
{
    /// <summary>
    /// What stands against it, or null: <c>currency_not_sold</c>, <c>unknown_price</c>, <c>negative_quantity</c>,
    /// <c>amount_too_large</c>. Every price is rated once before it is sold, so that no renewal meets an amount that it
    /// cannot bill.
    /// </summary>
    /// <param name="plan">The version.</param>
    /// <param name="given">The quantities that the caller named, by price code.</param>
    /// <param name="quantityOf">The quantity that will be sold of each price.</param>
    /// <param name="currency">The account's currency.</param>
    public static Refusal? RefusalFor(
        PlanVersion plan, ImmutableSortedDictionary<string, decimal> given, Func<string, decimal> quantityOf, Currency currency)
    {
        if (!plan.Sells(currency))
        {
            return Refusal.Rule("currency_not_sold", $"Plan {plan.Code} has no prices in {currency}, the account's currency. Publish a version with currency_models for it.", "plan");
        }

        foreach (var (code, quantity) in given)
        {
            if (plan.Find(code) is null)
            {
                return Refusal.Rule("unknown_price", $"Plan {plan.Code} version {plan.Version} has no price '{code}'.", $"quantities.{code}");
            }

            if (quantity < 0)
            {
                return Refusal.Rule("negative_quantity", "A quantity is zero or more.", $"quantities.{code}");
            }
        }

        foreach (var price in plan.Prices)
        {
            var rated = Rater.Rate(price.ModelFor(currency, plan.Currency)!, new RatingInput(quantityOf(price.Code)));
            if (rated.Refusal is { } refusal)
            {
                return refusal with { Field = $"quantities.{price.Code}" };
            }
        }

        return null;
    }
}
