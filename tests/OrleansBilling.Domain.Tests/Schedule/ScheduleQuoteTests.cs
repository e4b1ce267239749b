using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Tests.Schedule;

public sealed class ScheduleQuoteTests
{
    private const string Berlin = "Europe/Berlin";

    [Theory]
    [InlineData("start", 0, "Full 2026-01-22T10:00 31/31, Full 2026-02-22T10:00 28/28, Full 2026-03-22T10:00 31/31")]
    [InlineData("start", 14, "Trial 2026-01-22T10:00 14/14, Full 2026-02-05T10:00 28/28, Full 2026-03-05T10:00 31/31, Full 2026-04-05T10:00 30/30")]
    [InlineData("calendar", 0, "Partial 2026-01-22T10:00 10/31, Full 2026-02-01T00:00 28/28, Full 2026-03-01T00:00 31/31")]
    [InlineData("calendar", 10, "Trial 2026-01-22T10:00 10/10, Partial 2026-02-01T10:00 28/28, Full 2026-03-01T00:00 31/31, Full 2026-04-01T00:00 30/30")]
    [InlineData("day:31", 0, "Partial 2026-01-22T10:00 9/31, Full 2026-01-31T00:00 28/28, Full 2026-02-28T00:00 31/31")]
    [InlineData("at:2026-01-22T18:00", 0, "Partial 2026-01-22T10:00 0/31, Full 2026-01-22T18:00 31/31, Full 2026-02-22T18:00 28/28")]
    public void A_schedule_shows_trial_partial_and_full_periods(string anchor, int trialDays, string expected)
    {
        var quote = ScheduleQuote.Decide(Request() with { Anchor = Times.Rule(anchor, Berlin), TrialDays = trialDays }).Value;
        Assert.Equal(expected, string.Join(", ", quote.Select(p => $"{p.Kind} {Times.Local(p.Period.Start, Berlin)} {p.Fraction}")));
    }

    [Fact]
    public void Refusals_in_their_order()
    {
        var bad = new ScheduleQuoteRequest(
            Instant.FromUtc(1, 1, 1, 0, 0), "Mars", new BillingInterval(IntervalUnit.Day, 0), new AtAnchor(Instant.MaxValue), -1, 0);
        Assert.Equal("unknown_time_zone time_zone", Refused(bad));
        bad = bad with { TimeZone = Berlin };
        Assert.Equal("instant_out_of_range start_at", Refused(bad));
        bad = bad with { StartAt = Request().StartAt };
        Assert.Equal("invalid_interval interval.count", Refused(bad));
        bad = bad with { Interval = new BillingInterval(IntervalUnit.Day, 1) };
        Assert.Equal("invalid_trial_days trial_days", Refused(bad));
        bad = bad with { TrialDays = 0 };
        Assert.Equal("invalid_periods periods", Refused(bad));
        bad = bad with { Periods = ScheduleQuote.MaxPeriods + 1 };
        Assert.Equal("invalid_periods periods", Refused(bad));
        bad = bad with { Periods = ScheduleQuote.MaxPeriods };
        Assert.Equal("instant_out_of_range anchor.at", Refused(bad));
        bad = bad with { Anchor = new DayOfMonthAnchor(31) };
        Assert.Equal("anchor_needs_months anchor.type", Refused(bad));
        bad = bad with { Anchor = new CalendarAnchor() };
        Assert.Equal(ScheduleQuote.MaxPeriods, ScheduleQuote.Decide(bad).Value.Length);
    }

    [Fact]
    public void The_longest_schedule_stays_within_the_calendar()
    {
        var quote = ScheduleQuote.Decide(Request() with
        {
            StartAt = Instant.FromUtc(2199, 12, 31, 0, 0),
            Interval = new BillingInterval(IntervalUnit.Year, 5),
            Periods = ScheduleQuote.MaxPeriods,
        });
        Assert.Equal(7199, quote.Value[^1].Period.End.InUtc().Year);
    }

    private static string Refused(ScheduleQuoteRequest request)
    {
        var refusal = ScheduleQuote.Decide(request).Refusal;
        return $"{refusal?.Code} {refusal?.Field}";
    }

    private static ScheduleQuoteRequest Request() =>
        new(Times.At("2026-01-22T10:00", Berlin), Berlin, Times.Every(1, "month"), new StartAnchor(), TrialDays: 0, Periods: 3);
}
