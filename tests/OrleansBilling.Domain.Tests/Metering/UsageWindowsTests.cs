using NodaTime;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Tests.Metering;

public sealed class UsageWindowsTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
    private static readonly DateTimeZone Kolkata = DateTimeZoneProviders.Tzdb["Asia/Kolkata"];

    [Fact]
    public void Days_run_from_local_midnight_and_are_cut_at_both_ends()
    {
        // The night in which summer time ends has 25 hours.
        var windows = UsageWindows.Of(Instant.FromUtc(2026, 10, 24, 12, 0), Instant.FromUtc(2026, 10, 26, 12, 0), UsageWindow.Day, Berlin).Value;
        Assert.Equal(
            [Instant.FromUtc(2026, 10, 24, 12, 0), Instant.FromUtc(2026, 10, 24, 22, 0), Instant.FromUtc(2026, 10, 25, 23, 0)], windows.Select(window => window.Start));
        Assert.Equal(Instant.FromUtc(2026, 10, 26, 12, 0), windows[^1].End);
        Assert.Equal(Duration.FromHours(25), windows[1].Duration);
    }

    [Fact]
    public void Hours_are_those_of_the_wall_clock_and_tile()
    {
        var windows = UsageWindows.Of(Instant.FromUtc(2026, 3, 1, 10, 10), Instant.FromUtc(2026, 3, 1, 13, 0), UsageWindow.Hour, Kolkata).Value;
        Assert.Equal(
            [Instant.FromUtc(2026, 3, 1, 10, 10), Instant.FromUtc(2026, 3, 1, 10, 30), Instant.FromUtc(2026, 3, 1, 11, 30), Instant.FromUtc(2026, 3, 1, 12, 30)],
            windows.Select(window => window.Start));
        for (var i = 1; i < windows.Length; i++)
        {
            Assert.Equal(windows[i - 1].End, windows[i].Start);
        }
    }

    [Fact]
    public void A_period_is_one_window_and_a_month_is_local()
    {
        var month = UsageWindows.MonthOf(Instant.FromUtc(2026, 3, 31, 22, 30), Berlin);
        Assert.Equal((Instant.FromUtc(2026, 3, 31, 22, 0), Instant.FromUtc(2026, 4, 30, 22, 0)), (month.Start, month.End));
        Assert.Equal([month], UsageWindows.Of(month.Start, month.End, UsageWindow.Period, Berlin).Value);
    }

    [Fact]
    public void Too_many_windows_and_an_empty_span_are_refused()
    {
        var start = Instant.FromUtc(2026, 1, 1, 0, 0);
        Assert.Equal(1000, UsageWindows.Of(start, start + Duration.FromHours(1000), UsageWindow.Hour, DateTimeZone.Utc).Value.Length);
        Assert.Equal("too_many_windows", UsageWindows.Of(start, start + Duration.FromHours(1001), UsageWindow.Hour, DateTimeZone.Utc).Refusal!.Code);
        Assert.Equal("range_empty", UsageWindows.Of(start, start, UsageWindow.Day, DateTimeZone.Utc).Refusal!.Code);
    }
}
