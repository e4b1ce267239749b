using OrleansBilling.Domain.Invoicing.Proration;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Changes before, in and after a pause, and the policies of single prices.</summary>
public sealed class PauseAndChangeTests
{
    [Fact]
    public void A_change_in_a_pause_moves_no_money_and_the_resume_charges_the_new_plan()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11");
        Assert.Equal("outside_period", life.Change("2026-06-15", Max, order: order => order with { At = null }).Refusal!.Code);
        Assert.True(life.Change("2026-06-15", Max).IsAccepted);
        Assert.Equal(2, life.Invoices.Count);
        life.Resume("2026-06-21");
        Assert.Equal((2000, "max"), (life.Invoices[2].Totals.Total, life.State.Plan));
    }

    [Theory]
    [InlineData(null, "2027-06-15", 29507)]
    [InlineData(false, "2027-06-01", 28356)]
    public void Another_interval_in_a_pause_moves_the_boundaries_at_once(bool? reset, string end, long charge)
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11");
        life.Change("2026-06-15", Annual, order: order => order with { AnchorReset = reset });
        Assert.Equal(2, life.Invoices.Count);
        life.Resume("2026-06-21");
        Assert.Equal((Life.Utc(end), charge), (life.State.CurrentPeriod.End, life.Invoices[2].Totals.Total));
    }

    [Fact]
    public void Another_interval_in_a_pause_by_none_waits_for_the_end_of_the_paid_period()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11", ProrationPolicy.None);
        life.Change("2026-06-15", Annual);
        life.Resume("2026-06-21");
        Assert.Equal((Life.Utc("2026-07-01"), 1), (life.State.CurrentPeriod.End, life.Invoices.Count));
        life.Until("2026-07-01");
        Assert.Equal((Life.Utc("2027-07-01"), 30000), (life.State.CurrentPeriod.End, life.Invoices[1].Totals.Total));
    }

    [Theory]
    [InlineData("2026-06-21", "2027-06-21", 30000)]
    [InlineData("2026-07-11", "2027-07-01", 29178)]
    public void A_calendar_that_waited_when_the_pause_began_takes_over_at_the_resume_or_at_the_boundary_it_waited_for(string resume, string end, long charge)
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-05", Annual, ProrationPolicy.None);
        life.Pause("2026-06-11");
        Assert.Equal(-2000, life.Invoices[1].Totals.Total);
        life.Resume(resume);
        Assert.Equal((Life.Utc(end), charge), (life.State.CurrentPeriod.End, life.Invoices[2].Totals.Total));
        Assert.Null(life.State.NextCalendar);
    }

    [Fact]
    public void Each_price_goes_by_its_own_policy_unless_the_call_names_one()
    {
        var mixed = Named("mixed", Life.Plan(prices: [Life.Flat("base", 3000), Life.PerUnit("seats", 600, ProrationPolicy.None), Life.Flat("extra", 900, ProrationPolicy.FullDifference)]));
        var life = new Life(mixed).Start("2026-06-01");
        life.Pause("2026-06-11");
        Assert.Equal([-2000], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        life.Resume("2026-06-21");
        Assert.Equal([1000], life.Invoices[2].Lines.Select(line => line.Draft.Amount));
        // What the pause left billed is credited by a later end.
        life.Cancel("2026-06-26", Life.Utc("2026-06-26"), ProrationPolicy.Day);
        Assert.Equal([-500, -100, -150], life.Invoices[3].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void A_change_after_a_resume_knows_only_what_the_resume_charged()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11");
        life.Resume("2026-06-21");
        life.Change("2026-06-26", Max, ProrationPolicy.FullDifference);
        // The period is billed for 10 of 30 days: 2000 less the 1000 of the resume.
        Assert.Equal(1000, life.Invoices[^1].Totals.Total);
        Assert.Equal("before_last_change", life.Change("2026-06-26", Ultra, order: order => order with { At = Life.Utc("2026-06-20") }).Refusal!.Code);
    }
}
