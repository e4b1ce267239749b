using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Metering;

/// <summary>Rolled-up hours and single events give what all events give, in whichever order and however they are split.</summary>
public sealed class UsageSheetProperties
{
    private static readonly Instant Start = Instant.FromUtc(2026, 10, 24, 22, 0);

    private static readonly Gen<UsageEvent> Events = Gen.Select(
        Gen.Int[0, 3 * 24 * 3600], Gen.Int[-500, 100_000], Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 4], Gen.Int[1, 6],
        (second, value, region, user, subscription, batch) => new UsageEvent(Start + Duration.FromSeconds(second), value / 100m, batch, 0)
        {
            Subscription = subscription < 2 ? null : $"sub_{subscription}",
            Properties = region == 3
                ? UsageTotalsTests.Said(("user", $"u{user}"))
                : UsageTotalsTests.Said(("region", $"r{region}"), ("user", $"u{user}")),
        });

    private static readonly Gen<(UsageEvent[] Events, int Aggregation, bool Grouped, bool Filtered, int Cut, int Seed)> Streams = Gen.Select(
        Events.Array[0, 120], Gen.Int[0, 7], Gen.Bool, Gen.Bool, Gen.Int[1, 3 * 24 * 60], Gen.Int[0, 1000],
        (events, aggregation, grouped, filtered, cut, seed) => (events.Select((found, i) => found with { Number = i }).ToArray(), aggregation, grouped, filtered, cut, seed));

    [Fact]
    public void Cells_and_the_rest_of_the_events_give_what_all_events_give() => Streams.Sample(
        stream =>
        {
            var meter = MeterOf(stream.Aggregation, stream.Filtered);
            var bound = Start + Duration.FromMinutes(stream.Cut);
            var question = new UsageQuestion([new Period(Start, bound), new Period(bound, Start + Duration.FromDays(4))])
            {
                GroupBy = stream.Grouped ? ["region"] : [],
                Filters = stream.Filtered ? ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("region", ["r0", "r2"]) : ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty,
                Subscription = stream.Seed % 3 == 0 ? "sub_3" : null,
                WithUnnamed = stream.Seed % 2 == 0,
            };

            // Some events are rolled up, in two lots that share hours; those of the hour that the bound cuts never are.
            var random = new Random(stream.Seed);
            var cut = UsageRollup.HourOf(bound);
            var shuffled = stream.Events.OrderBy(_ => random.Next()).ToList();
            var lots = shuffled.GroupBy(found => UsageRollup.HourOf(found.At) == cut && cut != bound ? 2 : random.Next(3)).ToDictionary(lot => lot.Key, lot => lot.ToList());
            var sheet = new UsageSheet(meter, question);
            foreach (var lot in (int[])[1, 0])
            {
                foreach (var (key, cell) in UsageRollup.Cells(meter, lots.GetValueOrDefault(lot) ?? []))
                {
                    sheet.Add(key, cell);
                }
            }

            foreach (var found in lots.GetValueOrDefault(2) ?? [])
            {
                sheet.Add(found);
            }

            Assert.Equal(Shown(UsageSheet.Of(meter, question, stream.Events)), Shown(sheet.Amounts()));
        },
        iter: 3000);

    [Fact]
    public void Every_event_that_counts_is_in_one_window_and_group() => Streams.Sample(
        stream =>
        {
            var meter = MeterOf(stream.Aggregation, stream.Filtered);
            var bound = Start + Duration.FromMinutes(stream.Cut);
            var windows = UsageWindows.Of(Start, Start + Duration.FromDays(4), UsageWindow.Hour, DateTimeZoneProviders.Tzdb["Europe/Berlin"]).Value;
            var counted = stream.Events.Count(found => UsageGroup.Matches(meter.Filters, found.Properties));
            Assert.Equal(counted, UsageSheet.Of(meter, new UsageQuestion(windows) { GroupBy = ["region", "user"] }, stream.Events).Sum(amount => amount.Events));
            Assert.Equal(counted, UsageSheet.Of(meter, new UsageQuestion([new Period(Start, bound), new Period(bound, windows[^1].End)]), stream.Events).Sum(amount => amount.Events));
        },
        iter: 500);

    private static Meter MeterOf(int aggregation, bool filtered)
    {
        var kind = (MeterAggregation)aggregation;
        return new Meter("m", "M", kind)
        {
            Property = kind is MeterAggregation.UniqueCount ? "user" : null,
            GroupBy = ["user", "region"],
            Filters = filtered ? ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("user", ["u0", "u1"]) : ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty,
            Rounding = kind is MeterAggregation.Average or MeterAggregation.WeightedSum ? new MeterRounding(QuantityRounding.Round, 9) : null,
        };
    }

    private static string Shown(ImmutableArray<UsageAmount> amounts) => string.Join(
        '\n', amounts.Select(amount => FormattableString.Invariant($"{amount.Window.Start} {string.Join('/', amount.Group)}: {amount.Quantity:0.############} of {amount.Events}")));
}
