using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Changes within one period, policy by policy. Changes that move boundaries have their own table.</summary>
public sealed class SubscriptionChangeTests
{
    [Theory]
    // June has 30 days; 11 June 15:00 leaves 20 local days, and 19.375 days of time.
    [InlineData(ProrationPolicy.Day, "2026-06-01", "2026-06-11T15:00:00Z", -2000, 4000)]
    [InlineData(ProrationPolicy.Second, "2026-06-01", "2026-06-11T15:00:00Z", -1938, 3875)]
    [InlineData(ProrationPolicy.Day30, "2026-06-01", "2026-06-11T15:00:00Z", -2000, 4000)]
    // July has 31: 21 days are left, of which day_30 sees 20.
    [InlineData(ProrationPolicy.Day, "2026-07-01", "2026-07-11T00:00:00Z", -2032, 4065)]
    [InlineData(ProrationPolicy.Day30, "2026-07-01", "2026-07-11T00:00:00Z", -2000, 4000)]
    // At the first instant all of it.
    [InlineData(ProrationPolicy.Second, "2026-06-01", "2026-06-01T00:00:00Z", -3000, 6000)]
    public void An_upgrade_credits_the_unused_share_and_charges_the_same_share(ProrationPolicy policy, string start, string now, long credit, long charge)
    {
        var life = new Life(Pro).Start(start);
        Assert.True(life.Change(now, Max, policy).IsAccepted);
        var invoice = life.Invoices[1];
        Assert.Equal("change", invoice.Cause);
        Assert.Equal([LineKind.ProrationCredit, LineKind.ProrationCharge], invoice.Lines.Select(line => line.Draft.Kind));
        Assert.Equal([credit, charge], invoice.Lines.Select(line => line.Draft.Amount));
        Assert.All(invoice.Lines, line => Assert.Equal((1, true), (line.Draft.Revision, line.Draft.Cause is not null)));
        Assert.Equal(life.Invoices[0].Lines[0].Id, invoice.Lines[0].Draft.CreditedLine);
        Assert.Equal(credit + charge, invoice.AmountDue);
        Assert.Equal(("max", 1, 1), (life.State.Plan, life.State.PlanVersion, life.State.Revision));
    }

    [Theory]
    [InlineData(ProrationPolicy.Day, -2000)]
    [InlineData(ProrationPolicy.Second, -1937)]
    [InlineData(ProrationPolicy.Day30, -2000)]
    public void A_downgrade_gives_back_to_the_balance_and_the_next_period_bills_the_new_price(ProrationPolicy policy, long total)
    {
        var life = new Life(Max).Start("2026-06-01");
        life.Change("2026-06-11T15:00:00Z", Pro, policy);
        Assert.Equal(total, life.Invoices[1].Totals.Total);
        Assert.Equal(-total, life.Balance);
        life.Until("2026-07-01");
        Assert.Equal(3000, life.Invoices[2].Totals.Total);
        Assert.Equal(Life.Utc("2026-07-01"), life.Invoices[2].Lines[0].Draft.Period.Start);
    }

