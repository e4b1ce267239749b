using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Upgrade now and downgrade at the period's end, as the catalog says where the call does not.</summary>
public sealed class ChangeDefaultsTests
{
    private static readonly ChangeDefaults Usual = new(new ChangeDefault(false, ProrationPolicy.Second), new ChangeDefault(true, null));

    [Theory]
    // From 3000 a month. A year of 30000 is less a day, one of 37000 more; a year at twelve times the month is the same.
    [InlineData("month", 6000, "now")]
    [InlineData("month", 2000, "period_end")]
    [InlineData("year", 30000, "period_end")]
    [InlineData("year", 37000, "now")]
    [InlineData("year", 36000, "neither")]
    [InlineData("month", 3000, "neither")]
    // 28 days at 2750 are more a day than a month at 3000; a week at 650 is less.
    [InlineData("week", 690, "now")]
    [InlineData("week", 650, "period_end")]
    public void The_direction_is_told_by_what_a_day_costs(string interval, int amount, string when)
    {
        var life = new Life(Pro).Start("2026-06-01");
        var to = Named("to", Life.Plan(interval, prices: Life.Flat("base", amount))) with { ChangeDefaults = Usual };
        Assert.True(life.Change("2026-06-11", to, order: order => order with { WhenGiven = false }).IsAccepted);
        Assert.Equal(when == "period_end", life.State.PendingChange is not null);
        Assert.Equal(when == "period_end" ? Life.Utc("2026-07-01") : null, life.State.PendingChange?.At);
        if (when == "now")
        {
            Assert.Equal("second", life.Invoices[1].Lines[0].Explain.Facts["policy"]);
        }
        else if (when == "neither")
        {
            Assert.Equal("to", life.State.Plan);
        }
    }

    [Fact]
    public void Twelve_times_the_prices_of_a_month_are_the_same_however_many_prices_make_it()
    {
        var plan = Life.Plan(prices: [Life.Flat("a", 2500), Life.Flat("b", 500), Life.Flat("c", 2500)]);
        var life = new Life(plan).Start("2026-06-01");
        var year = Named("to", Life.Plan("year", prices: Life.Flat("base", 66_000))) with { ChangeDefaults = Usual };
        Assert.True(life.Change("2026-06-11", year, order: order => order with { WhenGiven = false }).IsAccepted);
        Assert.Equal((null, "to"), (life.State.PendingChange, life.State.Plan));
    }

    [Fact]
    public void What_the_call_says_goes_before_the_defaults()
    {
        var life = new Life(Max).Start("2026-06-01");
        var less = Pro with { ChangeDefaults = Usual with { Downgrade = new ChangeDefault(true, ProrationPolicy.Day30) } };
        life.Change("2026-06-16", less, ProrationPolicy.Day, order => order with { At = Life.Utc("2026-06-16") });
        Assert.Equal(("pro", "day"), (life.State.Plan, life.Invoices[1].Lines[0].Explain.Facts["policy"]));
    }

    [Fact]
    public void Quantities_and_negotiated_prices_count_and_intro_prices_and_added_plans_do_not()
    {
        var plan = Team with
        {
            ChangeDefaults = Usual,
            Phases = [new PlanPhase(1, [Life.Flat("base", 0)])],
        };
        var life = new Life(Pro).Start("2026-06-01", order => order with { AddOns = [new AddOnOrder(Storage)] });
        // The intro price is less than 3000 and the plan's own with a seat is more.
        life.Change("2026-06-11", plan, order: order => order with { WhenGiven = false });
        Assert.Equal("team", life.State.Plan);
        life.Change("2026-06-12", null, order: order => order with { WhenGiven = false, Quantities = order.Quantities.Add("seats", 0) });
        Assert.NotNull(life.State.PendingChange);
        life.Change("2026-06-13", null, order: order => order with { WhenGiven = false, Quantities = order.Quantities.Add("seats", 2) });
        Assert.Equal((null, 2m), (life.State.PendingChange, life.ItemOf("seats").Quantity));
        life.Change("2026-06-14", null, order: order => order with { WhenGiven = false, Overrides = order.Overrides.Add("seats", new PriceOverride(null, 10)) });
        Assert.NotNull(life.State.PendingChange);
        life.Change("2026-06-15", null, order: order => order with { WhenGiven = false, Quantities = order.Quantities.Add("disk", 0) });
        Assert.Equal((null, 0m), (life.State.PendingChange, life.ItemOf("disk").Quantity));
    }

    [Fact]
    public void In_a_pause_there_is_no_period_to_wait_for()
    {
        var life = new Life(Max).Start("2026-06-01");
        life.Pause("2026-06-11");
        Assert.True(life.Change("2026-06-12", Pro with { ChangeDefaults = Usual }, order: order => order with { WhenGiven = false }).IsAccepted);
        Assert.Equal(("pro", null), (life.State.Plan, life.State.PendingChange));
    }
}
