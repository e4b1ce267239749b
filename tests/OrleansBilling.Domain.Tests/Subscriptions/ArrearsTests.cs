using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Recurring prices billed at the end of their period (rules.md, "A period in pieces").</summary>
public sealed class ArrearsTests
{
    private static readonly PlanVersion Later = Named("later", Life.Plan(prices: Life.InArrears(Life.Flat("base", 3000))));
    private static readonly PlanVersion LaterMax = Named("later_max", Life.Plan(prices: Life.InArrears(Life.Flat("base", 6000))));
    private static readonly PlanVersion Seats = Named("seats", Life.Plan(prices: Life.InArrears(Life.PerUnit("seats", 1000))));
    private static readonly PlanVersion Mixed = Named("mixed", Life.Plan(prices: [Life.Flat("base", 3000), Life.InArrears(Life.PerUnit("seats", 1000))]));

    [Fact]
    public void Billed_at_the_periods_end_for_the_period_that_is_over()
    {
        var life = new Life(Mixed).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", 3) }).Until("2026-05-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-04-01 seats 3000, 2026-05-01 base 3000"], Life.Told(life));
        var line = life.Invoices[1].Lines[0];
        Assert.Equal(LineKind.Recurring, line.Draft.Kind);
        Assert.Equal(new Domain.Schedule.Period(Life.Utc("2026-04-01"), Life.Utc("2026-05-01")), line.Draft.Period);
        Assert.Null(line.Draft.Proration);
    }

    [Fact]
    public void Nothing_is_billed_before_the_first_period_is_over()
    {
        var life = new Life(Later).Start("2026-04-01").Until("2026-04-30");

        Assert.Empty(life.Invoices);
        Assert.Equal(SubscriptionStatus.Active, life.State.Status);
    }

    [Fact]
    public void The_first_partial_period_is_billed_by_its_share()
    {
        var life = new Life(Later).Start("2026-04-22", order => order with { Anchor = new CalendarAnchor() }).Until("2026-06-01");

        Assert.Equal(["2026-04-22 base 900", "2026-05-01 base 3000"], Life.Told(life));
        Assert.Equal(new LineProration(ProrationPolicy.Day, new Share(9, 30)), life.Invoices[0].Lines[0].Draft.Proration);
    }

    [Fact]
    public void The_first_partial_period_under_none_is_free()
    {
        var life = new Life(Later)
            .Start("2026-04-22", order => order with { Anchor = new CalendarAnchor(), Proration = ProrationPolicy.None })
            .Until("2026-06-01");

        Assert.Equal(["2026-05-01 base 3000"], Life.Told(life));
    }

    [Fact]
    public void A_trial_bills_nothing_and_the_first_period_after_it_when_it_is_over()
    {
        var life = new Life(Later with { TrialDays = 14 }).Start("2026-04-01").Until("2026-05-15");

        Assert.Equal(["2026-04-15 base 3000"], Life.Told(life));
    }

