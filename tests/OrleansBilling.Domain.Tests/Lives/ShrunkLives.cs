using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Tests.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>Lives that once broke a sum, shrunk: each stays a case of its own.</summary>
public sealed class ShrunkLives
{
    [Fact]
    public void A_new_anchor_at_the_very_start_bills_another_line_of_the_same_period()
    {
        var later = Named("later", Life.Plan(prices: Life.InArrears(Life.Flat("base", 6000))));
        var life = new Life(Pro).Start("2026-04-01");

        Assert.True(life.Change("2026-04-01", later, order: order => order with { AnchorReset = true }).IsAccepted);
        life.Until("2026-05-01");
        Assert.True(life.Cancel("2026-05-01", Life.Utc("2026-05-01")).IsAccepted);

        // The line in advance and the one in arrears begin together: the second names its cause.
        Assert.Equal(["2026-04-01 base 3000", "2026-04-01 base -3000", "2026-04-01 base 6000"], Life.Told(life));
        RandomLivesTests.Check(life);
    }

    [Fact]
    public void A_volume_price_that_changes_twice_at_one_instant_is_billed_beside_the_new_charge()
    {
        var volume = Life.InArrears(new Price("base", PriceKind.Recurring, BillingTiming.InAdvance, new VolumeModel([new Tier(null, 3000)])));
        var life = new Life(Named("volume", Life.Plan(prices: volume))).Start("2026-04-01");

        Assert.True(life.Change("2026-04-11", null, order: order => order with { Quantities = Life.Quantity("base", 4) }).IsAccepted);
        Assert.True(life.Change("2026-04-11", Max).IsAccepted);
        Assert.True(life.Cancel("2026-05-01", Life.Utc("2026-05-01")).IsAccepted);

        Assert.Equal(["2026-04-01 base 1000, 2026-04-11 base 4000", "2026-05-01 base 6000", "2026-05-01 base -6000"], Life.Told(life));
        RandomLivesTests.Check(life);
    }

    [Fact]
    public void A_resume_is_not_dated_into_a_trial_that_ended_within_the_pause()
    {
        var life = new Life(Pro with { TrialDays = 6 }).Start("2026-04-01");
        Assert.True(life.Pause("2026-04-05").IsAccepted);

        var refused = life.Resume(Life.Utc("2026-04-10"), Life.Utc("2026-04-06"));

        // It would have charged 31 days of a month of thirty.
        Assert.Equal("outside_period", refused.Refusal!.Code);
        Assert.True(life.Resume(Life.Utc("2026-04-10"), Life.Utc("2026-04-07")).IsAccepted);
        Assert.Equal(["2026-04-07 base 3000"], Life.Told(life));
    }
}
