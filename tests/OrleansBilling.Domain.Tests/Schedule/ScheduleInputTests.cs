using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Tests.Schedule;

public sealed class ScheduleInputTests
{
    [Theory]
    [InlineData(IntervalUnit.Day, 365)]
    [InlineData(IntervalUnit.Week, 52)]
    [InlineData(IntervalUnit.Month, 36)]
    [InlineData(IntervalUnit.Year, 5)]
    public void An_interval_counts_from_one_to_its_limit(IntervalUnit unit, int most)
    {
        Assert.Equal(new BillingInterval(unit, 1), BillingInterval.Of(unit, 1).Value);
        Assert.Equal(most, BillingInterval.Of(unit, most).Value.Count);
        Assert.Equal("invalid_interval", BillingInterval.Of(unit, most + 1).Refusal?.Code);
        Assert.Equal("invalid_interval", BillingInterval.Of(unit, 0).Refusal?.Code);
        Assert.Equal("invalid_interval", BillingInterval.Of(unit, -1).Refusal?.Code);
    }

    [Fact]
    public void An_undefined_unit_is_refused() =>
        Assert.Equal("invalid_interval", BillingInterval.Of((IntervalUnit)9, 1).Refusal?.Code);

    [Theory]
    [InlineData(12, "month", 1, "year", true)]
    [InlineData(2, "week", 14, "day", true)]
    [InlineData(1, "month", 30, "day", false)]
    [InlineData(1, "month", 2, "month", false)]
    public void Intervals_are_compared_by_their_length(int count, string unit, int otherCount, string otherUnit, bool same) =>
        Assert.Equal(same, Times.Every(count, unit).IsAsLongAs(Times.Every(otherCount, otherUnit)));

    [Fact]
    public void An_interval_reads_as_people_say_it()
    {
        Assert.Equal("1 month", Times.Every(1, "month").ToString());
        Assert.Equal("2 weeks", Times.Every(2, "week").ToString());
    }

    [Theory]
    [InlineData("Europe/Berlin", true)]
    [InlineData("UTC", true)]
    [InlineData("Etc/GMT+12", true)]
    [InlineData("Asia/Calcutta", true)]
    [InlineData("UTC+02", false)]
    [InlineData("+02:00", false)]
    [InlineData("W. Europe Standard Time", false)]
    [InlineData("europe/berlin", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Zones_are_those_of_the_IANA_database_only(string? id, bool known)
    {
        Assert.Equal(known, TimeZones.IsKnown(id));
        Assert.Equal(known ? null : "unknown_time_zone", TimeZones.RefusalFor(id)?.Code);
        if (id is not null && !known)
        {
            Assert.Throws<ArgumentException>(() => TimeZones.Of(id));
        }
    }

    [Fact]
    public void A_zone_is_looked_up_once() => Assert.Same(TimeZones.Of("Europe/Berlin"), TimeZones.Of("Europe/Berlin"));

    [Theory]
    [InlineData(1899, false)]
    [InlineData(1900, true)]
    [InlineData(2199, true)]
    [InlineData(2200, false)]
    public void Instants_have_limits(int year, bool accepted) =>
        Assert.Equal(
            accepted ? null : "instant_out_of_range",
            TimeRange.RefusalFor(Instant.FromUtc(year, 1, 1, 0, 0), "start_at")?.Code);
}
