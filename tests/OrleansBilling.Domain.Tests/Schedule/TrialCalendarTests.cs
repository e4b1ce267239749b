using CsCheck;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Tests.Schedule;

public sealed class TrialCalendarTests
{
    [Theory]
    [InlineData("Europe/Berlin", "2026-01-22T10:00", 14, "2026-02-05T10:00")]
    [InlineData("Europe/Berlin", "2026-03-20T10:00", 14, "2026-04-03T10:00")]
    [InlineData("Europe/Berlin", "2026-03-27T02:30", 2, "2026-03-29T03:30")]
    [InlineData("America/New_York", "2024-02-28T23:59", 1, "2024-02-29T23:59")]
    [InlineData("Pacific/Apia", "2011-12-29T08:00", 1, "2011-12-31T08:00")]
    [InlineData("UTC", "2026-12-31T00:00", 730, "2028-12-30T00:00")]
    public void A_trial_counts_local_days_and_keeps_the_time_of_day(string zone, string start, int days, string end) =>
        Assert.Equal(end, Times.Local(TrialCalendar.End(Times.At(start, zone), days, zone), zone));

    [Fact]
    public void An_end_that_exists_twice_is_the_first() =>
        Assert.Equal(
            Times.Utc("2026-10-25T00:30:00Z"),
            TrialCalendar.End(Times.At("2026-10-18T02:30", "Europe/Berlin"), 7, "Europe/Berlin"));

    [Fact]
    public void No_days_are_no_trial_even_in_the_hour_that_exists_twice()
    {
        var second = Times.Utc("2026-10-25T01:30:00Z");
        Assert.Equal(second, TrialCalendar.End(second, 0, "Europe/Berlin"));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(730, true)]
    [InlineData(731, false)]
    public void Trial_days_have_limits(int days, bool accepted) =>
        Assert.Equal(accepted ? null : "invalid_trial_days", TrialCalendar.RefusalFor(days)?.Code);

    [Fact]
    public void A_negative_trial_is_an_error_of_the_program() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TrialCalendar.End(Times.Utc("2026-01-01T00:00:00Z"), -1, "UTC"));

    [Fact]
    public void A_trial_is_as_many_local_days_long_as_was_asked() =>
        Gen.Select(Times.Instants, Gen.Int[1, 400], Gen.OneOf("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"))
            .Sample((start, days, zone) =>
                PeriodCalendar.LocalDays(start, TrialCalendar.End(start, days, zone), zone) == days);
}
