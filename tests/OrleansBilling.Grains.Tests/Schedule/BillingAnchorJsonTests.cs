using NodaTime;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Tests.Schedule;

/// <summary>A subscription's state keeps its anchor as JSON: read back, it must give the same boundaries.</summary>
public sealed class BillingAnchorJsonTests
{
    private static readonly BillingInterval Month = new(IntervalUnit.Month, 1);

    /// <summary>The second 02:30 of the night in which Berlin sets its clocks back, and a fraction of a second.</summary>
    private static readonly Instant Start = Instant.FromUtc(2026, 10, 25, 1, 30) + Duration.FromNanoseconds(123_456_789);

    [Fact]
    public void An_anchor_of_every_kind_comes_back_equal()
    {
        AnchorRule[] rules = [new StartAnchor(), new CalendarAnchor(), new DayOfMonthAnchor(31), new AtAnchor(Start)];
        Assert.All(rules, rule => AssertComesBack(PeriodCalendar.Resolve(rule, Month, Start, "Europe/Berlin")));
    }

    [Fact]
    public void An_anchor_with_the_zones_that_it_had_before_comes_back_equal()
    {
        var anchor = PeriodCalendar.Resolve(new DayOfMonthAnchor(31), Month, Start, "Europe/Berlin");
        anchor = PeriodCalendar.WithTimeZone(anchor, "America/New_York", 3);
        AssertComesBack(PeriodCalendar.WithTimeZone(anchor, "Asia/Tokyo", 7));
    }

    private static void AssertComesBack(BillingAnchor anchor)
    {
        var back = BillingJson.Read<BillingAnchor>(BillingJson.Write(anchor));
        Assert.Equal(anchor, back);
        Assert.All(Enumerable.Range(-3, 15), n => Assert.Equal(PeriodCalendar.Boundary(anchor, n), PeriodCalendar.Boundary(back, n)));
    }
}
