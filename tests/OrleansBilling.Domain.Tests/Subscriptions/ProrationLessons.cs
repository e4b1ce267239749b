using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>What other billing products had to mend about proration; each lesson is one test.</summary>
public sealed class ProrationLessons
{
    [Fact]
    public void An_upgrade_that_inherits_an_anchor_divides_by_the_whole_nominal_period()
    {
        // Start on 22 June with anchor day 1: the period has 9 days, the nominal one 30.
        var life = new Life(Pro).Start("2026-06-22", order => order with { Anchor = new DayOfMonthAnchor(1) });
        life.Change("2026-06-28", Max, ProrationPolicy.Day);
        Assert.Equal([-300, 600], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        Assert.Equal(new Share(3, 30), life.Invoices[1].Lines[1].Draft.Proration!.Share);
    }

    [Fact]
    public void The_denominator_of_a_later_credit_is_the_one_that_was_billed()
    {
        var life = new Life(Pro).Start("2026-07-01");
        life.Change("2026-07-11", Max, ProrationPolicy.Day30);
        life.Change("2026-07-21", Ultra, ProrationPolicy.Day);
        // 6000 x 20/30 was billed; 10 thirty-day days are left: half of it. The new charge goes by 11 of 31 days.
        Assert.Equal([-2000, 3194], life.Invoices[2].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void A_clamped_anchor_is_kept_through_changes()
    {
        var life = new Life(Pro).Start("2026-01-31").Until("2026-02-28");
        life.Change("2026-03-05", Max, ProrationPolicy.Day);
        Assert.Equal(new Share(26, 31), life.Invoices[^1].Lines[1].Draft.Proration!.Share);
        life.Until("2026-03-31");
        Assert.Equal(Life.Utc("2026-04-30"), life.State.CurrentPeriod.End);
        life.Until("2026-04-30");
        Assert.Equal(Life.Utc("2026-05-31"), life.State.CurrentPeriod.End);
    }

    [Fact]
    public void Going_up_and_down_on_one_day_costs_nothing()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11T09:00:00Z", Max, ProrationPolicy.Day);
        life.Change("2026-06-11T17:00:00Z", Pro, ProrationPolicy.Day);
        Assert.Equal([2000, -2000], life.Invoices.Skip(1).Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void Late_downgrades_give_back_no_more_than_was_billed()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-30T23:00:00Z", Ultra, ProrationPolicy.Second);
        life.Change("2026-06-30T23:00:00Z", Pro, ProrationPolicy.Day);
        var upgrade = life.Invoices[1].Lines[1].Draft.Amount;
        Assert.Equal(-upgrade, life.Invoices[2].Lines.Single(line => line.Draft.Kind is LineKind.ProrationCredit).Draft.Amount);
    }

    [Fact]
    public void Days_are_local_days_of_the_account()
    {
        // 11 June 02:00 UTC is still 10 June in New York: one day more is left.
        var life = new Life(Pro, "America/New_York").Start("2026-06-01T04:00:00Z");
        life.Change("2026-06-11T02:00:00Z", Max, ProrationPolicy.Day);
        Assert.Equal(new Share(21, 30), life.Invoices[1].Lines[1].Draft.Proration!.Share);
    }
}
