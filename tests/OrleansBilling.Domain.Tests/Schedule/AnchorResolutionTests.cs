using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Tests.Schedule;

public sealed class AnchorResolutionTests
{
    private const string Berlin = "Europe/Berlin";

    // The start is Thursday, 22 January 2026, 10:00. Columns: nominal start of the first period, its end, the next end.
    [Theory]
    [InlineData("start", 1, "day", "2026-01-22T10:00", "2026-01-23T10:00", "2026-01-24T10:00")]
    [InlineData("start", 2, "week", "2026-01-22T10:00", "2026-02-05T10:00", "2026-02-19T10:00")]
    [InlineData("start", 1, "month", "2026-01-22T10:00", "2026-02-22T10:00", "2026-03-22T10:00")]
    [InlineData("start", 5, "year", "2026-01-22T10:00", "2031-01-22T10:00", "2036-01-22T10:00")]
    [InlineData("calendar", 1, "day", "2026-01-22T00:00", "2026-01-23T00:00", "2026-01-24T00:00")]
    [InlineData("calendar", 10, "day", "2026-01-13T00:00", "2026-01-23T00:00", "2026-02-02T00:00")]
    [InlineData("calendar", 1, "week", "2026-01-19T00:00", "2026-01-26T00:00", "2026-02-02T00:00")]
    [InlineData("calendar", 2, "week", "2026-01-12T00:00", "2026-01-26T00:00", "2026-02-09T00:00")]
    [InlineData("calendar", 1, "month", "2026-01-01T00:00", "2026-02-01T00:00", "2026-03-01T00:00")]
    [InlineData("calendar", 2, "month", "2026-01-01T00:00", "2026-03-01T00:00", "2026-05-01T00:00")]
    [InlineData("calendar", 3, "month", "2026-01-01T00:00", "2026-04-01T00:00", "2026-07-01T00:00")]
    [InlineData("calendar", 4, "month", "2026-01-01T00:00", "2026-05-01T00:00", "2026-09-01T00:00")]
    [InlineData("calendar", 6, "month", "2026-01-01T00:00", "2026-07-01T00:00", "2027-01-01T00:00")]
    [InlineData("calendar", 12, "month", "2026-01-01T00:00", "2027-01-01T00:00", "2028-01-01T00:00")]
    [InlineData("calendar", 5, "month", "2025-09-01T00:00", "2026-02-01T00:00", "2026-07-01T00:00")]
    [InlineData("calendar", 24, "month", "2024-02-01T00:00", "2026-02-01T00:00", "2028-02-01T00:00")]
    [InlineData("calendar", 1, "year", "2026-01-01T00:00", "2027-01-01T00:00", "2028-01-01T00:00")]
    [InlineData("calendar", 2, "year", "2025-01-01T00:00", "2027-01-01T00:00", "2029-01-01T00:00")]
    [InlineData("day:31", 1, "month", "2025-12-31T00:00", "2026-01-31T00:00", "2026-02-28T00:00")]
    [InlineData("day:22", 1, "month", "2026-01-22T00:00", "2026-02-22T00:00", "2026-03-22T00:00")]
    [InlineData("day:15", 1, "month", "2026-01-15T00:00", "2026-02-15T00:00", "2026-03-15T00:00")]
    [InlineData("day:30", 3, "month", "2025-10-30T00:00", "2026-01-30T00:00", "2026-04-30T00:00")]
    [InlineData("day:31", 5, "month", "2025-08-31T00:00", "2026-01-31T00:00", "2026-06-30T00:00")]
    [InlineData("day:1", 1, "year", "2025-02-01T00:00", "2026-02-01T00:00", "2027-02-01T00:00")]
    [InlineData("at:2026-03-05T08:00", 1, "month", "2026-01-05T08:00", "2026-02-05T08:00", "2026-03-05T08:00")]
    [InlineData("at:2025-06-30T12:30", 1, "month", "2025-12-30T12:30", "2026-01-30T12:30", "2026-02-28T12:30")]
    [InlineData("at:2026-01-22T10:00", 1, "month", "2026-01-22T10:00", "2026-02-22T10:00", "2026-03-22T10:00")]
    [InlineData("at:2026-02-01T00:00", 7, "day", "2026-01-18T00:00", "2026-01-25T00:00", "2026-02-01T00:00")]
    [InlineData("at:2020-01-20T06:00", 1, "week", "2026-01-19T06:00", "2026-01-26T06:00", "2026-02-02T06:00")]
    [InlineData("at:2028-02-29T09:00", 1, "year", "2025-02-28T09:00", "2026-02-28T09:00", "2027-02-28T09:00")]
    public void First_boundaries(string rule, int count, string unit, string nominalStart, string firstEnd, string secondEnd)
    {
        var start = Times.At("2026-01-22T10:00", Berlin);
        var anchor = PeriodCalendar.Resolve(Times.Rule(rule, Berlin), Times.Every(count, unit), start, Berlin);
        var first = PeriodCalendar.First(anchor, start);

        Assert.Equal(nominalStart, Times.Local(first.Nominal.Start, Berlin));
        Assert.Equal(firstEnd, Times.Local(first.Nominal.End, Berlin));
        Assert.Equal(secondEnd, Times.Local(PeriodCalendar.Boundary(anchor, first.Index + 2), Berlin));
        Assert.Equal(start, first.Period.Start);
        Assert.Equal(first.Nominal.End, first.Period.End);
        Assert.Equal(first.Nominal.Start != start, first.IsPartial);
    }