    [Theory]
    [InlineData(ProrationPolicy.None)]
    [InlineData(ProrationPolicy.FullDifference)]
    public void A_downgrade_by_none_or_full_difference_moves_no_money_until_the_next_period(ProrationPolicy policy)
    {
        var life = new Life(Max).Start("2026-06-01");
        life.Change("2026-06-11", Pro, policy);
        Assert.Single(life.Invoices);
        Assert.Equal("pro", life.State.Plan);
        life.Until("2026-07-01");
        Assert.Equal([6000, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void An_upgrade_by_none_charges_nothing_until_the_next_period()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", Max, ProrationPolicy.None);
        life.Until("2026-07-01");
        Assert.Equal([3000, 6000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void Full_difference_charges_the_new_price_less_all_that_was_billed_whatever_the_time()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", Max, ProrationPolicy.FullDifference);
        life.Change("2026-06-21", Ultra, ProrationPolicy.FullDifference);
        Assert.Equal([3000, 3000, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));

        // Each of the three lines counts as billed for the whole period: a third of each is unused, and a third of 3000 is charged.
        life.Change("2026-06-21", Pro, ProrationPolicy.Day);
        Assert.Equal([-1000, -1000, -1000, 1000], life.Invoices[3].Lines.Select(line => line.Draft.Amount));
        Assert.True(life.Cancel("2026-06-21", Life.Utc("2026-06-21"), ProrationPolicy.Day).IsAccepted);
        Assert.Equal([-1000], life.Invoices[4].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void Full_difference_after_a_prorated_change_counts_what_is_billed_net_of_credits()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", Max, ProrationPolicy.Day);
        life.Change("2026-06-21", Ultra, ProrationPolicy.FullDifference);
        // 9000 less (3000 - 2000 + 4000).
        Assert.Equal(4000, life.Invoices[2].Totals.Total);
    }

    [Fact]
    public void Full_difference_in_a_partial_period_goes_by_the_share_with_which_it_was_billed()
    {
        var life = new Life(Pro).Start("2026-06-22", order => order with { Anchor = new DayOfMonthAnchor(1) });
        Assert.Equal(900, life.Invoices[0].Totals.Total);
        life.Change("2026-06-28", Max, ProrationPolicy.FullDifference);
        Assert.Equal(900, life.Invoices[1].Totals.Total);
        Assert.Equal(new Share(9, 30), life.Invoices[1].Lines[0].Draft.Proration!.Share);
    }

    [Theory]
    [InlineData(5, 8, -2500, 4000)]
    [InlineData(8, 5, -4000, 2500)]
    [InlineData(5, 0, -2500, 0)]
    public void A_quantity_change_credits_the_old_quantity_and_charges_the_new_one(int from, int to, long credit, long charge)
    {
        var life = new Life(Team).Start("2026-06-01", order => order with { Quantities = order.Quantities.Add("seats", from) });
        var seats = life.State.Items[1].Id;
        life.Change("2026-06-16", null, ProrationPolicy.Day, order => order with { Quantities = order.Quantities.Add("seats", to) });
        Assert.Equal([credit, charge], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        Assert.All(life.Invoices[1].Lines, line => Assert.Equal(("seats", seats), (line.Draft.Price, line.Draft.Item)));
        Assert.Equal((seats, (decimal)to), (life.State.Items[1].Id, life.State.Items[1].Quantity));
    }

    [Fact]
    public void Several_changes_in_one_period_credit_exactly_what_was_billed_for_the_unused_part()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", Max, ProrationPolicy.Day);
        // The line of 20/30 is credited by its own policy and numerator, whatever the call says: 10/20 of 4000.
        life.Change("2026-06-21T12:00:00Z", Ultra, ProrationPolicy.Second);
        Assert.Equal([-2000, 2850], life.Invoices[2].Lines.Select(line => line.Draft.Amount));
        life.Cancel("2026-06-21T12:00:00Z", Life.Utc("2026-06-21T12:00:00Z"), ProrationPolicy.Day);
        Assert.Equal([-2850], life.Invoices[3].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void What_none_left_billed_is_credited_by_a_later_change()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-06", Max, ProrationPolicy.None);
        life.Change("2026-06-11", Ultra, ProrationPolicy.Day);
        var credit = life.Invoices[1].Lines[0].Draft;
        Assert.Equal((-2000, "pro"), (credit.Amount, credit.Plan));
        Assert.Equal(6000, life.Invoices[1].Lines[1].Draft.Amount);
    }

    [Fact]
    public void A_change_back_to_what_is_billed_moves_nothing()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-06", Max, ProrationPolicy.None);
        life.Change("2026-06-11", Pro, ProrationPolicy.Day);
        Assert.Single(life.Invoices);
    }

    [Fact]
    public void An_item_whose_terms_stay_is_neither_credited_nor_cut()
    {
        var life = new Life(Pro).Start("2026-06-01");
        var line = life.State.Items[0].Billed!.Line;
        life.Change("2026-06-16", Team, ProrationPolicy.Day);
        Assert.Equal([("seats", 500L)], life.Invoices[1].Lines.Select(each => (each.Draft.Price!, each.Draft.Amount)));
        Assert.Equal(line, life.State.Items[0].Billed!.Line);
        Assert.Equal("team", life.State.Items[0].Plan);
    }

    [Fact]
    public void An_item_taken_out_is_credited_and_returns_under_its_id()
    {
        var life = new Life(Team).Start("2026-06-01");
        var seats = life.State.Items[1].Id;
        life.Change("2026-06-11", Pro, ProrationPolicy.Day);
        Assert.Equal([-667L], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        Assert.Single(life.State.Items);
        life.Change("2026-06-21", Team, ProrationPolicy.FullDifference);
        Assert.Equal(seats, life.State.Items[1].Id);
        // 1000 less the 333 that stayed billed.
        Assert.Equal([667L], life.Invoices[2].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void An_item_taken_out_by_none_and_back_in_the_period_is_not_billed_twice()
    {
        var life = new Life(Team).Start("2026-06-01");
        life.Change("2026-06-11", Pro, ProrationPolicy.None);
        life.Change("2026-06-21", Team, ProrationPolicy.Day);
        Assert.Single(life.Invoices);
        life.Until("2026-07-01");
        Assert.Equal([4000, 4000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void An_end_credits_what_none_left_billed_of_an_item_taken_out()
    {
        var life = new Life(Team).Start("2026-06-01");
        life.Change("2026-06-11", Pro, ProrationPolicy.None);
        life.Cancel("2026-06-16", Life.Utc("2026-06-16"), ProrationPolicy.Day);
        Assert.Equal([-1500L, -500L], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void Lines_of_void_invoices_count_as_not_billed()
    {
        var life = new Life(Pro).Start("2026-06-01");
        var id = life.Invoices[0].Id;
        life.Standing[id] = new CreditableInvoice(id, InvoiceStatus.Void, 0);
        life.Change("2026-06-11", Max, ProrationPolicy.Day);
        Assert.Equal([4000L], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        life.Change("2026-06-11", Ultra, ProrationPolicy.FullDifference);
        Assert.Equal([5000L], life.Invoices[2].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void Inclusive_prices_contain_the_tax_of_credit_and_charge()
    {
        var tax = new TaxSettings([new AccountTaxRate("vat", 20, [])], Inclusive: true, TaxRounding.Document, Exempt: false, null);
        var life = new Life(Pro, tax: tax).Start("2026-06-01");
        life.Change("2026-06-11", Max, ProrationPolicy.Day);
        Assert.Equal((2000, 333), (life.Invoices[1].Totals.Total, life.Invoices[1].Totals.TaxTotal));
    }

    [Fact]
    public void A_price_may_name_its_own_policy()
    {
        var own = Named("own", Life.Plan(prices: Life.Flat("base", 6000, ProrationPolicy.FullDifference)));
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", own);
        Assert.Equal(3000, life.Invoices[1].Totals.Total);
    }

    [Theory]
    [InlineData(false, new long[] { 3000, 3000 })]
    [InlineData(true, new long[] { 3000, 5000, 3000 })]
    public void A_one_time_price_is_charged_for_a_new_item_on_demand_only(bool charge, long[] totals)
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", SetUp, ProrationPolicy.Day, order => order with { ChargeOneTime = charge });
        life.Until("2026-07-01");
        Assert.Equal(totals, life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void Tiers_are_compared_row_by_row()
    {
        static PlanVersion Tiered(int version, decimal last) => Life.Plan(prices: new Price(
            "base", PriceKind.Recurring, BillingTiming.InAdvance, new GraduatedModel([new Tier(10, 100), new Tier(null, last)]))) with { Version = version };

        var life = new Life(Tiered(1, 50)).Start("2026-06-01");
        life.Change("2026-06-11", Tiered(2, 50), ProrationPolicy.Day);
        Assert.Single(life.Invoices);
        life.Change("2026-06-11", Tiered(3, 60), ProrationPolicy.Day);
        Assert.Equal(2, life.Invoices.Count);
    }
}
