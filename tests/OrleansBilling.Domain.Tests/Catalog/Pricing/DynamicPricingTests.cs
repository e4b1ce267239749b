using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

public sealed class DynamicPricingTests
{
    private static readonly DynamicModel Model = new("price");

    [Theory]
    [InlineData("", 0)]
    [InlineData("12.5", 13)]
    [InlineData("0.3 0.3", 1)]
    [InlineData("100 200.4", 300)]
    public void Sums_the_amounts_of_the_events(string events, long expected) =>
        Assert.Equal(expected, Amount(Model, new RatingInput(0) { Events = Values(events) }));

    [Fact]
    public void A_piece_costs_all_so_far_less_what_was_billed()
    {
        Assert.Equal(1, Amount(Model, new RatingInput(0) { Events = [0.3m], PreviousEvents = [0.3m], PreviousQuantity = 0.3m }));
        Assert.Equal(7, Amount(Model, new RatingInput(0) { Events = [7m], PreviousAmount = 5 }));
    }

    [Fact]
    public void Needs_events() => Assert.Equal("events_needed", Refusal(Model, new RatingInput(1))!.Code);
}
