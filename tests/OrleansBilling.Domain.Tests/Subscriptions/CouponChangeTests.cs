using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;
using static OrleansBilling.Domain.Tests.Subscriptions.Promos;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Coupons where a subscription changes within its period; April has 30 days.</summary>
public sealed class CouponChangeTests
{
    [Fact]
    public void An_amount_is_given_once_per_period_and_what_a_credit_takes_back_is_given_again()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(1000)));
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);

        // 20 of 30 days: 667 of the discount are taken back with the credit and stand on the charge.
        Assert.Equal([-667L, 667L], life.Invoices[1].Lines.Select(line => line.DiscountAmount));
        Assert.Equal("2000 2000", life.Totals());
        Assert.Equal(1000, life.Given("amount"));
        Assert.Equal("2000 2000 5000", life.Until("2026-05-01").Totals());
    }

    [Fact]
    public void Several_changes_in_one_period_give_exactly_the_amount()
    {
        var life = new Life(Max).Start("2026-04-01", order => order.With(Amount(1001)));
        foreach (var (day, plan) in new[] { ("04", Pro), ("09", Ultra), ("12", Pro), ("12", Max), ("27", Ultra) })
        {
            Assert.True(life.Change($"2026-04-{day}", plan, ProrationPolicy.Day).IsAccepted);
            Assert.Equal(1001, life.Given("amount"));
        }
    }

    [Fact]
    public void What_the_charges_of_a_change_do_not_use_is_left_for_the_rest_of_the_period()
    {
        var life = new Life(Max).Start("2026-04-01", order => order.With(Amount(6000)));
        Assert.True(life.Change("2026-04-11", Pro, ProrationPolicy.Day).IsAccepted);
        Assert.Equal(4000, life.Given("amount"));
        Assert.True(life.Change("2026-04-21", Ultra, ProrationPolicy.Day).IsAccepted);

        // All 6000 are given, and nothing is paid but what goes beyond.
        Assert.Equal(6000, life.Given("amount"));
        Assert.Equal("0 0 0", life.Totals());
        Assert.Equal("0 0 0 3000", life.Until("2026-05-01").Totals());
    }

    [Fact]
    public void Used_once_it_is_given_again_within_its_period_only()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(1000, CouponDuration.Once)));
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);
        Assert.True(life.Change("2026-05-11", Pro, ProrationPolicy.Day).IsAccepted);

        // In May: -4065 and 2032.
        Assert.Equal("2000 2000 6000 -2033", life.Totals());
        Assert.Equal(1000, life.Given("amount"));
    }

    [Fact]
    public void A_percentage_applies_to_the_charge_and_its_credit_carries_what_was_given()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Percent(20)));
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);

        Assert.Equal([-400L, 800L], life.Invoices[1].Lines.Select(line => line.DiscountAmount));
        Assert.Equal("2400 1600", life.Totals());
    }

    [Fact]
    public void A_percentage_used_once_serves_all_invoices_of_its_period()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Percent(20, CouponDuration.Once)));
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);

        Assert.Equal("2400 1600 6000", life.Until("2026-05-01").Totals());
    }

    [Fact]
    public void A_change_that_ends_the_period_gives_again_what_a_coupon_used_once_loses_by_it()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(1000, CouponDuration.Once)));
        Assert.True(life.Change("2026-04-11", Annual, ProrationPolicy.Day).IsAccepted);

        Assert.Equal([-667L, 667L], life.Invoices[1].Lines.Select(line => line.DiscountAmount));
        Assert.Equal(1000, life.Given("amount"));

        // And again at another change within the new period, but not in the next one.
        Assert.True(life.Change("2026-07-11", Named("annual2", Annual with { Prices = [Life.Flat("base", 60000)] }), ProrationPolicy.Day).IsAccepted);
        Assert.Equal(1000, life.Given("amount"));
        life.Until("2027-04-11");
        Assert.Equal(60000, life.Invoices[^1].Totals.Total);
        Assert.Empty(life.State.Coupons);
    }

    [Fact]
    public void A_change_that_ends_the_period_gives_the_new_one_the_amount_of_a_coupon_that_goes_on()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(1000)));
        Assert.True(life.Change("2026-04-11", Annual, ProrationPolicy.Day).IsAccepted);

        Assert.Equal([-667L, 1000L], life.Invoices[1].Lines.Select(line => line.DiscountAmount));
    }

    [Fact]
    public void A_period_of_which_nothing_stays_given_is_not_counted()
    {
        // Changed to a year at the very start: the month that never was does not use the coupon up.
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Percent(20, CouponDuration.Once)));
        Assert.True(life.Change("2026-04-01", Annual, ProrationPolicy.Day).IsAccepted);

        Assert.Equal("2400 21600", life.Totals());
        Assert.Equal("2400 21600 30000", life.Until("2027-04-01").Totals());
    }

    [Fact]
    public void What_a_void_invoice_gave_counts_as_not_given()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(1000, CouponDuration.Once)));
        life.Standing[life.Invoices[0].Id] = new CreditableInvoice(life.Invoices[0].Id, InvoiceStatus.Void, 0);
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);

        // Nothing is credited of a void invoice, and the charge has the whole amount.
        Assert.Equal(3000, life.Invoices[1].Totals.Total);
        life.Standing[life.Invoices[1].Id] = new CreditableInvoice(life.Invoices[1].Id, InvoiceStatus.Void, 0);
        Assert.Equal(5000, life.Until("2026-05-01").Invoices[2].Totals.Total);
    }

    [Fact]
    public void A_coupon_limited_to_a_plan_serves_while_that_is_sold()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(900).For("pro")));
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);
        Assert.True(life.Change("2026-04-21", Pro, ProrationPolicy.Day).IsAccepted);

        // 2100; then -2000 + 600 + 4000; then -2000 + 1000 less what is left of the coupon, 600.
        Assert.Equal("2100 2600 -1600", life.Totals());
        Assert.Equal(900, life.Given("amount"));
    }

    [Fact]
    public void A_pause_takes_back_and_the_resume_in_the_same_period_gives_again()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(900)));
        Assert.True(life.Pause("2026-04-11").IsAccepted);
        Assert.True(life.Resume("2026-04-21").IsAccepted);

        Assert.Equal("2100 -1400 400", life.Totals());
        Assert.Equal("2100 -1400 400 2100", life.Until("2026-05-01").Totals());
    }

    [Fact]
    public void Credits_take_back_each_coupon_by_its_part()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Percent(10), Amount(500)));
        Assert.True(life.Cancel("2026-04-16", Life.Utc("2026-04-16"), ProrationPolicy.Day).IsAccepted);

        Assert.Equal([("percent", -150L), ("amount", -250L)], life.Invoices[1].Lines[0].Discounts.Select(part => (part.Coupon, part.Amount)));
        Assert.Equal("2200 -1100", life.Totals());
    }
}
