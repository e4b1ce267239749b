using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Parts of one price within a period in arrears: rated together (rules.md, "A period in pieces").</summary>
public sealed class ArrearsPartTests
{
    private static readonly PlanVersion Seats = Named("seats", Life.Plan(prices: Life.InArrears(Life.PerUnit("seats", 1000))));

    [Fact]
    public void A_quantity_changes_by_its_share_and_the_parts_make_the_whole()
    {
        var life = new Life(Seats).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", 1) });

        Assert.True(life.Change("2026-04-11", null, order: order => order with { Quantities = Life.Quantity("seats", 2) }).IsAccepted);
        Assert.True(life.Change("2026-04-12", null, order: order => order with { Quantities = Life.Quantity("seats", 4) }).IsAccepted);
        life.Until("2026-05-01");

        // 333.33, 66.67 and 2533.33: rounded on the running total, so that the parts make 2933.
        Assert.Equal(["2026-04-01 seats 333", "2026-04-11 seats 67", "2026-04-12 seats 2533"], Life.Told(life));
    }

    [Theory]
    // A unit price and three quantities from 1, 5 and 17 March on; what their parts come to by whole numbers: 7.5, 217.5 and 3622.5 of 31 days.
    [InlineData("1.5", 2, 11, 1, 8)]
    [InlineData("43.5", 2, 11, 1, 218)]
    [InlineData("724.5", 2, 11, 1, 3623)]
    public void Parts_that_make_an_exact_half_are_rounded_up_however_their_quotients_are_cut_off(string unitAmount, int first, int second, int third, long sum)
    {
        var price = Life.InArrears(new Price(
            "seats", PriceKind.Recurring, BillingTiming.InAdvance, new PerUnitModel(decimal.Parse(unitAmount, System.Globalization.CultureInfo.InvariantCulture))));
        var life = new Life(Life.Plan(prices: price)).Start("2026-03-01", order => order with { Quantities = Life.Quantity("seats", first) });
        Assert.True(life.Change("2026-03-05", null, order: order => order with { Quantities = Life.Quantity("seats", second) }).IsAccepted);
        Assert.True(life.Change("2026-03-17", null, order: order => order with { Quantities = Life.Quantity("seats", third) }).IsAccepted);
        life.Until("2026-04-01");
        Assert.Equal(sum, life.Invoices.SelectMany(invoice => invoice.Lines).Sum(line => line.Draft.Amount));
    }

    [Fact]
    public void Volume_prices_are_billed_with_the_last_part()
    {
        var volume = Life.InArrears(new Price("seats", PriceKind.Recurring, BillingTiming.InAdvance, new VolumeModel([new Tier(10, 1000), new Tier(null, 500)])));
        var life = new Life(Life.Plan(prices: volume)).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", 3) });

        Assert.True(life.Change("2026-04-11", null, order: order => order with { Quantities = Life.Quantity("seats", 12) }).IsAccepted);
        Assert.Empty(life.Invoices);
        life.Until("2026-05-01");

        Assert.Equal(["2026-04-11 seats 5000"], Life.Told(life));
    }

    [Fact]
    public void The_minimum_of_a_price_falls_on_the_last_part_and_the_maximum_caps_every_one()
    {
        var bounded = Life.InArrears(new Price(
            "seats", PriceKind.Recurring, BillingTiming.InAdvance, new PerUnitModel(1000) { MinimumAmount = 6000, MaximumAmount = 9000 }));
        var low = new Life(Life.Plan(prices: bounded)).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", 3) });
        Assert.True(low.Change("2026-04-11", null, order: order => order with { Quantities = Life.Quantity("seats", 6) }).IsAccepted);
        Assert.Equal(["2026-04-01 seats 1000", "2026-04-11 seats 5000"], Life.Told(low.Until("2026-05-01")));

        var high = new Life(Life.Plan(prices: bounded)).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", 30) });
        Assert.True(high.Change("2026-04-11", null, order: order => order with { Quantities = Life.Quantity("seats", 3) }).IsAccepted);
        // The running total of 12000 is capped at 9000, of which 3000 were billed.
        Assert.Equal(["2026-04-01 seats 3000", "2026-04-11 seats 6000"], Life.Told(high.Until("2026-05-01")));
    }

    [Fact]
    public void Minimum_and_maximum_shrink_with_a_partial_period_by_its_days()
    {
        var bounded = Life.InArrears(new Price("seats", PriceKind.Recurring, BillingTiming.InAdvance, new PerUnitModel(1000) { MinimumAmount = 6000 }));
        var life = new Life(Life.Plan(prices: bounded)).Start("2026-04-01");

        Assert.True(life.Cancel("2026-04-11T12:00:00Z", Life.Utc("2026-04-11T12:00:00Z"), ProrationPolicy.Second).IsAccepted);

        Assert.Equal(["2026-04-01 seats 2000"], Life.Told(life));
    }

    [Fact]
    public void A_voided_part_counts_as_not_billed()
    {
        var life = new Life(Seats).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", 3) });
        Assert.True(life.Change("2026-04-11", null, order: order => order with { Quantities = Life.Quantity("seats", 6) }).IsAccepted);

        life.Standing[life.Invoices[0].Id] = new CreditableInvoice(life.Invoices[0].Id, InvoiceStatus.Void, 0);
        life.Until("2026-05-01");

        Assert.Equal(["2026-04-01 seats 1000", "2026-04-11 seats 5000"], Life.Told(life));
    }
}
