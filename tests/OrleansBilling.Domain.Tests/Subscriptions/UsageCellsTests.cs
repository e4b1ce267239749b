using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Units of a matrix price without a fitting cell and without a default (rules.md, "Prices").</summary>
public sealed class UsageCellsTests
{
    private static readonly PlanVersion Regions = Named("regions", Plan(prices: [Flat("base", 3000), Life.Metered("calls", Matrix(null, ("eu", 10)))]));

    internal static Life Billed(Price? price = null) => new Life(price is null ? Regions : Named("regions", Plan(prices: [Flat("base", 3000), price]))).Start("2026-04-01")
        .Use("2026-04-10", 5, ("region", "eu")).Use("2026-04-11", 7, ("region", "mars")).Use("2026-04-12", 2).Until("2026-05-01");

    [Fact]
    public void They_are_set_aside_and_the_rest_of_the_line_goes_out()
    {
        var life = Billed();

        Assert.Equal("2026-04-01 calls 50, 2026-05-01 base 3000", Told(life).Last());
        var aside = Assert.Single(life.State.SetAside);
        Assert.Equal(("no_cell", "calls", 9m), (aside.Why.Code, aside.Price, aside.Sold.Quantity));
        Assert.Equal("9 units fit no cell of price calls, which has no default: 2 with no value; 7 with region mars.", aside.Why.Detail);
        Assert.Equal("no_cell", life.Retry(aside.Id).Refusal?.Code);
    }

    [Fact]
    public void A_negotiated_price_with_their_cells_prices_them_once()
    {
        var life = Billed();
        Negotiate(life, Matrix(3, ("mars", 100)));

        Assert.True(life.Retry(life.State.SetAside[0].Id).IsAccepted);
        life.Late("2026-05-04", LatePolicy.Rerate).Late("2026-05-05", LatePolicy.Rerate);

        Assert.Empty(life.State.SetAside);
        Assert.Equal(["04-01 to 05-01 calls 14 = 50", "04-01 to 05-01 calls 9 = 706"], life.UsageLines());
        Assert.Equal("no_cell", life.Invoices.SelectMany(invoice => invoice.Lines).Single(line => line.Draft.Amount == 706).Explain.Facts["set_aside"]);
    }

    [Fact]
    public void Units_that_come_later_are_set_aside_once_too()
    {
        var life = Billed().Use("2026-04-13", 1, ("region", "mars")).Late("2026-05-02", LatePolicy.Rerate);
        Assert.Single(life.State.SetAside);
        Negotiate(life, Matrix(3, ("mars", 100)));
        Assert.True(life.Retry(life.State.SetAside[0].Id).IsAccepted);

        life.Use("2026-04-14", 10, ("region", "mars")).Use("2026-04-15", 1, ("region", "eu")).Late("2026-05-03", LatePolicy.Rerate).Late("2026-05-04", LatePolicy.Rerate);
        Assert.Equal(10, Assert.Single(life.State.SetAside).Sold.Quantity);
        Assert.True(life.Retry(life.State.SetAside[0].Id).IsAccepted);

        Assert.Equal((0, 50 + 806 + 10 + 1000), (life.State.SetAside.Length, life.CostOf("2026-04-01")));
    }

    [Fact]
    public void Where_they_were_voided_a_retry_clears_them_without_a_line()
    {
        var life = Billed();
        life.Used.RemoveRange(1, 2);

        Assert.True(life.Retry(life.State.SetAside[0].Id).IsAccepted);

        Assert.Empty(life.State.SetAside);
        Assert.Equal(["04-01 to 05-01 calls 14 = 50"], life.UsageLines());
    }

    [Fact]
    public void A_maximum_holds_for_both_parts_of_the_line()
    {
        var life = Billed();
        Negotiate(life, Matrix(3, ("mars", 100)) with { MaximumAmount = 400 });

        Assert.True(life.Retry(life.State.SetAside[0].Id).IsAccepted);

        Assert.Equal("04-01 to 05-01 calls 9 = 350", life.UsageLines().Last());
    }

