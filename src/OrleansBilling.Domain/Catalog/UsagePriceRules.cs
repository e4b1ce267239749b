using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Catalog;

/// <summary>What the usage prices of a plan must keep together.</summary>
public static class UsagePriceRules
{
    /// <summary>The longest wait for stragglers, in hours: an interval of a month.</summary>
    public const int GraceHours = 744;

    /// <summary>
    /// 400 <c>invalid_usage_grace_hours</c>; 422 <c>overlapping_filters</c> where an event could be charged by two prices of the
    /// plan: two prices of one meter must filter one property for different values.
    /// </summary>
    internal static Refusal? Check(PlanVersion plan)
    {
        if (plan.UsageGraceHours is < 0 or > GraceHours)
        {
            return Refusal.Invalid("invalid_usage_grace_hours", $"Wait 0 to {GraceHours} hours.", "usage_grace_hours");
        }

        for (var i = 0; i < plan.Prices.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (price, other) = (plan.Prices[i], plan.Prices[j]);
                if (price.Meter is { } meter && meter == other.Meter && !Differ(price.Filters, other.Filters))
                {
                    return Refusal.Rule(
                        "overlapping_filters",
                        $"Prices '{other.Code}' and '{price.Code}' would both charge one event of meter {meter}. Let each filter one property, for different values.",
                        $"prices[{i}].filters");
                }
            }
        }

        return null;
    }

    /// <summary>
    /// 422 <c>unknown_meter</c>, <c>meter_archived</c>, <c>meter_without_values</c> where a price is of the events' values and the
    /// meter counts none, <c>meter_not_sum</c> where it prices each by itself and the meter does not add them up; or null.
    /// </summary>
    public static Refusal? CheckMeters(PlanVersion plan, IReadOnlyDictionary<string, MeterFacts> meters)
    {
        for (var i = 0; i < plan.Prices.Length; i++)
        {
            if (plan.Prices[i] is { Meter: { } code } price && RefusalOf(price, code, meters, $"prices[{i}]") is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private static Refusal? RefusalOf(Price price, string code, IReadOnlyDictionary<string, MeterFacts> meters, string field)
    {
        if (!meters.TryGetValue(code, out var found))
        {
            return Refusal.Rule("unknown_meter", $"There is no meter {code}: make it first.", $"{field}.meter");
        }

        if (found.Archived)
        {
            return Refusal.Rule("meter_archived", $"Meter {code} is archived and takes no new prices.", $"{field}.meter");
        }

        ImmutableArray<PricingModel> models = [.. price.CurrencyModels.Values, price.Model];
        if (!found.Meter.NeedsValue && models.Any(model => model is PercentageModel or GraduatedPercentageModel))
        {
            return Refusal.Rule("meter_without_values", $"Meter {code} counts events and not their values, of which this model takes a percentage.", $"{field}.model.type");
        }

        // What single events cost adds up to the price of their sum, not of the largest, the last or the average one.
        return found.Meter.Aggregation is not MeterAggregation.Sum && models.Any(model => model is PercentageModel && EventTerms.Of(model) is not null)
            ? Refusal.Rule(
                "meter_not_sum",
                $"A percentage with free events, a free value or bounds per event prices every event by its value: meter {code} has to have the aggregation sum.",
                $"{field}.meter")
            : null;
    }

    private static bool Differ(
        ImmutableSortedDictionary<string, ImmutableArray<string>> some, ImmutableSortedDictionary<string, ImmutableArray<string>> others) =>
        some.Any(one => others.TryGetValue(one.Key, out var values) && !one.Value.Intersect(values, StringComparer.Ordinal).Any());
}

/// <summary>A meter as a price finds it.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="Archived">True where it takes no new prices.</param>
public sealed record MeterFacts(Meter Meter, bool Archived);
