using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Prices in arrears in a pause: billed to date, and never for paused time (rules.md, "Pause").</summary>
public sealed class ArrearsPauseTests
{
    private static readonly PlanVersion Later = Named("later", Life.Plan(prices: Life.InArrears(Life.Flat("base", 3000))));

    [Theory]
    [InlineData(ProrationPolicy.Day)]
    [InlineData(ProrationPolicy.None)]
    public void A_pause_bills_arrears_to_date_and_paused_time_never(ProrationPolicy policy)
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Pause("2026-04-11", policy: policy).IsAccepted);
        Assert.Equal(["2026-04-01 base 1000"], Life.Told(life));
        Assert.True(life.Resume("2026-06-21").IsAccepted);
        life.Until("2026-08-01");

        Assert.Equal(["2026-04-01 base 1000", "2026-06-21 base 1000", "2026-07-01 base 3000"], Life.Told(life));
    }

    [Fact]
    public void A_pause_within_the_period_leaves_two_parts_of_it()
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Pause("2026-04-11").IsAccepted);
        Assert.True(life.Resume("2026-04-21").IsAccepted);
        life.Until("2026-06-01");

        Assert.Equal(["2026-04-01 base 1000", "2026-04-21 base 1000", "2026-05-01 base 3000"], Life.Told(life));
    }

    [Fact]
    public void An_end_in_a_pause_bills_nothing_more()
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Pause("2026-04-11").IsAccepted);
        Assert.True(life.Cancel("2026-04-21", Life.Utc("2026-04-21")).IsAccepted);

        Assert.Equal(["2026-04-01 base 1000"], Life.Told(life));
    }
}
