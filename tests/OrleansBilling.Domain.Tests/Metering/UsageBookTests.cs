using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Metering;

/// <summary>What was read for one span is never taken for that of another.</summary>
public sealed class UsageBookTests
{
    [Theory]
    [InlineData(0, 10_000_000)]
    [InlineData(10, 20)]
    [InlineData(1, 9_999_999)]
    public void Spans_that_begin_or_end_within_one_second_are_told_apart(long one, long other)
    {
        var start = Instant.FromUtc(2026, 6, 1, 0, 0);
        var book = UsageBook.Unread();
        UsageNeed Ends(long ticks) => new("calls", new Period(start, start.PlusTicks(20_000_000 + ticks)));
        UsageNeed Begins(long ticks) => new("calls", new Period(start.PlusTicks(ticks), start.PlusTicks(90_000_000)));
        book.Learn(Ends(one), new MeteredUsage(1, 1));
        book.Learn(Ends(other), new MeteredUsage(2, 1));
        book.Learn(Begins(one), new MeteredUsage(3, 1));
        book.Learn(Begins(other), new MeteredUsage(4, 1));
        Assert.Equal([1, 2, 3, 4], new[] { Ends(one), Ends(other), Begins(one), Begins(other) }.Select(need => book.Of(need).Quantity));
        Assert.Empty(book.Missing);
    }
}
