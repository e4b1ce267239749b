using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Plans with phases: which one a period is in, and what changes within it cost.</summary>
public sealed class PlanPhaseTests
{
    /// <summary>Two periods at 1000, one at 2000, then 3000; seats cost 500 in the first phase, else 1000.</summary>
    private static readonly PlanVersion Intro = Named("intro", Life.Plan(prices: [Life.Flat("base", 3000), Life.PerUnit("seats", 1000)])) with
    {
        Phases =
        [
            new PlanPhase(2, [Life.Flat("base", 1000), Life.PerUnit("seats", 500)]),
            new PlanPhase(1, [Life.Flat("base", 2000)]),
        ],
    };

    [Fact]
    public void Prices_go_from_phase_to_phase_and_end_at_the_plans_own()
    {
        var life = new Life(Intro).Start("2026-01-31").Until("2026-05-31");
        Assert.Equal([1500, 1500, 3000, 4000, 4000], life.Invoices.Select(invoice => invoice.Totals.Total));
        Assert.Equal(["1", "1", "2", null, null], life.Invoices.Select(invoice => invoice.Lines[0].Explain.Facts.GetValueOrDefault("phase")));
        Assert.Equal(5, life.State.PlanPeriods["intro"].Count);
    }

    [Fact]
    public void A_trial_is_no_paid_period_and_a_partial_first_one_counts_as_one()
    {
        var life = new Life(Intro with { TrialDays = 14 }).Start("2026-06-01", order => order with { Anchor = new DayOfMonthAnchor(1) }).Until("2026-08-31");
        // 16 of 30 days, then a whole period of the first phase, then the second.
        Assert.Equal([533, 1000, 2000], life.Invoices.Select(invoice => invoice.Lines[0].Draft.Amount));
    }

    [Fact]
    public void A_change_within_a_phase_goes_by_the_phases_price()
    {
        var life = new Life(Intro).Start("2026-06-01");
        life.Change("2026-06-16", null, ProrationPolicy.Day, order => order with { Quantities = order.Quantities.Add("seats", 4) });
        Assert.Equal([-250, 1000], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        life.Change("2026-08-16", null, ProrationPolicy.Day, order => order with { Quantities = order.Quantities.Add("seats", 1) });
        Assert.Equal([-2065, 516], life.Invoices[^1].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void A_plan_that_comes_in_within_a_period_has_its_first_one_there()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-16", Intro, ProrationPolicy.Day);
        Assert.Equal([-1500, 500, 250], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        life.Until("2026-09-01");
        Assert.Equal([1500, 3000, 4000], life.Invoices.Skip(2).Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void By_none_its_first_period_is_the_next_one()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-16", Intro, ProrationPolicy.None);
        life.Until("2026-09-01");
        Assert.Equal([3000, 1500, 1500, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void Leaving_and_returning_brings_no_intro_price_back_and_versions_count_together()
    {
        var life = new Life(Intro).Start("2026-06-01");
        life.Change("2026-06-10", Pro, ProrationPolicy.Second);
        life.Change("2026-06-10", Intro, ProrationPolicy.Second);
        Assert.Equal(1, life.State.PlanPeriods["intro"].Count);
        Assert.Equal(1500, life.Invoices.Sum(invoice => invoice.Totals.Total));
        life.Change("2026-07-10", Pro, ProrationPolicy.None);
        life.Until("2026-08-01");
        life.Change("2026-08-01", Intro with { Version = 2 }, ProrationPolicy.Day);
        Assert.Equal((3, "2"), (life.State.PlanPeriods["intro"].Count, life.Invoices[^1].Lines[1].Explain.Facts["phase"]));
    }

    [Fact]
    public void Who_moves_to_a_version_with_phases_after_years_gets_no_intro_price()
    {
        var life = new Life(Intro with { Phases = [] }).Start("2026-06-01").Until("2026-08-05");
        life.Change("2026-08-05", Intro with { Version = 2 }, ProrationPolicy.None);
        life.Until("2026-09-01");
        // The fourth period on the plan: all phases are over.
        Assert.Equal([4000, 4000, 4000, 4000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void A_new_anchor_begins_a_period_that_counts()
    {
        var life = new Life(Intro).Start("2026-06-01");
        life.Change("2026-06-16", Intro, ProrationPolicy.Day, order => order with { AnchorReset = true });
        Assert.Equal([-500, -250, 1000, 500], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        life.Until("2026-07-16");
        Assert.Equal(2000, life.Invoices[2].Lines[0].Draft.Amount);
    }

    [Fact]
    public void A_pause_stops_the_count_and_a_resume_in_the_same_period_does_not_raise_it()
    {
        var life = new Life(Intro).Start("2026-06-01");
        life.Pause("2026-06-10");
        life.Resume("2026-06-20");
        Assert.Equal(1, life.State.PlanPeriods["intro"].Count);
        life.Pause("2026-06-25");
        life.Resume("2026-09-10");
        Assert.Equal((2, "1"), (life.State.PlanPeriods["intro"].Count, life.Invoices[^1].Lines[0].Explain.Facts["phase"]));
    }

    [Fact]
    public void Added_plans_count_for_themselves_and_negotiated_prices_go_with_the_phase()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Add("2026-07-16", Intro, ProrationPolicy.None, order => order with { Overrides = order.Overrides.Add("base", new PriceOverride(null, 10)) });
        life.Until("2026-11-01");
        Assert.Equal([900, 900, 1800, 2700], life.Invoices.SelectMany(invoice => invoice.Lines).Where(line => line.Draft is { Plan: "intro", Price: "base" }).Select(line => line.Draft.Amount));
    }

    [Fact]
    public void The_upcoming_invoice_knows_the_next_phase()
    {
        var life = new Life(Intro).Start("2026-06-01").Until("2026-07-05");
        var now = Life.Utc("2026-07-05");
        Assert.Equal(3000, SubscriptionLife.Upcoming(life.State, life.Facts(), life.Context(now, now))!.Documents.Invoices[0].Totals.Total);
        Assert.Equal(2, life.State.PlanPeriods["intro"].Count);
    }
}
