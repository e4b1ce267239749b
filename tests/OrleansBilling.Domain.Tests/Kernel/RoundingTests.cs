using CsCheck;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Tests.Kernel;

public sealed class RoundingTests
{
    private static readonly Gen<decimal[]> Weights =
        Gen.Int[0, 1_000_000].Select(i => i / 100m).Array[1, 12];

    [Theory]
    [InlineData("0.5", 1)]
    [InlineData("-0.5", -1)]
    [InlineData("1.5", 2)]
    [InlineData("2.5", 3)]
    [InlineData("-2.5", -3)]
    [InlineData("2.4999999999999999999999999", 2)]
    [InlineData("0.49", 0)]
    [InlineData("-0.49", 0)]
    [InlineData("9223372036854775807.4", long.MaxValue)]
    public void Halves_go_away_from_zero(string exact, long rounded) =>
        Assert.Equal(rounded, Rounding.ToMinorUnits(decimal.Parse(exact, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void An_amount_beyond_64_bits_throws() =>
        Assert.Throws<OverflowException>(() => Rounding.ToMinorUnits(9_223_372_036_854_775_808m));

    [Fact]
    public void Rounding_moves_at_most_a_half_and_mirrors_at_zero() =>
        Gen.Int[-100_000_000, 100_000_000].Select(i => i / 1000m).Sample(exact =>
        {
            var rounded = Rounding.ToMinorUnits(exact);
            Assert.True(Math.Abs(rounded - exact) <= 0.5m);
            Assert.Equal(-rounded, Rounding.ToMinorUnits(-exact));
        });

    [Theory]
    [InlineData(100, "1 1 1", "34 33 33")]
    [InlineData(-100, "1 1 1", "-34 -33 -33")]
    [InlineData(5, "1 1", "3 2")]
    [InlineData(10, "0 3 0 7", "0 3 0 7")]
    [InlineData(2, "1 2 2", "0 1 1")]
    [InlineData(7, "0 0", "7 0")]
    [InlineData(0, "1 2", "0 0")]
    [InlineData(1, "1 2 3", "0 0 1")]
    [InlineData(2036, "3698 1164 206", "1486 467 83")] // 787/1267 is left of the first two
    [InlineData(2006, "10307 3 2906", "1565 0 441")]
    // Quotients that differ in the sixteenth digit are no tie.
    [InlineData(1, "4999999999999999 5000000000000001", "0 1")]
    public void Leftover_units_go_to_the_largest_remainders_and_ties_to_the_earlier_part(long total, string weights, string parts) =>
        Assert.Equal(
            parts.Split(' ').Select(long.Parse),
            Rounding.Split(total, [.. weights.Split(' ').Select(decimal.Parse)]));

    [Fact]
    public void No_parts_can_take_nothing_only()
    {
        Assert.Empty(Rounding.Split(0, []));
        Assert.Throws<ArgumentException>(() => Rounding.Split(1, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => Rounding.Split(1, [1, -1]));
    }

    [Fact]
    public void Parts_sum_to_the_whole_and_lie_within_one_unit_of_the_exact_share() =>
        Gen.Select(Gen.Long[-1_000_000_000_000, 1_000_000_000_000], Weights).Sample((total, weights) =>
        {
            var parts = Rounding.Split(total, weights);
            Assert.Equal(total, parts.Sum());
            var sum = weights.Sum();
            for (var i = 0; sum > 0 && i < parts.Length; i++)
            {
                Assert.True(Math.Abs(parts[i] - (total * weights[i] / sum)) < 1);
            }
        });

    [Fact]
    public void A_negative_total_splits_as_the_mirror_of_the_positive() =>
        Gen.Select(Gen.Long[0, 1_000_000_000], Weights).Sample((total, weights) =>
            Rounding.Split(-total, weights).SequenceEqual(Rounding.Split(total, weights).Select(part => -part)));

    [Theory]
    [InlineData(2, "0.5 0.5 0.5", "1 1 0")]
    [InlineData(-2, "-0.5 -0.5 -0.5", "-1 -1 0")]
    [InlineData(1, "0.4 0 0.6", "0 0 1")]
    [InlineData(0, "-10.5 10.5", "-11 11")]
    [InlineData(0, "10.5 -10.5", "11 -11")]
    [InlineData(10, "-10.5 20.2", "-10 20")]
    [InlineData(0, "0 0", "0 0")]
    [InlineData(5, "0 1 2", "0 2 3")]
    [InlineData(1, "0 1 2", "0 0 1")]
    [InlineData(0, "", "")]
    [InlineData(2, "1.1666666666666666666666666666 0.1666666666666666666666666667", "2 0")]
    public void A_total_is_spread_over_parts_of_any_sign(long total, string exact, string parts) =>
        Assert.Equal(parts, string.Join(' ', Rounding.Spread(total, Numbers(exact))));

    [Theory]
    [InlineData("0.3333333333333333333333333333 0.1666666666666666666666666666", 1)]
    [InlineData("0.3333333333333333333333333333 0.166666666666", 0)]
    [InlineData("-2.1666666666666666666666666666 -0.3333333333333333333333333333", -3)]
    public void Thirds_and_sixths_that_make_a_half_are_rounded_as_one(string quotients, long rounded) =>
        Assert.Equal(rounded, Rounding.SumToMinorUnits(Numbers(quotients)));

    /// <summary>Redone in whole numbers: the floors, then the largest remainders, ties to the earlier part.</summary>
    [Fact]
    public void A_split_is_the_one_of_exact_fractions() =>
        Gen.Select(Gen.Int[0, 20_000], Gen.Int[0, 12_000].Array[1, 6]).Sample((total, weights) =>
        {
            var sum = weights.Sum(static weight => (long)weight);
            if (sum == 0)
            {
                return;
            }

            var parts = weights.Select(weight => (long)total * weight / sum).ToArray();
            var order = Enumerable.Range(0, parts.Length).OrderByDescending(i => (long)total * weights[i] % sum).ThenBy(static i => i);
            foreach (var index in order.Take((int)(total - parts.Sum())))
            {
                parts[index]++;
            }

            Assert.Equal(parts, Rounding.Split(total, [.. weights.Select(static weight => (decimal)weight)]));
        }, iter: 20_000);

    [Fact]
    public void An_amount_cannot_be_spread_over_nothing() => Assert.Throws<ArgumentException>(() => Rounding.Spread(1, [0m, 0m]));

    [Fact]
    public void A_rounded_sum_is_spread_within_one_unit_and_turns_with_its_parts() =>
        Gen.Int[-1_000_000, 1_000_000].Select(i => i / 1000m).Array[1, 12].Sample(exact =>
        {
            var total = Rounding.ToMinorUnits(exact.Sum());
            var parts = Rounding.Spread(total, exact);
            Assert.Equal(total, parts.Sum());
            Assert.All(parts.Zip(exact), pair => Assert.True(Math.Abs(pair.First - pair.Second) < 1));
            Assert.Equal(parts.Select(part => -part), Rounding.Spread(-total, [.. exact.Select(value => -value)]));
        });

    private static decimal[] Numbers(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => decimal.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
}
