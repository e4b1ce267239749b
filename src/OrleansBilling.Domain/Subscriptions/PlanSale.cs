using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Whether prices can be sold in quantities, at negotiated prices and in a currency.</summary>
internal static class PlanSale
{
    private static readonly ImmutableSortedDictionary<string, PriceOverride> NoOverrides = ImmutableSortedDictionary<string, PriceOverride>.Empty;

    /// <summary>
    /// What stands against a plan version, or null: <c>currency_not_sold</c>, <c>unknown_price</c>, <c>quantity_is_metered</c>, <c>negative_quantity</c>,
    /// those of <see cref="PriceOverrideRules"/>, <c>amount_too_large</c>. Every price is rated once before it is sold, so that
    /// no renewal meets an amount that it cannot bill.
    /// </summary>
    /// <param name="plan">The version.</param>
    /// <param name="given">The quantities that the caller named, by price code.</param>
    /// <param name="overrides">The negotiated prices that the caller named, by price code.</param>
    /// <param name="itemOf">The item that will be sold of each price; null where none is.</param>
    /// <param name="currency">The account's currency.</param>
    /// <param name="from">When it is sold.</param>
    /// <param name="within">Where the plan stands in the request, such as <c>add_ons[0].</c>; empty for the request itself.</param>
    public static Refusal? RefusalFor(
        PlanVersion plan,
        ImmutableSortedDictionary<string, decimal> given,
        ImmutableSortedDictionary<string, PriceOverride>? overrides,
        Func<string, (decimal Quantity, PriceOverride? Override)?> itemOf,
        Currency currency,
        Instant from,
        string within = "")
    {
        if (!plan.Sells(currency))
        {
            return Refusal.Rule("currency_not_sold", $"Plan {plan.Code} has no prices in {currency}, the account's currency. Publish a version with currency_models for it.", $"{within}plan");
        }

        foreach (var (code, quantity) in given)
        {
            var field = $"{within}quantities.{code}";
            if ((plan.Find(code) is { } named ? Metered(named, field) ?? Negative(quantity, field) : Unknown(plan, code, field)) is { } refusal)
            {
                return refusal;
            }
        }

        foreach (var (code, negotiated) in overrides ?? NoOverrides)
        {
            var field = $"{within}price_overrides.{code}";
            if ((plan.Find(code) is { } price ? PriceOverrideRules.Check(negotiated, price, from, field) : Unknown(plan, code, field)) is { } refusal)
            {
                return refusal;
            }
        }

        foreach (var price in plan.Prices.Concat(plan.Phases.SelectMany(phase => phase.Prices)))
        {
            if (itemOf(price.Code) is { } item && Rated(new PriceTerms(plan, price, item.Quantity), item.Override, currency, $"{within}quantities.{price.Code}") is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <summary>What stands against a new quantity or negotiated price of an item that is sold already, or null.</summary>
    public static Refusal? RefusalFor(PriceTerms terms, decimal? quantity, PriceOverride? given, PriceOverride? becomes, Currency currency, Instant from, string name) =>
        (quantity is { } wanted ? Metered(terms.Price, $"quantities.{name}") ?? Negative(wanted, $"quantities.{name}") : null)
        ?? (given is null ? null : PriceOverrideRules.Check(given, terms.Price, from, $"price_overrides.{name}"))
        ?? Rated(terms, becomes, currency, $"quantities.{name}");

    private static Refusal Unknown(PlanVersion plan, string code, string field) =>
        Refusal.Rule("unknown_price", $"Plan {plan.Code} version {plan.Version} has no price '{code}'.", field);

    /// <summary>The quantity with which an item begins where nobody names one: one, and none of what its meter counts.</summary>
    public static decimal QuantityOf(Price price, decimal? given = null) => price.Kind is PriceKind.Usage ? 0 : given ?? 1;

    private static Refusal? Metered(Price price, string field) => price.Kind is PriceKind.Usage
        ? Refusal.Rule("quantity_is_metered", $"Price '{price.Code}' is for usage: its meter counts the quantity. Leave it out.", field)
        : null;

    private static Refusal? Negative(decimal quantity, string field) =>
        quantity < 0 ? Refusal.Rule("negative_quantity", "A quantity is zero or more.", field) : null;

    /// <summary>Rated at the catalog's price too, which an override that ends leaves.</summary>
    private static Refusal? Rated(PriceTerms terms, PriceOverride? negotiated, Currency currency, string field)
    {
        var refusal = negotiated is null || negotiated.Until is not null ? Rated(terms, currency) : null;
        refusal ??= negotiated is { IsNone: false } ? Rated(terms with { Override = negotiated }, currency) : null;
        return refusal is null ? null : refusal with { Field = field };
    }

    private static Refusal? Rated(PriceTerms terms, Currency currency) =>
        Rater.Rate(terms.ModelIn(currency)!, new RatingInput(QuantityOf(terms.Price, terms.Quantity)) { PercentOff = terms.PercentOff }).Refusal;
}
