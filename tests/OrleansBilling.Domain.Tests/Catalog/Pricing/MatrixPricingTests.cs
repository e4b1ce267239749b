using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using static OrleansBilling.Domain.Tests.Catalog.Pricing.Rating;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

public sealed class MatrixPricingTests
{
    private static readonly MatrixModel Model = new(
        ["region", "size"],
        [
            Cell("region=eu", 10),
            Cell("region=eu,size=l", 20),
            Cell("region=eu|us,size=l|xl", 30),
            Cell("size=s", 1),
            Cell("size=xs|s", 2),
        ],
        DefaultUnitAmount: 100);

    [Theory]
    [InlineData("region=eu", 10)]
    [InlineData("region=eu,size=m", 10)]
    [InlineData("region=eu,size=l", 20)]
    [InlineData("region=eu,size=xl", 30)]
    [InlineData("region=us,size=l", 30)]
    [InlineData("size=xs", 2)]
    [InlineData("region=us,size=s", 1)]
    [InlineData("region=us", 100)]
    [InlineData("", 100)]
    public void An_event_lands_in_the_most_specific_cell_that_fits(string values, long expected) =>
        Assert.Equal(expected, Amount(Model, new RatingInput(1) { Groups = [Group(values, 1)] }));

    [Fact]
    public void Cells_that_are_equally_specific_are_taken_in_order()
    {
        var model = new MatrixModel(["region", "size"], [Cell("region=eu", 10), Cell("size=l", 20)]);

        Assert.Equal(10, Amount(model, new RatingInput(0) { Groups = [Group("region=eu,size=l", 1)] }));
    }

    [Fact]
    public void Quantities_of_groups_add_up_and_are_rounded_once()
    {
        var model = new MatrixModel(["region"], [Cell("region=eu", 0.4m), Cell("region=us", 0.4m)]);

        Assert.Equal(2, Amount(model, new RatingInput(0) { Groups = [Group("region=eu", 2), Group("region=us", 1), Group("region=eu", 1)] }));
    }

    [Fact]
    public void Without_a_default_what_fits_no_cell_is_set_aside()
    {
        var aside = Group("region=cn", 5);
        var rated = Rate(new MatrixModel(["region"], [Cell("region=eu", 10)]), new RatingInput(0) { Groups = [Group("region=eu", 2), aside] });

        Assert.Equal(20, rated.Amount);
        Assert.Equal([aside], rated.SetAside);
    }

    [Fact]
    public void A_bare_quantity_counts_as_units_without_values() => Assert.Equal(300, Amount(Model, 3));

    [Fact]
    public void Pieces_are_rated_with_the_groups_before()
    {
        var model = new MatrixModel(["region"], [Cell("region=eu", 0.4m)]);
        var input = new RatingInput(0) { Groups = [Group("region=eu", 1)], PreviousGroups = [Group("region=eu", 1)], PreviousAmount = 0, PreviousQuantity = 1 };

        Assert.Equal(1, Amount(model, input));
    }

    private static MatrixCell Cell(string values, decimal unitAmount) => new(
        Parse(values).ToImmutableSortedDictionary(pair => pair.Name, pair => pair.Value.Split('|').ToImmutableArray()), unitAmount);

    private static RatingGroup Group(string values, decimal quantity) =>
        new(Parse(values).ToImmutableSortedDictionary(pair => pair.Name, pair => pair.Value), quantity);

    private static IEnumerable<(string Name, string Value)> Parse(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).Select(parts => (parts[0], parts[1]));
}
