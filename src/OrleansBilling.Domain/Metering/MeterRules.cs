using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Metering;

/// <summary>What a meter must keep before it is made.</summary>
public static class MeterRules
{
    /// <summary>The first rule that the meter breaks, or null.</summary>
    /// <returns>
    /// 400 for single values out of range (<see cref="CatalogLimits"/>, <c>scale_out_of_range</c>); 422 <c>property_needed</c>,
    /// <c>property_unused</c>, <c>group_by_twice</c>.
    /// </returns>
    public static Refusal? Check(Meter meter) =>
        CatalogLimits.Code(meter.Code, "code")
        ?? CatalogLimits.Name(meter.Name, "name")
        ?? Property(meter)
        ?? Groups(meter.GroupBy)
        ?? Filters(meter.Filters)
        ?? Rounding(meter.Rounding);

    /// <summary>400 <c>invalid_property</c>, or null: what may name a property of an event.</summary>
    public static Refusal? PropertyName(string name, string field) => UsageLimits.IsPropertyName(name)
        ? null
        : Refusal.Invalid("invalid_property", $"A property's name has 1 to {UsageLimits.PropertyNameLength} characters, none of them blank or a control character.", field);

    private static Refusal? Property(Meter meter) => (meter.Aggregation, meter.Property) switch
    {
        (MeterAggregation.UniqueCount, null) =>
            Refusal.Rule("property_needed", "Name the property whose different values are counted.", "property"),
        (MeterAggregation.Count, not null) =>
            Refusal.Rule("property_unused", "Events are counted whatever they carry: leave the property out, or limit them by 'filters'.", "property"),
        (_, { } name) => PropertyName(name, "property"),
        _ => null,
    };

    private static Refusal? Groups(ImmutableArray<string> names)
    {
        if (CatalogLimits.Count(names.Length, 0, CatalogLimits.Dimensions, "group_by") is { } refusal)
        {
            return refusal;
        }

        for (var i = 0; i < names.Length; i++)
        {
            if (PropertyName(names[i], $"group_by[{i}]") is { } broken)
            {
                return broken;
            }

            if (names.IndexOf(names[i]) < i)
            {
                return Refusal.Rule("group_by_twice", "Name each property once.", $"group_by[{i}]");
            }
        }

        return null;
    }

    private static Refusal? Filters(ImmutableSortedDictionary<string, ImmutableArray<string>> filters)
    {
        if (CatalogLimits.Count(filters.Count, 0, CatalogLimits.Dimensions, "filters") is { } refusal)
        {
            return refusal;
        }

        foreach (var (property, values) in filters)
        {
            if ((PropertyName(property, "filters") ?? ModelRules.Values(values, $"filters.{property}")) is { } broken)
            {
                return broken;
            }
        }

        return null;
    }

    private static Refusal? Rounding(MeterRounding? rounding) => rounding is null or { Scale: >= 0 and <= CatalogLimits.Decimals }
        ? null
        : Refusal.Invalid("scale_out_of_range", $"Keep 0 to {CatalogLimits.Decimals} digits after the point.", "rounding.scale");
}
