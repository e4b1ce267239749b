using System.Collections.Immutable;
using CsCheck;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Tests.Metering;

/// <summary>The groups of a rounded quantity (rules.md, "Usage").</summary>
public sealed class RoundedGroupsTests
{
    [Theory]
    [InlineData(QuantityRounding.Ceil, MeterAggregation.Sum, new[] { 0.1, 0.1, 0.1 }, new[] { 1.0, 0.0, 0.0 })]
    [InlineData(QuantityRounding.Ceil, MeterAggregation.Sum, new[] { 20.4, 20.4 }, new[] { 21.0, 20.0 })]
    [InlineData(QuantityRounding.Floor, MeterAggregation.Sum, new[] { 0.6, 0.7 }, new[] { 0.0, 1.0 })]
    [InlineData(QuantityRounding.Round, MeterAggregation.Sum, new[] { 0.4, 0.4, 0.4 }, new[] { 1.0, 0.0, 0.0 })]
    [InlineData(QuantityRounding.Ceil, MeterAggregation.Max, new[] { 0.1, 0.1 }, new[] { 1.0, 1.0 })]
    public void Units_are_given_to_the_largest_remainders(QuantityRounding mode, MeterAggregation aggregation, double[] exact, double[] rounded) =>
        Assert.Equal(rounded.Select(value => (decimal)value), Rounded(new MeterRounding(mode, 0), aggregation, [.. exact.Select(value => (decimal)value)]));

    [Fact]
    public void The_groups_of_a_sum_add_up_to_its_quantity_and_none_is_a_unit_away() => Gen.Select(
        Gen.Enum<QuantityRounding>(), Gen.Int[0, 3], Gen.Select(Gen.Int[-2_000_000, 9_000_000], Gen.Int[0, 5], static (value, scale) => new decimal(Math.Abs(value), 0, 0, value < 0, (byte)scale)).Array[0, 12]).Sample(
        (mode, scale, exact) =>
        {
            var rounded = Rounded(new MeterRounding(mode, scale), MeterAggregation.Sum, exact);

            var unit = new decimal(1, 0, 0, false, (byte)scale);
            Assert.Equal(Rounding.Quantity(exact.Sum(), mode, scale), rounded.Sum());
            Assert.All(rounded.Zip(exact), pair => Assert.True(Math.Abs(pair.First - pair.Second) < unit));
        });

    private static List<decimal> Rounded(MeterRounding rounding, MeterAggregation aggregation, decimal[] exact) =>
    [
        .. MeteredUsage.Rounded(
            new Meter("tokens", "Tokens", aggregation) { Rounding = rounding }, [.. exact.Select(value => new RatingGroup(ImmutableSortedDictionary<string, string>.Empty, value))]).Select(group => group.Quantity),
    ];
}
