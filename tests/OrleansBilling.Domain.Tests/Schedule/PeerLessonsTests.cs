using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Tests.Schedule;

/// <summary>Bugs of other billing engines that concern the calendar, one named test each.</summary>
public sealed class PeerLessonsTests
{
    [Theory]
    [InlineData(28)]
    [InlineData(29)]
    [InlineData(30)]
    [InlineData(31)]
    public void Periods_neither_overlap_nor_gap_when_the_anchor_is_clamped_lago_api_6173_1567_killbill_2133(int day)
    {
        foreach (var month in Enumerable.Range(1, 12).Where(m => day <= CalendarSystem.Iso.GetDaysInMonth(2024, m)))
        {
            var start = new LocalDate(2024, month, day).AtMidnight().InUtc().ToInstant();
            var anchor = PeriodCalendar.Resolve(new StartAnchor(), Times.Every(1, "month"), start, "UTC");
            for (var n = 0; n < 60; n++)
            {
                var period = PeriodCalendar.Nominal(anchor, n);
                var date = period.Start.InUtc().Date;
                Assert.Equal(Math.Min(day, CalendarSystem.Iso.GetDaysInMonth(date.Year, date.Month)), date.Day);
                Assert.InRange(PeriodCalendar.LocalDays(period.Start, period.End, "UTC"), 28, 31);
                Assert.Equal(period.End, PeriodCalendar.Boundary(anchor, n + 1));
            }
        }
    }

    [Fact]
    public void A_february_start_on_day_31_never_drifts_to_28_flexprice_628_1662()
    {
        var start = Times.At("2026-02-10T09:00", "Europe/Berlin");
        var anchor = PeriodCalendar.Resolve(new DayOfMonthAnchor(31), Times.Every(1, "month"), start, "Europe/Berlin");
        string[] expected = ["02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31", "01-31"];
        Assert.Equal(expected, Enumerable.Range(0, 12).Select(n => Times.Local(PeriodCalendar.Boundary(anchor, n), "Europe/Berlin")[5..10]));
    }

    [Fact]
    public void An_account_billed_on_the_31st_is_billed_in_every_month_killbill_127()
    {
        var start = Times.At("2026-01-31T00:00", "America/New_York");
        var anchor = PeriodCalendar.Resolve(new DayOfMonthAnchor(31), Times.Every(1, "month"), start, "America/New_York");
        var months = Enumerable.Range(0, 240).Select(n => Times.Local(PeriodCalendar.Boundary(anchor, n), "America/New_York")[..7]).ToList();
        Assert.Equal(240, months.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal("2045-12", months[^1]);
    }

    [Fact]
    public void A_leap_day_subscription_comes_back_to_the_29th_lago_api_1794()
    {
        var anchor = PeriodCalendar.Resolve(new StartAnchor(), Times.Every(1, "year"), Times.Utc("2024-02-29T12:00:00Z"), "UTC");
        Assert.Equal("2027-02-28T12:00", Times.Local(PeriodCalendar.Boundary(anchor, 3), "UTC"));
        Assert.Equal("2028-02-29T12:00", Times.Local(PeriodCalendar.Boundary(anchor, 4), "UTC"));
    }

    [Fact]
    public void A_trial_extended_across_a_month_loses_no_period_lago_771()
    {
        var start = Times.At("2026-01-20T10:00", "Europe/Berlin");
        var extended = Times.At("2026-03-05T10:00", "Europe/Berlin");
        foreach (var rule in new AnchorRule[] { new StartAnchor(), new CalendarAnchor(), new DayOfMonthAnchor(31) })
        {
            var anchor = PeriodCalendar.Resolve(rule, Times.Every(1, "month"), start, extended, "Europe/Berlin");
            var first = PeriodCalendar.First(anchor, extended);
            Assert.Equal(extended, first.Period.Start);
            Assert.True(first.Period.End > extended && first.Period.End <= Times.At("2026-04-05T10:00", "Europe/Berlin"));
            Assert.Equal(first.Period.End, PeriodCalendar.Nominal(anchor, first.Index + 1).Start);
        }
    }

    [Theory]
    [InlineData("America/New_York")]
    [InlineData("Europe/Berlin")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Pacific/Apia")]
    [InlineData("Asia/Kathmandu")]
    public void Every_hour_of_a_year_belongs_to_one_period_and_no_month_is_billed_twice_killbill_1934_lago_api_879_openmeter_3313(string zone)
    {
        var start = new LocalDate(2026, 1, 1).AtMidnight().InZoneStrictly(DateTimeZoneProviders.Tzdb[zone]).ToInstant();
        var anchor = PeriodCalendar.Resolve(new CalendarAnchor(), Times.Every(1, "month"), start, zone);
        var renewals = 0;
        var index = 0;
        for (var now = start; now < PeriodCalendar.Boundary(anchor, 12); now += Duration.FromHours(1))
        {
            var at = PeriodCalendar.IndexAtOrBefore(anchor, now);
            Assert.Equal(Times.Local(now, zone)[..7], Times.Local(PeriodCalendar.Boundary(anchor, at), zone)[..7]);
            Assert.InRange(at - index, 0, 1);
            renewals += at - index;
            index = at;
        }

        Assert.Equal(11, renewals);
    }
}
