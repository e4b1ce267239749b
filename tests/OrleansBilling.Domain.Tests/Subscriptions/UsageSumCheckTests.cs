using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>The check of sums finds by hours what it finds event by event, and of a time what is in it.</summary>
public sealed class UsageSumCheckTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 6, 1, 0, 0);

    [Theory]
    [InlineData(MeterAggregation.Count)]
    [InlineData(MeterAggregation.Sum)]
    [InlineData(MeterAggregation.Max)]
    [InlineData(MeterAggregation.Latest)]
    [InlineData(MeterAggregation.UniqueCount)]
    [InlineData(MeterAggregation.WeightedSum)]
    public void By_hours_it_finds_what_it_finds_event_by_event(MeterAggregation aggregation)
    {
        var random = new Random(4);
        var (once, twice, unbilled, differ) = (0L, 0L, 0L, 0);
        for (var i = 0; i < 60; i++)
        {
            var meter = new Meter("calls", "Calls", aggregation)
            {
                GroupBy = ["region"], Property = aggregation is MeterAggregation.UniqueCount ? "user" : null,
                Filters = random.Next(3) == 0 ? UsageQuestion.NoFilters.Add("user", ["u0", "u1"]) : UsageQuestion.NoFilters,
            };
            var spans = Enumerable.Range(0, random.Next(1, 8)).Select(_ => Span(random)).ToList();
            var events = Enumerable.Range(0, 120).Select(number => Event(random, number)).ToList();
            var within = random.Next(2) == 0 ? (Period?)null : Within(random, 0, 40);

            var singly = new UsageSumCheck(meter, spans, within);
            events.ForEach(singly.Add);

            var byHours = new UsageSumCheck(meter, spans, within);
            var removed = UsageTotals.CanRemove(aggregation) ? events[..10] : [];
            byHours.TakeSingly(removed.Count == 0 ? [UsageRollup.HourOf(events[0].At)] : []);
            foreach (var (key, cell) in UsageRollup.Cells(meter, [.. events, .. removed.Select(found => found with { Batch = 2 })]).Where(cell => !byHours.IsCut(cell.Key.Subscription, cell.Key.Hour)))
            {
                byHours.Add(key, cell);
            }

            foreach (var found in events.Where(found => byHours.IsCut(found.Subscription ?? "", UsageRollup.HourOf(found.At))))
            {
                byHours.Add(found);
            }

            foreach (var found in removed.Where(found => !byHours.IsCut(found.Subscription ?? "", UsageRollup.HourOf(found.At))))
            {
                byHours.Remove(found);
            }

            var (expected, sums) = (singly.Sums(), byHours.Sums());
            Assert.Equal((expected.Once, expected.Twice, expected.Unbilled), (sums.Once, sums.Twice, sums.Unbilled));
            Assert.Equal(expected.Differences, sums.Differences);
            Assert.Equal(
                events.Count(found => UsageGroup.Matches(meter.Filters, found.Properties) && (within is not { } time || time.Contains(found.At))), sums.Once + sums.Twice + sums.Unbilled);

            // Whole spans are what their questions answer, whatever of them lies within the time.
            var there = spans.Select(span => UsageSheet.Of(meter, UsageSumCheck.QuestionOf(span), events)[0]).ToList();
            Assert.Equal(
                spans.Zip(there).Where(pair => (pair.Second.Quantity ?? 0, pair.Second.Events) != (pair.First.Quantity, pair.First.Events)).Select(pair => new SpanDifference(pair.First, pair.Second.Quantity ?? 0, pair.Second.Events)),
                sums.Differences);
            (once, twice, unbilled, differ) = (once + sums.Once, twice + sums.Twice, unbilled + sums.Unbilled, differ + sums.Differences.Length);
        }

        Assert.True(once > 200 && twice > 40 && unbilled > 200 && differ > 30, $"{once} {twice} {unbilled} {differ}: too little was drawn");
    }

    [Fact]
    public void A_price_that_looks_at_what_hours_do_not_keep_apart_is_told_by_events_alone()
    {
        var meter = new Meter("calls", "Calls", MeterAggregation.Sum) { GroupBy = ["region"] };
        var span = Span(new Random(1)) with { Filters = UsageQuestion.NoFilters.Add("region", ["r0"]) };
        Assert.True(new UsageSumCheck(meter, [span]).IsTold);
        Assert.False(new UsageSumCheck(meter, [span, span with { Filters = UsageQuestion.NoFilters.Add("user", ["u0"]) }]).IsTold);
    }

    private static CountedSpan Span(Random random)
    {
        var span = Within(random, 0, 40);
        var part = new UsagePart("item_1", "calls", "calls", new SoldTerms("pro", 1, 0), span, Share.One, span.End);
        ImmutableArray<Period> unnamed = random.Next(3) switch { 0 => [], 1 => [span], _ => [Within(random, 0, 20), Within(random, 20, 40)] };
        return new CountedSpan("sub_" + random.Next(3), part, unnamed, random.Next(5), random.Next(5))
        {
            Filters = random.Next(2) == 0 ? UsageQuestion.NoFilters : UsageQuestion.NoFilters.Add("region", ["r0", "r1"]),
        };
    }

    private static UsageEvent Event(Random random, int number) => new(Start + Duration.FromMinutes(random.Next(0, 40 * 60)), random.Next(1, 9), 1, number)
    {
        Subscription = random.Next(3) == 0 ? null : "sub_" + random.Next(3),
        Properties = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, [KeyValuePair.Create("region", "r" + random.Next(3)), KeyValuePair.Create("user", "u" + random.Next(4))]),
    };

    // Hours, and half of them cut.
    private static Period Within(Random random, int from, int to)
    {
        var start = Start + Duration.FromHours(random.Next(from, to - 1)) + Duration.FromMinutes(random.Next(2) * random.Next(60));
        return new Period(start, start + Duration.FromHours(random.Next(1, 14)) + Duration.FromMinutes(random.Next(2) * random.Next(60)));
    }
}
