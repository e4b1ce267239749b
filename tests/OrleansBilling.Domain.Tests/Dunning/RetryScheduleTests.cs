using NodaTime;
using OrleansBilling.Domain.Dunning;

namespace OrleansBilling.Domain.Tests.Dunning;

public sealed class RetryScheduleTests
{
    [Theory]
    [InlineData("2026-03-28T09:30:00Z", "Europe/Berlin", 1, "2026-03-29T08:30:00Z")] // summer time begins: 10:30 local on both days
    [InlineData("2026-03-28T01:30:00Z", "Europe/Berlin", 1, "2026-03-29T01:30:00Z")] // 02:30 local does not exist that day: moves to 03:30
    [InlineData("2026-10-24T00:30:00Z", "Europe/Berlin", 1, "2026-10-25T00:30:00Z")] // 02:30 local exists twice: the first
    [InlineData("2026-01-31T23:00:00Z", "UTC", 7, "2026-02-07T23:00:00Z")]
    [InlineData("2026-12-31T18:00:00Z", "America/New_York", 3, "2027-01-03T18:00:00Z")]
    public void A_step_is_counted_in_local_days_from_the_due_date(string due, string zone, int day, string expected) =>
        Assert.Equal(At(expected), RetrySchedule.InstantOf(At(due), zone, day));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(23, 0)]
    [InlineData(24, 1)]
    [InlineData(71, 1)]
    [InlineData(72, 2)]
    [InlineData(120, 3)]
    [InlineData(168, 4)]
    [InlineData(2_000, 4)]
    public void Steps_passed_are_counted_with_the_instant_itself(int hours, int passed)
    {
        var due = At("2026-06-01T00:00:00Z");
        Assert.Equal(passed, RetrySchedule.Passed(DunningPolicy.Default, due, "UTC", due + Duration.FromHours(hours)));
    }

    [Theory]
    [InlineData(0, "2026-06-02T00:00:00Z")]
    [InlineData(1, "2026-06-04T00:00:00Z")]
    [InlineData(3, "2026-06-08T00:00:00Z")]
    [InlineData(4, null)]
    public void The_next_step_follows_the_ones_done(int done, string? expected) =>
        Assert.Equal(
            expected is null ? null : At(expected),
            RetrySchedule.Next(DunningPolicy.Default, At("2026-06-01T00:00:00Z"), "UTC", done));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(59, 1)]
    [InlineData(60, 5)]
    [InlineData(299, 5)]
    [InlineData(300, 60)]
    [InlineData(3_600, 24 * 60)]
    [InlineData(86_400, 48 * 60)]
    [InlineData(10 * 86_400 + 5, 11 * 24 * 60)]
    public void An_unknown_outcome_is_asked_for_by_the_ladder(int seconds, int minutes)
    {
        var sent = At("2026-06-01T00:00:00Z");
        Assert.Equal(sent + Duration.FromMinutes(minutes), CollectionCalendar.AskAt(sent, sent + Duration.FromSeconds(seconds)));
    }

    private static Instant At(string text) => NodaTime.Text.InstantPattern.ExtendedIso.Parse(text).Value;
}
