using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>What a price must keep by itself.</summary>
public static class PriceRules
{
    /// <summary>The first rule that the price breaks, or null.</summary>
    /// <param name="price">The price.</param>
    /// <param name="planCurrency">The currency of its own model.</param>
    /// <param name="field">Its place in the request, such as <c>prices[2]</c>.</param>
    /// <returns>
    /// 400 for single values out of range; 422 <c>usage_in_arrears_only</c>, <c>one_time_in_advance_only</c>,
    /// <c>meter_needed</c>, <c>only_for_usage</c>, <c>currency_twice</c>, and those of <see cref="ModelRules"/>.
    /// </returns>
    public static Refusal? Check(Price price, Currency planCurrency, string field) =>
        CatalogLimits.Code(price.Code, $"{field}.code")
        ?? Timing(price, field)
        ?? Usage(price, field)
        ?? (price.TaxCode is { } taxCode ? CatalogLimits.Code(taxCode, $"{field}.tax_code") : null)
        ?? CheckModel(price, price.Model, $"{field}.model")
        ?? CurrencyModels(price, planCurrency, field);

    private static Refusal? Timing(Price price, string field) => (price.Kind, price.Billing) switch
    {
        (PriceKind.Usage, BillingTiming.InAdvance) =>
            Refusal.Rule("usage_in_arrears_only", "Usage is known when the period is over: bill it in arrears.", $"{field}.billing"),
        (PriceKind.OneTime, BillingTiming.InArrears) =>
            Refusal.Rule("one_time_in_advance_only", "A one-time price falls due when its item starts: bill it in advance.", $"{field}.billing"),
        _ => null,
    };

    private static Refusal? Usage(Price price, string field)
    {
        if (price.Kind is PriceKind.Usage)
        {
            return price.Meter is null
                ? Refusal.Rule("meter_needed", "Name the meter whose events this price charges.", $"{field}.meter")
                : CatalogLimits.Code(price.Meter, $"{field}.meter") ?? Filters(price.Filters, $"{field}.filters");
        }

        if (price.Meter is not null)
        {
            return OnlyForUsage($"{field}.meter");
        }

        if (!price.Filters.IsEmpty)
        {
            return OnlyForUsage($"{field}.filters");
        }

        return price.ChargeInTrial ? OnlyForUsage($"{field}.charge_in_trial") : null;
    }

    private static Refusal? Filters(ImmutableSortedDictionary<string, ImmutableArray<string>> filters, string field)
    {
        if (CatalogLimits.Count(filters.Count, 0, CatalogLimits.Dimensions, field) is { } refusal)
        {
            return refusal;
        }

        foreach (var (property, values) in filters)
        {
            var broken = CatalogLimits.Name(property, field) ?? ModelRules.Values(values, $"{field}.{property}");
            if (broken is not null)
            {
                return broken;
            }
        }

        return null;
    }

    /// <summary>The first rule that a model breaks as one of a price, or null: <c>only_for_usage</c>, and those of <see cref="ModelRules"/>.</summary>
    internal static Refusal? CheckModel(Price price, PricingModel model, string field) =>
        price.Kind is not PriceKind.Usage && model is (PercentageModel or GraduatedPercentageModel or MatrixModel or DynamicModel)
            ? Refusal.Rule("only_for_usage", "This model prices metered events: use it on usage prices.", $"{field}.type")
            : ModelRules.Check(model, field);

    private static Refusal? CurrencyModels(Price price, Currency planCurrency, string field)
    {
        foreach (var (code, model) in price.CurrencyModels)
        {
            var place = $"{field}.currency_models.{code}";
            if (Currency.Find(code)?.Code != code)
            {
                return Refusal.Invalid("unknown_currency", "Give a lower-case ISO 4217 code.", place);
            }

            if (code == planCurrency.Code)
            {
                return Refusal.Rule("currency_twice", "The plan's own currency is priced by 'model'.", place);
            }

            if (CheckModel(price, model, place) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private static Refusal OnlyForUsage(string field) => Refusal.Rule("only_for_usage", "This belongs to usage prices only.", field);
}
