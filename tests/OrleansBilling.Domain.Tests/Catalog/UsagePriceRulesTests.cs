using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Tests.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;

namespace OrleansBilling.Domain.Tests.Catalog;

/// <summary>Which meters a usage price may be of (rules.md, "Usage").</summary>
public sealed class UsagePriceRulesTests
{
    public static TheoryData<MeterAggregation, PricingModel, string?> Cases => new()
    {
        { MeterAggregation.Sum, new PercentageModel(10, FreeEvents: 1), null },
        { MeterAggregation.Sum, new PercentageModel(10, MaxPerEvent: 100_000), null },
        { MeterAggregation.Max, new PercentageModel(10, FreeEvents: 1), "meter_not_sum" },
        { MeterAggregation.Latest, new PercentageModel(10, FreeValue: 500), "meter_not_sum" },
        { MeterAggregation.Average, new PercentageModel(10, MinPerEvent: 1), "meter_not_sum" },
        { MeterAggregation.WeightedSum, new PercentageModel(10, MaxPerEvent: 100_000), "meter_not_sum" },
        { MeterAggregation.Max, new PercentageModel(10), null },
        { MeterAggregation.Count, new DynamicModel("cost"), null },
        { MeterAggregation.Count, new PercentageModel(10, FreeEvents: 1), "meter_without_values" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_price_that_looks_at_values_one_by_one_is_of_a_meter_that_sums(MeterAggregation aggregation, PricingModel model, string? refused)
    {
        var meters = new Dictionary<string, MeterFacts> { ["calls"] = new(new Meter("calls", "Calls", aggregation), Archived: false) };

        Assert.Equal(refused, UsagePriceRules.CheckMeters(Plan(prices: Life.Metered("calls", model)), meters)?.Code);
        Assert.Equal(refused, UsagePriceRules.CheckMeters(Plan(prices: Life.Metered("calls", new PerUnitModel(1)) with { CurrencyModels = PricesIn("usd", model) }), meters)?.Code);
    }

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, PricingModel> PricesIn(string currency, PricingModel model) =>
        System.Collections.Immutable.ImmutableSortedDictionary<string, PricingModel>.Empty.Add(currency, model);
}
