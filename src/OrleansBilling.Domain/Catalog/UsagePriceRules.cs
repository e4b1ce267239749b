using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>What the usage prices of a plan must keep together.</summary>
internal static class UsagePriceRules
{
    /// <summary>The longest wait for stragglers, in hours: an interval of a month.</summary>
    public const int GraceHours = 744;

    /// <summary>
    /// 400 <c>invalid_usage_grace_hours</c>; 422 <c>overlapping_filters</c> where an event could be charged by two prices of the
    /// plan: two prices of one meter must filter one property for different values.
    /// </summary>
    public static Refusal? Check(PlanVersion plan)
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

    private static bool Differ(
        ImmutableSortedDictionary<string, ImmutableArray<string>> some, ImmutableSortedDictionary<string, ImmutableArray<string>> others) =>
        some.Any(one => others.TryGetValue(one.Key, out var values) && !one.Value.Intersect(values, StringComparer.Ordinal).Any());
}
