using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Tests.Schedule;

public sealed class PeriodCalendarProperties
{
    private const int Runs = 3000;

    [Fact]
    public void Boundaries_strictly_increase_so_that_periods_tile() =>
        Times.Anchors.Sample(
            x =>
            {
                var first = PeriodCalendar.IndexAtOrBefore(x.Anchor, x.Start) - 8;
                var boundary = PeriodCalendar.Boundary(x.Anchor, first);
                for (var n = first; n < first + 40; n++)
                {
                    var period = PeriodCalendar.Nominal(x.Anchor, n);
                    Assert.Equal(boundary, period.Start);
                    Assert.True(period.Start < period.End, $"period {n} of {x.Anchor} is empty");
                    boundary = period.End;
                }
            },
            iter: Runs);

    [Fact]
    public void Every_instant_lies_in_exactly_the_period_of_its_index() =>
        Gen.Select(Times.Anchors, Times.Instants).Sample(
            (x, t) =>
            {
                var n = PeriodCalendar.IndexAtOrBefore(x.Anchor, t);
                Assert.True(PeriodCalendar.Nominal(x.Anchor, n).Contains(t));
                Assert.False(PeriodCalendar.Nominal(x.Anchor, n - 1).Contains(t));
                Assert.False(PeriodCalendar.Nominal(x.Anchor, n + 1).Contains(t));
                Assert.Equal(n, PeriodCalendar.IndexAtOrBefore(x.Anchor, PeriodCalendar.Boundary(x.Anchor, n)));
                Assert.Equal(n - 1, PeriodCalendar.IndexAtOrBefore(x.Anchor, PeriodCalendar.Boundary(x.Anchor, n) - Duration.Epsilon));
            },
            iter: Runs);

    [Fact]
    public void A_month_boundary_is_the_wanted_day_clamped_at_the_kept_time_of_day_or_moved_out_of_a_gap() =>
        Gen.Select(Times.Anchors.Where(x => x.Anchor.Interval.Months is not null), Gen.Int[-60, 60]).Sample(
            (x, n) =>
            {
                // An independent computation by Noda Time's own month arithmetic, from day 1 so that it cannot clamp.
                var months = n * x.Anchor.Interval.Months!.Value;
                var month = x.Anchor.Local.Date.With(DateAdjusters.StartOfMonth).PlusMonths(months);
                var wanted = x.Rule is DayOfMonthAnchor day ? day.Day : x.Anchor.Local.Day;
                var last = month.With(DateAdjusters.EndOfMonth).Day;
                var local = month.PlusDays(Math.Min(wanted, last) - 1) + x.Anchor.Local.TimeOfDay;
                var mapping = DateTimeZoneProviders.Tzdb[x.Anchor.TimeZone].MapLocal(local);
                var boundary = PeriodCalendar.Boundary(x.Anchor, n);
                var expected = mapping.Count == 0
                    ? mapping.LateInterval.Start + (local - mapping.EarlyInterval.IsoLocalEnd).ToDuration()
                    : mapping.First().ToInstant();
                Assert.True(boundary == expected || (n == 0 && mapping.Count == 2 && boundary == mapping.Last().ToInstant()));
            },
            iter: Runs);

    [Fact]
    public void A_day_or_week_boundary_is_whole_local_days_away_from_the_anchor() =>
        Gen.Select(Times.Anchors.Where(x => x.Anchor.Interval.Days > 1), Gen.Int[1, 60]).Sample(
            (x, n) =>
            {
                var local = x.Anchor.Local.PlusDays(n * x.Anchor.Interval.Days!.Value);
                Assert.Equal(
                    local.InZoneLeniently(DateTimeZoneProviders.Tzdb[x.Anchor.TimeZone]).ToInstant(),
                    PeriodCalendar.Boundary(x.Anchor, n));
            },
            iter: Runs);

    [Fact]
    public void The_first_period_begins_at_the_start_and_ends_at_the_first_boundary_after_it() =>
        Times.Anchors.Sample(
            x =>
            {
                var first = PeriodCalendar.First(x.Anchor, x.Start);
                Assert.Equal(x.Start, first.Period.Start);
                Assert.Equal(PeriodCalendar.NextBoundary(x.Anchor, x.Start), first.Period.End);
                Assert.Equal(first.Period.End, first.Nominal.End);
                Assert.True(first.Nominal.Start <= x.Start && x.Start < first.Nominal.End);
                Assert.Equal(first.Nominal.Start < x.Start, first.IsPartial);
                Assert.True(x.Rule is not StartAnchor || !first.IsPartial);
            },
            iter: Runs);

    [Fact]
    public void Grid_anchors_begin_at_or_after_the_start_and_within_one_step_of_the_grid() =>
        Times.Anchors.Where(x => x.Rule is CalendarAnchor or DayOfMonthAnchor).Sample(
            x =>
            {
                Assert.True(PeriodCalendar.Boundary(x.Anchor, 0) >= x.Start);
                Assert.True(PeriodCalendar.Boundary(x.Anchor, -1) < x.Start);
                Assert.Equal(LocalTime.Midnight, x.Anchor.Local.TimeOfDay);
            },
            iter: Runs);

    [Fact]
    public void A_preview_tiles_from_the_start_through_the_trial() =>
        Gen.Select(Times.Interval, Times.Instants, Times.Zone, Gen.Int[0, 60], Gen.Int[1, 12])
            .SelectMany(p => Times.Rule(p.Item1).Select(rule => (p, rule)))
            .Sample(
                x =>
                {
                    var (interval, start, zone, trial, periods) = x.p;
                    var preview = PeriodCalendar.Preview(start, zone, interval, x.rule, trial, periods);
                    Assert.Equal(start, preview[0].Period.Start);
                    Assert.All(preview.Zip(preview.Skip(1)), pair => Assert.Equal(pair.First.Period.End, pair.Second.Period.Start));
                    Assert.Equal(periods, preview.Count(p => p.Kind != SchedulePeriodKind.Trial));
                    Assert.All(preview, p => Assert.True(p.Period.Start < p.Period.End));
                    Assert.All(preview.Where(p => p.Kind != SchedulePeriodKind.Partial), p => Assert.True(p.Fraction.IsWhole));
                },
                iter: Runs);

    [Fact]
    public void Both_neighbouring_boundaries_are_one_interval_apart_whatever_the_anchor() =>
        Gen.Select(Times.Anchors, Gen.Int[-30, 30]).Sample(
            (x, n) =>
            {
                var period = PeriodCalendar.Nominal(x.Anchor, n);
                Assert.True(PeriodCalendar.IsOneInterval(period, x.Anchor.Interval, x.Anchor.TimeZone), $"{period} {x.Anchor}");
            },
            iter: Runs);
}
