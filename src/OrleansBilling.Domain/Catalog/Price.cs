using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>What a price is charged for.</summary>
public enum PriceKind
{
    /// <summary>Charged once per billing interval.</summary>
    Recurring,

    /// <summary>Charged for metered events, always in arrears.</summary>
    Usage,

    /// <summary>Charged once, when its item starts; after a trial with the first paid period. Never prorated.</summary>
    OneTime,
}

/// <summary>When a recurring price is billed.</summary>
public enum BillingTiming
{
    /// <summary>At the start of the period it is for.</summary>
    InAdvance,

    /// <summary>At the end of the period it is for.</summary>
    InArrears,
}

/// <summary>A price of a plan version. Immutable once published.</summary>
/// <param name="Code">Unique within the plan; the caller's name for it.</param>
/// <param name="Kind">Recurring, usage or one-time.</param>
/// <param name="Billing">In advance or in arrears; usage is always in arrears.</param>
/// <param name="Model">The pricing model in the plan's own currency.</param>
public sealed record Price(string Code, PriceKind Kind, BillingTiming Billing, PricingModel Model)
{
    /// <summary>The meter whose events are charged; usage prices only.</summary>
    public string? Meter { get; init; }

    /// <summary>Event properties that must match for the price to apply; usage prices only.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Filters { get; init; } =
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Models in further currencies, by lower-case currency code.</summary>
    public ImmutableSortedDictionary<string, PricingModel> CurrencyModels { get; init; } =
        ImmutableSortedDictionary<string, PricingModel>.Empty;

    /// <summary>Selects tax rates of the account that are limited to codes.</summary>
    public string? TaxCode { get; init; }

    /// <summary>The proration policy of this price; null takes the call's, else <c>day</c>.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Usage in a trial is charged, where it would be free otherwise.</summary>
    public bool ChargeInTrial { get; init; }

    /// <summary>The model that applies in a currency, or null where the price has none.</summary>
    public PricingModel? ModelFor(Currency currency, Currency planCurrency) =>
        currency == planCurrency ? Model : CurrencyModels.GetValueOrDefault(currency.Code);
}