    [Theory]
    [InlineData("2026-04-11", null, "2026-04-01 base 1000")]
    [InlineData("2026-04-11T12:00:00Z", ProrationPolicy.Day, "2026-04-01 base 1000")]
    [InlineData("2026-04-11T12:00:00Z", ProrationPolicy.Second, "2026-04-01 base 1050")]
    [InlineData("2026-04-11", ProrationPolicy.Day30, "2026-04-01 base 1000")]
    [InlineData("2026-04-11", ProrationPolicy.None, "2026-04-01 base 1000")]
    public void An_end_bills_arrears_to_date(string at, ProrationPolicy? policy, string told)
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Cancel(at, Life.Utc(at), policy).IsAccepted);

        Assert.Equal([told], Life.Told(life));
        Assert.Equal(SubscriptionStatus.Canceled, life.State.Status);
        Assert.Empty(SubscriptionDueWork.Of(life.State));
    }

    [Fact]
    public void An_end_on_its_first_day_bills_no_day()
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Cancel("2026-04-01T18:00:00Z", Life.Utc("2026-04-01T18:00:00Z")).IsAccepted);

        Assert.Empty(life.Invoices);
    }

    [Fact]
    public void An_end_at_the_periods_end_bills_the_whole_period()
    {
        var life = new Life(Later).Start("2026-04-01");
        Assert.True(life.Cancel("2026-04-10", null).IsAccepted);

        life.Until("2026-06-01");

        Assert.Equal(["2026-04-01 base 3000"], Life.Told(life));
        Assert.Null(life.Invoices[0].Lines[0].Draft.Proration);
    }

    [Fact]
    public void A_change_bills_the_part_until_it_and_the_new_price_the_rest()
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Change("2026-04-11", LaterMax).IsAccepted);
        life.Until("2026-06-01");

        Assert.Equal(["2026-04-01 base 1000", "2026-04-11 base 4000", "2026-05-01 base 6000"], Life.Told(life));
        Assert.Equal(LineKind.ProrationCharge, life.Invoices[1].Lines[0].Draft.Kind);
    }

    [Fact]
    public void A_change_to_a_price_in_advance_ends_the_arrears_and_charges_the_rest()
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Change("2026-04-11", Max).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(["2026-04-01 base 1000, 2026-04-11 base 4000", "2026-05-01 base 6000"], Life.Told(life));
    }

    [Fact]
    public void A_change_to_a_price_in_arrears_credits_the_rest_and_bills_it_later()
    {
        var life = new Life(Pro).Start("2026-04-01");

        Assert.True(life.Change("2026-04-11", LaterMax).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-04-11 base -2000", "2026-04-11 base 4000"], Life.Told(life));
    }

    [Fact]
    public void A_price_that_is_taken_out_is_billed_for_the_time_it_was_there()
    {
        var life = new Life(Mixed).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", 3) });

        Assert.True(life.Change("2026-04-11", Pro).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-04-01 seats 1000", "2026-05-01 base 3000"], Life.Told(life));
    }

    [Fact]
    public void Under_none_the_running_period_stays_on_the_old_price()
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Change("2026-04-11", LaterMax, ProrationPolicy.None).IsAccepted);
        life.Until("2026-06-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-05-01 base 6000"], Life.Told(life));
    }

    [Fact]
    public void Under_none_a_price_taken_out_is_billed_for_its_whole_period_and_a_new_one_waits_for_the_next()
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Change("2026-04-11", Seats, ProrationPolicy.None).IsAccepted);
        life.Until("2026-06-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-05-01 seats 1000"], Life.Told(life));
    }

    [Fact]
    public void What_none_left_running_is_cut_by_a_later_change()
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Change("2026-04-11", LaterMax, ProrationPolicy.None).IsAccepted);
        Assert.True(life.Change("2026-04-16", Named("later_mid", Life.Plan(prices: Life.InArrears(Life.Flat("base", 4500))))).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(["2026-04-01 base 1500", "2026-04-16 base 2250"], Life.Told(life));
    }

    [Fact]
    public void Under_full_difference_a_raise_is_billed_for_the_whole_period_and_a_decrease_moves_no_money()
    {
        var raised = new Life(Later).Start("2026-04-01");
        Assert.True(raised.Change("2026-04-11", LaterMax, ProrationPolicy.FullDifference).IsAccepted);
        Assert.Equal(["2026-04-01 base 6000"], Life.Told(raised.Until("2026-05-01")));

        var lowered = new Life(LaterMax).Start("2026-04-01");
        Assert.True(lowered.Change("2026-04-11", Later, ProrationPolicy.FullDifference).IsAccepted);
        Assert.Equal(["2026-04-01 base 6000", "2026-05-01 base 3000"], Life.Told(lowered.Until("2026-06-01")));
    }

    [Fact]
    public void Full_difference_after_a_part_was_billed_takes_it_off()
    {
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Change("2026-04-11", LaterMax).IsAccepted);
        Assert.True(life.Change("2026-04-16", Named("later_ultra", Life.Plan(prices: Life.InArrears(Life.Flat("base", 9000)))), ProrationPolicy.FullDifference).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(["2026-04-01 base 1000", "2026-04-01 base 8000"], Life.Told(life));
    }

    [Fact]
    public void Another_interval_bills_what_ran_and_begins_anew()
    {
        var annual = Named("later_year", Life.Plan("year", prices: Life.InArrears(Life.Flat("base", 36500))));
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Change("2026-04-11", annual).IsAccepted);
        life.Until("2027-04-11");

        Assert.Equal(["2026-04-01 base 1000", "2026-04-11 base 36500"], Life.Told(life));
    }

    [Fact]
    public void Another_interval_under_none_bills_the_running_period_as_it_was()
    {
        var annual = Named("later_year", Life.Plan("year", prices: Life.InArrears(Life.Flat("base", 36500))));
        var life = new Life(Later).Start("2026-04-01");

        Assert.True(life.Change("2026-04-11", annual, ProrationPolicy.None).IsAccepted);
        life.Until("2027-05-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-05-01 base 36500"], Life.Told(life));
    }

    [Fact]
    public void A_change_at_the_start_of_the_period_bills_it_on_the_new_price_alone()
    {
        var life = new Life(Pro).Start("2026-04-01").Until("2026-05-01");

        Assert.True(life.Change("2026-05-01", LaterMax).IsAccepted);
        life.Until("2026-06-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-05-01 base 3000", "2026-05-01 base -3000", "2026-05-01 base 6000"], Life.Told(life));
        var keys = life.Invoices.SelectMany(invoice => invoice.Lines)
            .Select(line => (line.Draft.Item, line.Draft.Kind, line.Draft.Period.Start, line.Draft.CreditedLine, line.Draft.Revision)).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
    }

    [Fact]
    public void An_end_by_collection_bills_arrears_to_date_and_credits_nothing()
    {
        var life = new Life(Mixed).Start("2026-04-01").Until("2026-05-01");

        life.Collection("2026-05-11", pastDue: true, exhausted: true, new DunningPolicy("strict", [1], DunningFinalAction.Cancel));

        Assert.Equal(["2026-04-01 base 3000", "2026-04-01 seats 1000, 2026-05-01 base 3000", "2026-05-01 seats 323"], Life.Told(life));
        Assert.Equal(SubscriptionStatus.Canceled, life.State.Status);
    }

    [Fact]
    public void The_upcoming_invoice_of_a_scheduled_end_is_its_last_one()
    {
        var life = new Life(Later).Start("2026-04-01");
        Assert.True(life.Cancel("2026-04-10", null).IsAccepted);

        var step = SubscriptionLife.Upcoming(life.State, life.Facts(), life.Context(Life.Utc("2026-04-10"), Life.Utc("2026-04-10")));

        Assert.Equal(3000, step!.Documents.Invoices[^1].Totals.Total);
    }
}
