using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Events that name no subscription and change their owner after their span was closed, where the meter ignores late ones (rules.md, "Usage").</summary>
public sealed class LateOwnerTests
{
    private static readonly PlanVersion Metered = Named("metered", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new GraduatedModel([new Tier(100, 10), new Tier(null, 5)]))]));

    [Theory]
    [InlineData(null, "2026-04-05", new[] { "04-01 to 05-01 calls 0 = 0", "04-01 to 05-01 calls 90 = 900" })]
    [InlineData("2026-04-05", null, new[] { "04-01 to 05-01 calls 90 = 900", "04-01 to 05-01 calls -90 = -900" })]
    public void Events_that_change_their_owner_are_billed_and_given_back_though_late_ones_are_ignored(string? becomes, string? was, string[] told)
    {
        var life = new Life(Metered) { GivesAwayFrom = was is null ? null : Utc(was) }.Start("2026-04-01").Use("2026-04-10", 90).Until("2026-05-01");

        life.Use("2026-04-02", 7).Late("2026-05-02", LatePolicy.Ignore);
        life.GivesAwayFrom = becomes is null ? null : Utc(becomes);
        life.Late("2026-05-03", LatePolicy.Ignore).Late("2026-05-04", LatePolicy.Ignore).Until("2026-06-02");

        Assert.Equal(told.Where(line => line != "04-01 to 05-01 calls 0 = 0"), life.UsageLines());
        // What came late stays ignored, also where it comes after.
        life.Use("2026-04-03", 5).Late("2026-06-03", LatePolicy.Ignore);
        Assert.Equal(7 + 5, life.Counted.Where(closed => closed.Outcome is UsageOutcome.Ignored).Sum(closed => closed.Quantity));
    }

    /// <summary>An older subscription that has never priced the meter took nothing: what comes late then is ignored as ever.</summary>
    [Fact]
    public void The_same_time_told_in_two_parts_is_no_change_of_owner()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-10", 90).Until("2026-05-01");
        life.ToldInTwoAt = Utc("2026-04-05");
        life.Use("2026-04-02", 7).Late("2026-05-02", LatePolicy.Ignore).Until("2026-06-02");
        Assert.Equal(["04-01 to 05-01 calls 90 = 900"], life.UsageLines());
    }

    private static readonly PlanVersion Tens = Named("tens", Plan(prices: Life.Metered("calls", new PerUnitModel(10))));

    [Theory]
    // 50 on the 2nd and 90 on the 10th were billed; what is given away from the 5th on is given back, whatever was ignored and where.
    [InlineData(MeterAggregation.Sum, "2026-04-12", 1400, 500)]
    [InlineData(MeterAggregation.Sum, "2026-04-03", 1400, 500)]
    [InlineData(MeterAggregation.Count, "2026-04-12", 20, 10)]
    [InlineData(MeterAggregation.Max, "2026-04-12", 900, 500)]
    [InlineData(MeterAggregation.Max, "2026-04-03", 900, 500)]
    [InlineData(MeterAggregation.Latest, "2026-04-12", 900, 500)]
    [InlineData(MeterAggregation.Latest, "2026-04-03", 900, 500)]
    [InlineData(MeterAggregation.Average, "2026-04-12", 700, 500)]
    public void What_was_ignored_is_neither_taken_off_what_is_kept_nor_billed_with_it(MeterAggregation aggregation, string late, long billed, long kept)
    {
        var life = new Life(Tens) { Aggregation = aggregation }.Start("2026-04-01").Use("2026-04-02", 50).Use("2026-04-10", 90).Until("2026-05-01");
        Assert.Equal(billed, life.CostOf("2026-04-01"));

        life.Use(late, 1000).Late("2026-05-02", LatePolicy.Ignore);
        Assert.Equal(billed, life.CostOf("2026-04-01"));
        life.GivesAwayFrom = Utc("2026-04-05");
        life.Late("2026-05-03", LatePolicy.Ignore).Late("2026-05-04", LatePolicy.Ignore);

        Assert.Equal(kept, life.CostOf("2026-04-01"));
    }

    private static readonly Gen<(int Aggregation, (int Kind, int Day, int Value)[] Steps)> Lives = Gen.Select(
        Gen.Int[0, 7], Gen.Select(Gen.Int[0, 9], Gen.Int[0, 89], Gen.Int[0, 90]).Array[1, 40], (aggregation, steps) => (aggregation, steps));

    /// <summary>
    /// However events come late, are amended and voided, and change their owner: a span costs what the events cost that it has now and that had
    /// arrived, as they were then, when their time was billed.
    /// </summary>
    [Fact]
    public void Of_each_span_those_events_are_billed_that_are_its_and_were_not_late() => Lives.Sample(
        drawn =>
        {
            var start = Utc("2026-04-01");
            var life = new Life(Tens) { Aggregation = Enum.GetValues<MeterAggregation>()[drawn.Aggregation] }.Start(start);
            if (life.Aggregation is MeterAggregation.UniqueCount)
            {
                return;
            }

            var now = start;
            // By the start of a span and the day: the events of the day as the span took them, when it had the day first.
            var taken = new Dictionary<(Instant Span, int Day), List<UsageEvent>>();
            foreach (var (kind, day, value) in drawn.Steps.Concat([(8, 0, 0), (8, 0, 0)]))
            {
                now += Duration.FromHours(31);
                life.Until(now);
                Take(life, start, taken);
                switch (kind)
                {
                    case 0 or 1 or 2:
                        life.Use(start + Duration.FromDays(day) + Duration.FromMinutes(value), value);
                        break;
                    case 3 when life.Used.Count > 0:
                        life.Used[day % life.Used.Count] = life.Used[day % life.Used.Count] with { Value = value };
                        break;
                    case 4 when life.Used.Count > 0:
                        life.Used.RemoveAt(day % life.Used.Count);
                        break;
                    case 5:
                        life.GivesAwayFrom = start + Duration.FromDays(day);
                        life.Late(now, LatePolicy.Ignore);
                        break;
                    case 6:
                        life.GivesAwayFrom = null;
                        life.Late(now, LatePolicy.Ignore);
                        break;
                    default:
                        life.Late(now, LatePolicy.Ignore);
                        break;
                }

                Take(life, start, taken);
            }

            foreach (var span in life.Counted.GroupBy(closed => closed.Part.Span).Where(of => of.Any(closed => closed.Outcome is UsageOutcome.Billed)))
            {
                var events = taken.Where(day => day.Key.Span == span.Key.Start && !(start + Duration.FromDays(day.Key.Day) >= life.GivesAwayFrom)).SelectMany(day => day.Value);
                var meter = new Meter("calls", "calls", life.Aggregation);
                var quantity = UsageSheet.Of(meter, new UsageQuestion([span.Key]), events)[0].Quantity ?? 0;
                Assert.Equal(Rater.Rate(new PerUnitModel(10), new RatingInput(Math.Max(0, quantity))).Value.Amount, span.Sum(closed => closed.Amount));
                Assert.Equal(life.CostOf(span.Key.Start, span.Key.End), span.Sum(closed => closed.Amount));
            }
        },
        iter: 1500);

    /// <summary>Each span takes the days that it has by now.</summary>
    private static void Take(Life life, Instant start, Dictionary<(Instant Span, int Day), List<UsageEvent>> taken)
    {
        foreach (var part in life.Counted.Select(closed => closed.Part).DistinctBy(part => part.Span.Start))
        {
            for (var day = (int)(part.Span.Start - start).TotalDays; day < (int)(part.Span.End - start).TotalDays; day++)
            {
                var time = new Period(start + Duration.FromDays(day), start + Duration.FromDays(day + 1));
                if (life.GivesAwayFrom is not { } away || time.Start < away)
                {
                    taken.TryAdd((part.Span.Start, day), [.. life.Used.Where(used => time.Contains(used.At))]);
                }
            }
        }
    }

    [Fact]
    public void Late_was_what_came_after_both_had_billed_its_time()
    {
        Period Days(int from, int to) => new(Utc("2026-04-01") + Duration.FromDays(from), Utc("2026-04-01") + Duration.FromDays(to));
        Instant At(int second) => Instant.FromUnixTimeSeconds(second);
        string Told(string subscription, int closedAt, Period owned, params CountedTime[] counted) => string.Join(
            ", ", LateTimes.Of(subscription, At(closedAt), [owned], counted).Unnamed.Select(part => $"{part.Time.Start:dd}-{part.Time.End:dd} {(part.Until == ArrivedBy.Always ? "all" : part.Until.ToUnixTimeSeconds())}"));

        // The old one closed the whole at 10; it keeps ten days of it.
        var old = new CountedTime("old", [Days(0, 29)], At(10), At(10));
        Assert.Equal("01-11 10", Told("old", 10, Days(0, 10), old));
        // One that closed at 5 takes the rest: what came until 10 was in time. One that closed at 20 had the time to wait for it.
        Assert.Equal("11-30 10", Told("new", 5, Days(10, 29), old, new CountedTime("new", [], At(5), At(5))));
        Assert.Equal("11-30 20", Told("new", 20, Days(10, 29), old, new CountedTime("new", [], At(20), At(20))));
        // A second look says the same; also one at another time of it, and of the old one that takes it back.
        var gained = new CountedTime("new", [Days(10, 29)], At(30), At(5));
        Assert.Equal("11-16 10", Told("new", 5, Days(10, 15), old, gained));
        Assert.Equal("01-11 10, 11-30 10", Told("old", 10, Days(0, 29), old, gained));
        // What nobody had billed is in time all of it, as it is when it is taken; what comes after that is late.
        Assert.Equal("11-30 all", Told("new", 5, Days(10, 29)));
        Assert.Equal("11-30 30", Told("new", 5, Days(10, 29), gained));
    }
}
