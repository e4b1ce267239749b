using NodaTime;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Schedule;

public sealed class PeriodCalendarTests
{
    [Theory]
    [InlineData("2026-01-31T10:00", 1, "month", "2026-02-28T10:00 2026-03-31T10:00 2026-04-30T10:00 2026-05-31T10:00")]
    [InlineData("2024-01-30T10:00", 1, "month", "2024-02-29T10:00 2024-03-30T10:00 2024-04-30T10:00")]
    [InlineData("2024-02-29T10:00", 1, "month", "2024-03-29T10:00 2024-04-29T10:00")]
    [InlineData("2024-02-29T10:00", 1, "year", "2025-02-28T10:00 2026-02-28T10:00 2027-02-28T10:00 2028-02-29T10:00")]
    [InlineData("2024-02-29T10:00", 12, "month", "2025-02-28T10:00 2026-02-28T10:00 2027-02-28T10:00 2028-02-29T10:00")]
    [InlineData("2025-11-30T10:00", 3, "month", "2026-02-28T10:00 2026-05-30T10:00 2026-08-30T10:00")]
    [InlineData("2026-03-28T10:00", 1, "day", "2026-03-29T10:00 2026-03-30T10:00")]
    public void Boundaries_come_from_the_anchor_and_are_clamped(string start, int count, string unit, string boundaries)
    {
        var anchor = Start(start, Times.Every(count, unit), "Europe/Berlin");
        Assert.Equal(
            boundaries.Split(' '),
            Enumerable.Range(1, boundaries.Split(' ').Length).Select(n => Times.Local(PeriodCalendar.Boundary(anchor, n), "Europe/Berlin")));
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-02-28T02:30", 1, "2026-03-28T02:30", "ordinary")]
    [InlineData("Europe/Berlin", "2026-02-28T02:30", 13, "2027-03-28T03:30", "in the gap: forward by its hour")]
    [InlineData("America/New_York", "2026-02-08T02:15", 1, "2026-03-08T03:15", "in the gap: forward by its hour")]
    [InlineData("Australia/Lord_Howe", "2026-09-04T02:10", 1, "2026-10-04T02:40", "in the gap: forward by its half hour")]
    [InlineData("America/Sao_Paulo", "2018-10-04T00:00", 1, "2018-11-04T01:00", "there was no midnight")]
    [InlineData("Europe/Berlin", "2026-02-28T02:30", 14, "2027-04-28T02:30", "the time of day is kept after a gap")]
    public void A_local_time_in_a_gap_moves_forward_by_the_length_of_the_gap(string zone, string start, int n, string expected, string why) =>
        Assert.True(expected == Times.Local(PeriodCalendar.Boundary(Start(start, Times.Every(1, "month"), zone), n), zone), why);

    [Theory]
    [InlineData("Europe/Berlin", "2026-09-25T02:30", "2026-10-25T00:30:00Z")]
    [InlineData("America/New_York", "2026-10-01T01:30", "2026-11-01T05:30:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-03-05T01:45", "2026-04-04T14:45:00Z")]
    public void A_local_time_that_exists_twice_is_the_first(string zone, string start, string expected) =>
        Assert.Equal(Times.Utc(expected), PeriodCalendar.Boundary(Start(start, Times.Every(1, "month"), zone), 1));

    [Fact]
    public void The_start_itself_stays_the_second_of_two_equal_local_times()
    {
        var second = Times.Utc("2026-10-25T01:30:00Z");
        var anchor = PeriodCalendar.Resolve(new StartAnchor(), Times.Every(1, "month"), second, "Europe/Berlin");
        Assert.Equal(second, PeriodCalendar.Boundary(anchor, 0));
        Assert.False(PeriodCalendar.First(anchor, second).IsPartial);
        Assert.Equal(Times.At("2026-11-25T02:30", "Europe/Berlin"), PeriodCalendar.Boundary(anchor, 1));
    }

    [Fact]
    public void The_day_that_Samoa_lost_has_no_boundary()
    {
        var anchor = Start("2011-12-28T00:00", Times.Every(1, "day"), "Pacific/Apia");
        string[] expected = ["2011-12-27", "2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"];
        Assert.Equal(expected, Enumerable.Range(-1, 5).Select(n => Times.Local(PeriodCalendar.Boundary(anchor, n), "Pacific/Apia")[..10]));

        var after = Start("2012-01-01T15:00", Times.Every(1, "day"), "Pacific/Apia");
        string[] back = ["2012-01-01", "2011-12-31", "2011-12-29", "2011-12-28"];
        Assert.Equal(back, Enumerable.Range(0, 4).Select(n => Times.Local(PeriodCalendar.Boundary(after, -n), "Pacific/Apia")[..10]));
    }

    [Fact]
    public void A_month_anchored_on_the_day_that_Samoa_lost_moves_by_the_gap_and_comes_back()
    {
        var anchor = Start("2011-11-30T09:00", Times.Every(1, "month"), "Pacific/Apia");
        Assert.Equal("2011-12-31T09:00", Times.Local(PeriodCalendar.Boundary(anchor, 1), "Pacific/Apia"));
        Assert.Equal("2012-01-30T09:00", Times.Local(PeriodCalendar.Boundary(anchor, 2), "Pacific/Apia"));
    }

    [Fact]
    public void No_zone_lost_more_than_one_day_at_a_time_and_daily_boundaries_increase_in_every_zone()
    {
        foreach (var id in DateTimeZoneProviders.Tzdb.Ids)
        {
            foreach (var end in LongGaps(DateTimeZoneProviders.Tzdb[id]))
            {
                foreach (var hour in new[] { 0, 6, 13, 23 })
                {
                    var start = end - Duration.FromHours(80 + hour);
                    var anchor = PeriodCalendar.Resolve(new StartAnchor(), Times.Every(1, "day"), start, id);
                    for (var n = -10; n < 10; n++)
                    {
                        Assert.True(PeriodCalendar.Boundary(anchor, n) < PeriodCalendar.Boundary(anchor, n + 1), id);
                    }
                }
            }
        }

        static IEnumerable<Instant> LongGaps(DateTimeZone zone)
        {
            var intervals = zone.GetZoneIntervals(Instant.FromUtc(1800, 1, 1, 0, 0), Instant.FromUtc(2100, 1, 1, 0, 0)).ToList();
            return intervals.Zip(intervals.Skip(1))
                .Where(pair => pair.Second.WallOffset.Seconds - pair.First.WallOffset.Seconds >= 20 * 3600)
                .Select(pair => pair.First.End);
        }
    }

    [Theory]
    [InlineData("2026-03-28T10:00", "2026-03-29T10:00", 1)]
    [InlineData("2026-03-28T23:59", "2026-03-29T00:00", 1)]
    [InlineData("2026-03-28T00:00", "2026-03-28T23:59", 0)]
    [InlineData("2024-02-01T00:00", "2024-03-01T00:00", 29)]
    [InlineData("2026-03-01T00:00", "2026-02-01T00:00", -28)]
    public void Days_are_the_difference_of_local_dates(string from, string to, int days) =>
        Assert.Equal(days, PeriodCalendar.LocalDays(Times.At(from, "Europe/Berlin"), Times.At(to, "Europe/Berlin"), "Europe/Berlin"));

    [Fact]
    public void Days_depend_on_the_zone()
    {
        var (from, to) = (Times.Utc("2026-01-01T22:00:00Z"), Times.Utc("2026-01-01T23:30:00Z"));
        Assert.Equal(1, PeriodCalendar.LocalDays(from, to, "Europe/Berlin"));
        Assert.Equal(0, PeriodCalendar.LocalDays(from, to, "UTC"));
    }

    [Fact]
    public void A_period_contains_its_start_and_not_its_end()
    {
        var period = new Period(Times.Utc("2026-01-01T00:00:00Z"), Times.Utc("2026-02-01T00:00:00Z"));
        Assert.True(period.Contains(period.Start));
        Assert.True(period.Contains(period.End - Duration.Epsilon));
        Assert.False(period.Contains(period.End));
        Assert.False(period.Contains(period.Start - Duration.Epsilon));
        Assert.Equal(Duration.FromDays(31), period.Duration);
        Assert.Equal(period.Start, period.Clamp(Instant.MinValue));
        Assert.Equal(period.End, period.Clamp(Instant.MaxValue));
    }

    [Fact]
    public void A_new_interval_without_reset_is_counted_from_the_old_anchor()
    {
        var anchor = Start("2026-01-31T10:00", Times.Every(1, "month"), "Europe/Berlin");
        var at = Times.At("2026-03-10T12:00", "Europe/Berlin");
        var yearly = PeriodCalendar.WithInterval(anchor, Times.Every(1, "year"), at);
        Assert.Equal("2027-01-31T10:00", Times.Local(PeriodCalendar.NextBoundary(yearly, at), "Europe/Berlin"));
        var weekly = PeriodCalendar.WithInterval(anchor, Times.Every(1, "week"), at);
        Assert.Equal("2026-03-14T10:00", Times.Local(PeriodCalendar.NextBoundary(weekly, at), "Europe/Berlin"));
    }

    private static BillingAnchor Start(string local, BillingInterval interval, string zone) =>
        PeriodCalendar.Resolve(new StartAnchor(), interval, Times.At(local, zone), zone);
}
