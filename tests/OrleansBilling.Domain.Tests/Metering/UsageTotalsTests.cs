using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Metering;

/// <summary>Each aggregation, by tables: events as (day of a thirty-day April, value), written apart from the code.</summary>
public sealed class UsageTotalsTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 4, 1, 0, 0);
    private static readonly Period April = new(Start, Start + Duration.FromDays(30));

    public static TheoryData<MeterAggregation, (int Day, string? Value)[], string?> Cases => new()
    {
        { MeterAggregation.Count, [], "0" },
        { MeterAggregation.Count, [(1, null), (1, "5"), (30, null)], "3" },
        { MeterAggregation.Sum, [], "0" },
        { MeterAggregation.Sum, [(1, "0.1"), (2, "0.2"), (2, "-0.05")], "0.25" },
        { MeterAggregation.Max, [], null },
        { MeterAggregation.Max, [(1, "-3"), (2, "-7")], "-3" },
        { MeterAggregation.Max, [(3, "2"), (1, "9"), (2, "4")], "9" },
        { MeterAggregation.Min, [(3, "2"), (1, "9"), (2, "4")], "2" },
        { MeterAggregation.Min, [], null },
        { MeterAggregation.Average, [], null },
        { MeterAggregation.Average, [(1, "1"), (2, "2"), (9, "6")], "3" },
        { MeterAggregation.Latest, [], null },
        { MeterAggregation.Latest, [(9, "4"), (20, "7"), (3, "8")], "7" },
        { MeterAggregation.Latest, [(20, "7"), (20, "0")], "0" },
        { MeterAggregation.WeightedSum, [], "0" },
        { MeterAggregation.WeightedSum, [(1, "10")], "10" },
        { MeterAggregation.WeightedSum, [(16, "10")], "5" },
        { MeterAggregation.WeightedSum, [(1, "10"), (16, "-10")], "5" },
        { MeterAggregation.WeightedSum, [(1, "2"), (11, "3"), (21, "-5")], "2.333333333333" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Events_become_a_quantity(MeterAggregation aggregation, (int Day, string? Value)[] events, string? quantity)
    {
        var meter = new Meter("m", "M", aggregation);
        var amount = Assert.Single(UsageSheet.Of(meter, new UsageQuestion([April]), events.Select((one, i) => Event(one.Day, one.Value, i))));
        Assert.Equal((quantity is null ? null : decimal.Parse(quantity, System.Globalization.CultureInfo.InvariantCulture), (long)events.Length), (amount.Quantity, amount.Events));
    }

    [Theory]
    [InlineData(QuantityRounding.Round, 0, "2.5", "3")]
    [InlineData(QuantityRounding.Round, 0, "-2.5", "-3")]
    [InlineData(QuantityRounding.Round, 1, "2.44", "2.4")]
    [InlineData(QuantityRounding.Ceil, 0, "2.000000000001", "3")]
    [InlineData(QuantityRounding.Ceil, 0, "-2.5", "-2")]
    [InlineData(QuantityRounding.Ceil, 2, "1.001", "1.01")]
    [InlineData(QuantityRounding.Floor, 0, "2.999999999999", "2")]
    [InlineData(QuantityRounding.Floor, 0, "-2.1", "-3")]
    [InlineData(QuantityRounding.Floor, 12, "0.123456789012", "0.123456789012")]
    public void A_quantity_is_rounded_as_the_meter_says(QuantityRounding mode, int scale, string value, string rounded)
    {
        var meter = new Meter("m", "M", MeterAggregation.Sum) { Rounding = new MeterRounding(mode, scale) };
        Assert.Equal(
            decimal.Parse(rounded, System.Globalization.CultureInfo.InvariantCulture),
            UsageSheet.Of(meter, new UsageQuestion([April]), [Event(1, value, 0)])[0].Quantity);
    }

    [Fact]
    public void Rounding_is_of_the_whole_quantity_and_never_of_single_events()
    {
        var meter = new Meter("m", "M", MeterAggregation.Sum) { Rounding = new MeterRounding(QuantityRounding.Ceil, 0) };
        Assert.Equal(1m, UsageSheet.Of(meter, new UsageQuestion([April]), [Event(1, "0.3", 0), Event(2, "0.3", 1), Event(3, "0.3", 2)])[0].Quantity);
    }

    [Fact]
    public void An_event_at_the_end_of_a_period_belongs_to_the_next()
    {
        var may = new Period(April.End, April.End + Duration.FromDays(31));
        var amounts = UsageSheet.Of(new Meter("m", "M", MeterAggregation.Count), new UsageQuestion([April, may]), [Event(31, null, 0), Event(30, null, 1)]);
        Assert.Equal([1L, 1L], amounts.Select(amount => amount.Events));
        Assert.Equal(0, UsageSheet.Of(new Meter("m", "M", MeterAggregation.Count), new UsageQuestion([April]), [Event(31, null, 0)])[0].Events);
    }

    [Fact]
    public void Different_texts_are_counted_once_each_whatever_the_hour()
    {
        var meter = new Meter("m", "M", MeterAggregation.UniqueCount) { Property = "user" };
        var events = new[] { "ada", "bob", "ada", "Ada" }.Select((user, i) => Event(1 + i, null, i) with { Properties = Said(("user", user)) });
        Assert.Equal(3m, UsageSheet.Of(meter, new UsageQuestion([April]), events)[0].Quantity);
    }

    [Fact]
    public void Filters_leave_events_out_and_groups_keep_them_apart()
    {
        var meter = new Meter("m", "M", MeterAggregation.Sum)
        {
            GroupBy = ["region", "model"],
            Filters = System.Collections.Immutable.ImmutableSortedDictionary<string, System.Collections.Immutable.ImmutableArray<string>>.Empty.Add("tier", ["gold", "silver"]),
        };
        UsageEvent[] events =
        [
            Event(1, "1", 0) with { Properties = Said(("tier", "gold"), ("region", "eu"), ("model", "a")) },
            Event(2, "2", 1) with { Properties = Said(("tier", "silver"), ("region", "eu"), ("model", "b")) },
            Event(3, "4", 2) with { Properties = Said(("tier", "gold"), ("model", "a")) },
            Event(4, "8", 3) with { Properties = Said(("tier", "bronze"), ("region", "eu"), ("model", "a")) },
            Event(5, "16", 4),
        ];
        Assert.Equal(7m, UsageSheet.Of(meter, new UsageQuestion([April]), events)[0].Quantity);
        var byRegion = UsageSheet.Of(meter, new UsageQuestion([April]) { GroupBy = ["region"] }, events);
        Assert.Equal([(null, 4m), ("eu", 3m)], byRegion.Select(amount => (amount.Group[0], amount.Quantity!.Value)));
        var bySwapped = UsageSheet.Of(meter, new UsageQuestion([April]) { GroupBy = ["model", "region"] }, events);
        Assert.Equal(["a/", "a/eu", "b/eu"], bySwapped.Select(amount => $"{amount.Group[0]}/{amount.Group[1]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_event_lands_on_exactly_one_line()
    {
        // The lesson of overlapping filters that counted twice: lines by subscription and by value of a property share nothing.
        var meter = new Meter("m", "M", MeterAggregation.Count) { GroupBy = ["region"] };
        var events = Enumerable.Range(0, 60).Select(i => Event(1 + (i % 30), null, i) with
        {
            Subscription = (i % 3) switch { 0 => null, 1 => "sub_a", _ => "sub_b" },
            Properties = i % 4 == 0 ? Said() : Said(("region", $"r{i % 5}")),
        }).ToList();
        var lines = new[] { ("sub_a", true), ("sub_b", false) }
            .SelectMany(line => UsageSheet.Of(meter, new UsageQuestion([April]) { Subscription = line.Item1, WithUnnamed = line.Item2, GroupBy = ["region"] }, events));
        Assert.Equal(60, lines.Sum(line => line.Events));
        Assert.Equal(20, UsageSheet.Of(meter, new UsageQuestion([April]) { WithUnnamed = true }, events)[0].Events);
    }

    internal static System.Collections.Immutable.ImmutableSortedDictionary<string, string> Said(params (string Name, string Value)[] pairs) =>
        System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, pairs.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)));

    private static UsageEvent Event(int day, string? value, int number) => new(
        Start + Duration.FromDays(day - 1), value is null ? null : decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture), 1, number);
}
