using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Tests.Schedule;

public sealed class ZoneChangeTests
{
    private const string Berlin = "Europe/Berlin";
    private const string NewYork = "America/New_York";

    [Fact]
    public void A_calendar_anchor_goes_on_at_midnight_of_the_new_zone_after_the_next_boundary()
    {
        var anchor = Resolve(new CalendarAnchor(), "2026-01-22T10:00");
        var moved = PeriodCalendar.WithTimeZone(anchor, NewYork, 1);
        Assert.Equal("2026-02-01T00:00", Times.Local(PeriodCalendar.Boundary(moved, 0), Berlin));
        Assert.Equal("2026-03-01T00:00", Times.Local(PeriodCalendar.Boundary(moved, 1), Berlin));
        Assert.Equal("2026-04-01T00:00", Times.Local(PeriodCalendar.Boundary(moved, 2), NewYork));
        Assert.Equal("2026-05-01T00:00", Times.Local(PeriodCalendar.Boundary(moved, 3), NewYork));
    }

    [Fact]
    public void A_start_anchor_keeps_the_instants_distance_and_the_wanted_day()
    {
        // 31 January 04:00 in Berlin is 30 January 22:00 in New York.
        var anchor = Resolve(new StartAnchor(), "2026-01-31T04:00");
        var moved = PeriodCalendar.WithTimeZone(anchor, NewYork, 1);
        Assert.Equal("2026-02-28T04:00", Times.Local(PeriodCalendar.Boundary(moved, 1), Berlin));
        Assert.Equal("2026-03-30T22:00", Times.Local(PeriodCalendar.Boundary(moved, 2), NewYork));
        Assert.Equal("2026-04-30T22:00", Times.Local(PeriodCalendar.Boundary(moved, 3), NewYork));
        Assert.Equal("2027-02-28T22:00", Times.Local(PeriodCalendar.Boundary(moved, 13), NewYork));
    }

    [Fact]
    public void A_second_change_before_the_boundary_replaces_the_first_and_the_old_zone_undoes_it()
    {
        var anchor = Resolve(new CalendarAnchor(), "2026-01-22T10:00");
        var once = PeriodCalendar.WithTimeZone(anchor, NewYork, 1);
        Assert.Equal(anchor, PeriodCalendar.WithTimeZone(once, Berlin, 1));
        Assert.Equal(PeriodCalendar.WithTimeZone(anchor, "Asia/Tokyo", 1), PeriodCalendar.WithTimeZone(once, "Asia/Tokyo", 1));
    }

    [Fact]
    public void Days_are_counted_in_the_old_zone_until_the_boundary()
    {
        var anchor = Resolve(new CalendarAnchor(), "2026-01-22T10:00");
        var moved = PeriodCalendar.WithTimeZone(anchor, NewYork, 1);
        var boundary = PeriodCalendar.Boundary(moved, 1);
        Assert.Equal(Berlin, PeriodCalendar.TimeZoneAt(moved, boundary - Duration.Epsilon));
        Assert.Equal(NewYork, PeriodCalendar.TimeZoneAt(moved, boundary));
    }

    [Fact]
    public void A_new_interval_keeps_a_zone_that_still_waits_for_its_boundary()
    {
        var anchor = Resolve(new CalendarAnchor(), "2026-01-22T10:00");
        var moved = PeriodCalendar.WithTimeZone(anchor, NewYork, 1);
        var at = Times.At("2026-02-10T12:00", Berlin);
        var quarterly = PeriodCalendar.WithInterval(moved, Times.Every(3, "month"), at);
        var next = PeriodCalendar.IndexAtOrBefore(quarterly, at) + 1;
        Assert.Equal("2026-05-01T00:00", Times.Local(PeriodCalendar.Boundary(quarterly, next), Berlin));
        Assert.Equal("2026-08-01T00:00", Times.Local(PeriodCalendar.Boundary(quarterly, next + 1), NewYork));

        var later = PeriodCalendar.WithInterval(moved, Times.Every(3, "month"), Times.At("2026-03-10T12:00", Berlin));
        Assert.Equal("2026-05-01T00:00", Times.Local(PeriodCalendar.NextBoundary(later, at), NewYork));
    }

    [Fact]
    public void A_chain_of_changes_keeps_every_boundary_up_to_the_next_and_never_makes_an_empty_period() =>
        Gen.Select(Times.Anchors, Gen.Select(Times.Zone, Gen.Int[0, 4]).Array[1, 4]).Sample(
            (x, changes) =>
            {
                var anchor = x.Anchor;
                var n = PeriodCalendar.IndexAtOrBefore(anchor, x.Start);
                foreach (var (zone, later) in changes)
                {
                    n += later;
                    var moved = PeriodCalendar.WithTimeZone(anchor, zone, n);
                    for (var i = n - 12; i <= n; i++)
                    {
                        Assert.Equal(PeriodCalendar.Boundary(anchor, i), PeriodCalendar.Boundary(moved, i));
                    }

                    anchor = moved;
                    for (var i = n - 12; i < n + 12; i++)
                    {
                        var period = PeriodCalendar.Nominal(anchor, i);
                        Assert.True(period.Start < period.End, $"period {i} of {anchor}");
                        Assert.Equal(i, PeriodCalendar.IndexAtOrBefore(anchor, period.Start));
                        Assert.Equal(i, PeriodCalendar.IndexAtOrBefore(anchor, period.End - Duration.Epsilon));
                    }
                }
            },
            iter: 2000);

    [Fact]
    public void The_period_after_a_change_differs_from_an_ordinary_one_by_at_most_the_distance_of_the_zones() =>
        Gen.Select(Times.Anchors, Times.Zone, Gen.Int[-5, 5]).Sample(
            (x, zone, n) =>
            {
                var moved = PeriodCalendar.WithTimeZone(x.Anchor, zone, n);
                var difference = PeriodCalendar.Boundary(moved, n + 1) - PeriodCalendar.Boundary(x.Anchor, n + 1);
                return Duration.Max(difference, -difference) <= Duration.FromHours(51);
            },
            iter: 2000);

    [Fact]
    public void A_last_of_february_moved_a_day_on_does_not_become_the_first_of_every_month()
    {
        var anchor = PeriodCalendar.Resolve(new StartAnchor(), Times.Every(1, "month"), Times.At("1995-02-28T22:44", "America/St_Johns"), "America/St_Johns");
        var moved = PeriodCalendar.WithTimeZone(anchor, "Australia/Lord_Howe", 1);
        Assert.Equal("1995-03-29T12:44", Times.Local(PeriodCalendar.Boundary(moved, 1), "Australia/Lord_Howe"));
        Assert.Equal("1995-04-29", Times.Local(PeriodCalendar.Boundary(moved, 2), "Australia/Lord_Howe")[..10]);
    }

    private static BillingAnchor Resolve(AnchorRule rule, string start) =>
        PeriodCalendar.Resolve(rule, Times.Every(1, "month"), Times.At(start, Berlin), Berlin);
}