    [Theory]
    [InlineData(200, 756 + 200)]
    [InlineData(10, 756 + 10)]
    public void A_second_retry_prices_only_the_units_that_none_has_billed(int price, long cost)
    {
        var life = Billed();
        Negotiate(life, Matrix(3, ("mars", 100)));
        Assert.True(life.Retry(life.State.SetAside[0].Id).IsAccepted);
        life.Use("2026-04-14", 1, ("region", "mars")).Late("2026-05-03", LatePolicy.Rerate);
        Assert.True(life.Change("2026-05-04", null, order: order => order with { Overrides = ImmutableSortedDictionary<string, PriceOverride>.Empty.Add("calls", new PriceOverride(Matrix(3, ("mars", price)), null)) }).IsAccepted);
        Assert.True(life.Retry(life.State.SetAside[0].Id).IsAccepted);
        Assert.Equal(cost, life.CostOf("2026-04-01"));
        Assert.Empty(life.Late("2026-05-06", LatePolicy.Rerate).State.SetAside);
    }

    [Fact]
    public void A_maximum_of_a_price_without_cells_holds_for_both_parts_and_for_every_retry()
    {
        var life = Billed();
        Negotiate(life, new PerUnitModel(100) { MaximumAmount = 1000 });
        Assert.True(life.Retry(life.State.SetAside[0].Id).IsAccepted);
        Assert.Equal(50 + 900, life.CostOf("2026-04-01"));
        life.Use("2026-04-14", 3, ("region", "mars")).Late("2026-05-03", LatePolicy.Rerate);
        Assert.True(life.Retry(life.State.SetAside[0].Id).IsAccepted);
        Assert.Equal(1000, life.CostOf("2026-04-01"));

        var capped = Billed();
        Negotiate(capped, new PerUnitModel(100) { MaximumAmount = 400 });
        Assert.True(capped.Retry(capped.State.SetAside[0].Id).IsAccepted);
        Assert.Equal(400, capped.CostOf("2026-04-01"));
    }

    [Fact]
    public void Less_than_nothing_of_a_value_costs_nothing_and_does_not_stop_the_line()
    {
        var life = new Life(Regions).Start("2026-04-01").Use("2026-04-10", 5, ("region", "eu")).Use("2026-04-11", -7, ("region", "mars")).Use("2026-04-12", -1, ("region", "eu")).Until("2026-05-01");
        Assert.Equal((0, "2026-04-01 calls 40, 2026-05-01 base 3000"), (life.State.SetAside.Length, Told(life).Last()));

        Assert.Equal(0, life.Use("2026-04-13", -9, ("region", "eu")).Late("2026-05-02", LatePolicy.Rerate).CostOf("2026-04-01"));
    }

    [Fact]
    public void With_a_default_none_is_set_aside()
    {
        var life = new Life(Named("regions", Plan(prices: Life.Metered("calls", Matrix(1, ("eu", 10)))))).Start("2026-04-01").Use("2026-04-11", 7, ("region", "mars")).Until("2026-05-01");

        Assert.Equal((0, "2026-04-01 calls 7"), (life.State.SetAside.Length, Told(life).Last()));
    }

    /// <summary>Negotiates another price.</summary>
    internal static void Negotiate(Life life, PricingModel model) =>
        Assert.True(life.Change("2026-05-02", null, order: order => order with { Overrides = Override(model) }).IsAccepted);

    /// <summary>Negotiates another price, later.</summary>
    internal static void Renegotiate(Life life, PricingModel model) =>
        Assert.True(life.Change(life.Now + NodaTime.Duration.FromHours(1), null, order: order => order with { Overrides = Override(model) }).IsAccepted);

    internal static ImmutableSortedDictionary<string, PriceOverride> Override(PricingModel model) =>
        ImmutableSortedDictionary<string, PriceOverride>.Empty.Add("calls", new PriceOverride(model, null));

    internal static MatrixModel Matrix(decimal? otherwise, params (string Region, decimal Amount)[] cells) => new(
        ["region"],
        [.. cells.Select(cell => new MatrixCell(ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("region", [cell.Region]), cell.Amount))],
        otherwise);
}
