using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

public sealed class PercentagePricingTests
{
    public static TheoryData<PercentageModel, string, long> Cases => new()
    {
        { new(1.2m), "", 0 },
        { new(1.2m), "10000", 120 },
        { new(1.2m), "10000 5000", 180 },
        { new(1.2m), "1 1 1 1", 0 },
        { new(2.9m, FixedAmount: 30), "10000 100", 353 },
        { new(2.9m, FixedAmount: 30), "0", 30 },

        // Free events first, in event order; the fixed amount is for paid events only.
        { new(1, FixedAmount: 10, FreeEvents: 2), "1000 1000 1000", 20 },
        { new(1, FixedAmount: 10, FreeEvents: 2), "1000 1000", 0 },
        { new(1, FreeEvents: 0), "1000", 10 },

        // Of the event that uses up the free value, the rest is paid.
        { new(1, FixedAmount: 10, FreeValue: 1500), "1000 1000 1000", 35 },
        { new(1, FixedAmount: 10, FreeValue: 2000), "1000 1000 1000", 20 },
        { new(1, FixedAmount: 10, FreeValue: 1000), "1000 0", 10 },

        // Both end as soon as one is used up.
        { new(1, FreeEvents: 1, FreeValue: 100000), "1000 1000", 10 },
        { new(1, FreeEvents: 10, FreeValue: 500), "1000 1000", 15 },

        // Bounds per event apply after the fixed amount.
        { new(1, FixedAmount: 10, MinPerEvent: 25), "1000 2000", 55 },
        { new(1, FixedAmount: 10, MaxPerEvent: 25), "1000 5000", 45 },
        { new(1, MinPerEvent: 5, MaxPerEvent: 8), "100 600 5000", 19 },
        { new(1, FreeEvents: 1, MinPerEvent: 5), "100 100", 5 },
        { new(0, FixedAmount: 7), "100 100", 14 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Costs_a_percentage_of_each_event(PercentageModel model, string events, long expected) =>
        Assert.Equal(expected, Amount(model, new RatingInput(0) { Events = Values(events) }));

    [Theory]
    [InlineData("1000", 0, "1000 1000", 20)]
    [InlineData("1000 1000 1000", 20, "1000", 20)]
    public void Free_events_continue_over_pieces(string before, long billed, string events, long expected)
    {
        var input = new RatingInput(0)
        {
            Events = Values(events),
            PreviousEvents = Values(before),
            PreviousQuantity = Values(before).Sum(),
            PreviousAmount = billed,
            Position = PiecePosition.Middle,
        };

        Assert.Equal(expected, Amount(new PercentageModel(1, FixedAmount: 10, FreeEvents: 2), input));
    }

    [Fact]
    public void Free_value_continues_from_the_value_before_where_the_events_are_not_known()
    {
        var input = new RatingInput(0) { Events = [1000m], PreviousQuantity = 1500, Position = PiecePosition.Last };

        Assert.Equal(5, Amount(new PercentageModel(1, FreeValue: 2000), input));
        Assert.Equal("previous_events_needed", Refusal(new PercentageModel(1, FreeEvents: 2), input)!.Code);
    }

    [Fact]
    public void Needs_events() => Assert.Equal("events_needed", Refusal(new PercentageModel(1), new RatingInput(5))!.Code);
}