    [Theory]
    [InlineData("calendar", 1, "day", "2026-01-22T00:00")]
    [InlineData("calendar", 1, "week", "2026-01-19T00:00")]
    [InlineData("calendar", 2, "week", "2026-01-19T00:00")]
    [InlineData("calendar", 1, "month", "2026-02-01T00:00")]
    [InlineData("calendar", 3, "month", "2026-04-01T00:00")]
    [InlineData("calendar", 5, "month", "2026-02-01T00:00")]
    [InlineData("calendar", 1, "year", "2026-01-01T00:00")]
    [InlineData("day:28", 1, "month", "2026-02-28T00:00")]
    [InlineData("day:31", 1, "month", "2026-02-28T00:00")]
    [InlineData("day:31", 1, "month", "2026-04-30T00:00")]
    [InlineData("at:2026-05-31T07:00", 1, "month", "2026-04-30T07:00")]
    public void A_start_on_a_boundary_has_no_partial_period(string rule, int count, string unit, string start)
    {
        var at = Times.At(start, Berlin);
        var first = PeriodCalendar.First(PeriodCalendar.Resolve(Times.Rule(rule, Berlin), Times.Every(count, unit), at, Berlin), at);
        Assert.False(first.IsPartial);
        Assert.Equal(at, first.Nominal.Start);
    }

    [Theory]
    [InlineData(31, "2026-02-10T00:00", "2026-02-28T00:00")]
    [InlineData(31, "2024-02-10T00:00", "2024-02-29T00:00")]
    [InlineData(30, "2026-02-28T00:01", "2026-03-30T00:00")]
    [InlineData(31, "2026-01-31T00:01", "2026-02-28T00:00")]
    [InlineData(1, "2026-12-31T23:59", "2027-01-01T00:00")]
    public void Day_of_month_takes_the_first_such_day_clamped(int day, string start, string first)
    {
        var at = Times.At(start, Berlin);
        var anchor = PeriodCalendar.Resolve(new DayOfMonthAnchor(day), Times.Every(1, "month"), at, Berlin);
        Assert.Equal(first, Times.Local(PeriodCalendar.Boundary(anchor, 0), Berlin));
    }

    [Theory]
    [InlineData(0, 1, "month", "invalid_anchor_day", RefusalKind.Invalid)]
    [InlineData(32, 1, "month", "invalid_anchor_day", RefusalKind.Invalid)]
    [InlineData(15, 1, "day", "anchor_needs_months", RefusalKind.Rule)]
    [InlineData(15, 2, "week", "anchor_needs_months", RefusalKind.Rule)]
    public void A_day_of_the_month_needs_months(int day, int count, string unit, string code, RefusalKind kind)
    {
        var rule = new DayOfMonthAnchor(day);
        var interval = Times.Every(count, unit);
        var refusal = rule.RefusalFor(interval);
        Assert.Equal((code, kind), (refusal?.Code, refusal!.Kind));
        Assert.Throws<ArgumentException>(() => PeriodCalendar.Resolve(rule, interval, Times.Utc("2026-01-01T00:00:00Z"), Berlin));
    }

    [Fact]
    public void The_other_anchors_fit_every_interval()
    {
        AnchorRule[] rules = [new StartAnchor(), new CalendarAnchor(), new AtAnchor(Times.Utc("2026-01-01T00:00:00Z"))];
        Assert.All(rules, rule => Assert.All(
            Enum.GetValues<IntervalUnit>(), unit => Assert.Null(rule.RefusalFor(new BillingInterval(unit, 1)))));
    }

    [Fact]
    public void Anchor_start_moves_with_the_end_of_the_trial_and_others_stay()
    {
        var start = Times.At("2026-01-22T10:00", Berlin);
        var paid = TrialCalendar.End(start, 14, Berlin);
        var month = Times.Every(1, "month");
        Assert.Equal(paid, PeriodCalendar.Boundary(PeriodCalendar.Resolve(new StartAnchor(), month, paid, Berlin), 0));

        var at = new AtAnchor(Times.At("2026-01-10T00:00", Berlin));
        var first = PeriodCalendar.First(PeriodCalendar.Resolve(at, month, paid, Berlin), paid);
        Assert.Equal("2026-02-10T00:00", Times.Local(first.Period.End, Berlin));
        Assert.Equal("2026-01-10T00:00", Times.Local(first.Nominal.Start, Berlin));
    }

    [Fact]
    public void A_grid_of_three_months_stays_where_the_start_put_it_when_a_trial_lies_before_the_first_paid_period()
    {
        var start = Times.At("2026-01-10T10:00", Berlin);
        var paid = TrialCalendar.End(start, 30, Berlin);
        var anchor = PeriodCalendar.Resolve(new DayOfMonthAnchor(15), Times.Every(3, "month"), start, paid, Berlin);
        var first = PeriodCalendar.First(anchor, paid);
        Assert.Equal("2026-01-15T00:00", Times.Local(first.Nominal.Start, Berlin));
        Assert.Equal("2026-04-15T00:00", Times.Local(first.Period.End, Berlin));
    }
}
