using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Tests.Metering;

public sealed class MeterRulesTests
{
    private static readonly Meter Sum = new("tokens", "Tokens", MeterAggregation.Sum);

    public static TheoryData<string, Meter, string?, string?> Cases => new()
    {
        { "a sum of values", Sum, null, null },
        { "a count", Sum with { Aggregation = MeterAggregation.Count }, null, null },
        { "a sum of a property", Sum with { Property = "tokens.in" }, null, null },
        { "different users", Sum with { Aggregation = MeterAggregation.UniqueCount, Property = "user" }, null, null },
        { "groups and filters", Sum with { GroupBy = ["region", "model"], Filters = Filter("tier", "gold", "silver") }, null, null },
        { "rounding to twelve digits", Sum with { Rounding = new MeterRounding(QuantityRounding.Ceil, 12) }, null, null },
        { "an upper-case code", Sum with { Code = "Tokens" }, "invalid_code", "code" },
        { "a blank name", Sum with { Name = " " }, "invalid_name", "name" },
        { "unique without a property", Sum with { Aggregation = MeterAggregation.UniqueCount }, "property_needed", "property" },
        { "a count of a property", Sum with { Aggregation = MeterAggregation.Count, Property = "user" }, "property_unused", "property" },
        { "a property with a blank", Sum with { Property = "to kens" }, "invalid_property", "property" },
        { "a long property", Sum with { Property = new string('p', 65) }, "invalid_property", "property" },
        { "a group twice", Sum with { GroupBy = ["region", "model", "region"] }, "group_by_twice", "group_by[2]" },
        { "a group without a name", Sum with { GroupBy = [""] }, "invalid_property", "group_by[0]" },
        { "eleven groups", Sum with { GroupBy = [.. Enumerable.Range(0, 11).Select(i => $"g{i}")] }, "too_many", "group_by" },
        { "a filter without values", Sum with { Filters = Filter("tier") }, "too_few", "filters.tier" },
        { "a filter's value twice", Sum with { Filters = Filter("tier", "gold", "gold") }, "duplicate_value", "filters.tier" },
        { "a negative scale", Sum with { Rounding = new MeterRounding(QuantityRounding.Round, -1) }, "scale_out_of_range", "rounding.scale" },
        { "thirteen digits", Sum with { Rounding = new MeterRounding(QuantityRounding.Round, 13) }, "scale_out_of_range", "rounding.scale" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_meter_keeps_its_rules(string what, Meter meter, string? code, string? field)
    {
        var refusal = MeterRules.Check(meter);
        Assert.True((refusal?.Code, refusal?.Field) == (code, field), $"{what}: {refusal}");
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Filter(string property, params string[] values) =>
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.WithComparers(StringComparer.Ordinal).Add(property, [.. values]);
}
