using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>A line that cannot be rated is set aside, the rest of its invoice goes out, and the retry bills it once.</summary>
public sealed class SetAsideTests
{
    [Fact]
    public void Of_ten_lines_one_is_bad_nine_are_billed_and_the_retry_bills_the_tenth_once()
    {
        var life = new Life(Ten(bad: null)).Start("2026-04-01");
        Break(life);
        life.Until("2026-05-01");

        var invoice = life.Invoices[^1];
        Assert.Equal(9, invoice.Lines.Length);
        Assert.DoesNotContain(invoice.Lines, line => line.Draft.Price == "p4");
        var waiting = Assert.Single(life.State.SetAside);
        Assert.Equal(("amount_too_large", "p4", Life.Utc("2026-05-01")), (waiting.Why.Code, waiting.Price, waiting.Period.Start));

        // Nothing has changed: it is refused with its reason, and stays.
        Assert.Equal("amount_too_large", Retry(life, waiting.Id).Refusal!.Code);
        Assert.Single(life.State.SetAside);

        Mend(life);
        Assert.True(Retry(life, waiting.Id).IsAccepted);
        Assert.Equal("2026-05-01 p4 1004", Life.Told(life).Last());
        Assert.Empty(life.State.SetAside);
        Assert.Equal("work_item_not_found", Retry(life, waiting.Id).Refusal!.Code);

        // Billed so, it can be credited like any other line.
        Assert.True(life.Cancel("2026-05-16", Life.Utc("2026-05-16")).IsAccepted);
        Assert.Contains("2026-05-16 p4 -", Life.Told(life).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_end_leaves_the_used_part_to_be_billed()
    {
        var life = new Life(Ten(bad: null)).Start("2026-04-01");
        Break(life);
        life.Until("2026-05-01");
        Assert.True(life.Cancel("2026-05-16T12:00:00Z", Life.Utc("2026-05-16T12:00:00Z")).IsAccepted);

        var waiting = Assert.Single(life.State.SetAside);
        Assert.Equal(Life.Utc("2026-05-16T12:00:00Z"), waiting.Period.End);
        Mend(life);
        Assert.True(Retry(life, waiting.Id).IsAccepted);

        Assert.Equal("2026-05-01 p4 486", Life.Told(life).Last());
        Assert.All(life.State.Items, item => Assert.Null(item.Billed));
    }

    [Fact]
    public void A_change_bills_the_rest_and_leaves_the_part_until_it()
    {
        var life = new Life(Ten(bad: null)).Start("2026-04-01");
        Break(life);
        life.Until("2026-05-01");
        Mend(life);

        Assert.True(life.Change("2026-05-16", null, order: order => order with { Quantities = Life.Quantity("p4", 3) }).IsAccepted);
        Assert.Equal("2026-05-16 p4 1555", Life.Told(life).Last());
        Assert.True(Retry(life, life.State.SetAside.Single().Id).IsAccepted);

        Assert.Equal("2026-05-01 p4 486", Life.Told(life).Last());
    }

    [Fact]
    public void What_ran_in_arrears_is_set_aside_too_and_rated_by_the_items_present_terms()
    {
        var later = Named("later", Life.Plan(prices: [Life.InArrears(Life.PerUnit("seats", (decimal)Rater.MaxAmount)), Life.Flat("base", 3000)]));
        var life = new Life(later).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", 1) });
        life.Sells(later with { Prices = [later.Prices[0] with { Model = new PerUnitModel((decimal)Rater.MaxAmount * 2) }, later.Prices[1]] });
        life.Until("2026-05-01");

        Assert.Equal("2026-05-01 base 3000", Life.Told(life).Last());
        var waiting = Assert.Single(life.State.SetAside);
        Assert.Equal((Life.Utc("2026-04-01"), Life.Utc("2026-05-01")), (waiting.Period.Start, waiting.Period.End));

        var mended = later with { Version = 2, Prices = [Life.InArrears(Life.PerUnit("seats", 700)), later.Prices[1]] };
        Assert.True(life.Change("2026-05-02", mended).IsAccepted);
        Assert.True(Retry(life, waiting.Id).IsAccepted);

        Assert.Equal("2026-04-01 seats 700", Life.Told(life).Last());
    }


    [Fact]
    public void A_one_time_price_waits_once()
    {
        var plan = Life.Plan(trialDays: 7, prices: [Life.Flat("base", 3000), Life.OneTime("setup", 5000)]);
        var life = new Life(plan).Start("2026-04-01");
        life.Sells(plan with { Prices = [plan.Prices[0], Life.OneTime("setup", Rater.MaxAmount * 2m)] });
        life.Until("2026-05-08");

        var waiting = Assert.Single(life.State.SetAside);
        life.Sells(plan);
        Assert.True(Retry(life, waiting.Id).IsAccepted);
        life.Until("2026-06-08");

        Assert.Equal(["2026-04-08 base 3000", "2026-05-08 base 3000", "2026-04-08 setup 5000", "2026-06-08 base 3000"], Life.Told(life));
    }

    private static PlanVersion Ten(int? bad) => Life.Plan(prices:
        [.. Enumerable.Range(0, 10).Select(i => Life.PerUnit($"p{i}", i == bad ? (decimal)Rater.MaxAmount * 2 : 1000 + i))]);

    private static void Break(Life life) => life.Sells(Ten(bad: 4));

    private static void Mend(Life life) => life.Sells(Ten(bad: null));

    private static Decided<SubscriptionStep> Retry(Life life, string id) => life.Retry(id);
}
