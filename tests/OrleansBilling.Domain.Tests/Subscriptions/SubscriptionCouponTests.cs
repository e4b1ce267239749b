using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;
using static OrleansBilling.Domain.Tests.Subscriptions.Promos;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Coupons over the periods of a subscription.</summary>
public sealed class SubscriptionCouponTests
{
    [Theory]
    [InlineData(CouponDuration.Once, null, "2400 3000 3000 3000")]
    [InlineData(CouponDuration.Repeating, 2, "2400 2400 3000 3000")]
    [InlineData(CouponDuration.Repeating, 3, "2400 2400 2400 3000")]
    [InlineData(CouponDuration.Forever, null, "2400 2400 2400 2400")]
    public void A_percentage_serves_its_periods(CouponDuration duration, int? periods, string totals)
    {
        var life = new Life(Pro).Start("2026-01-01", order => order.With(Percent(20, duration, periods: periods))).Until("2026-04-01");

        Assert.Equal(totals, life.Totals());
    }

    [Theory]
    [InlineData(1000, CouponDuration.Once, null, false, "2000 3000 3000 3000")]
    [InlineData(5000, CouponDuration.Once, null, false, "0 3000 3000 3000")]
    [InlineData(5000, CouponDuration.Once, null, true, "0 1000 3000 3000")]
    [InlineData(6000, CouponDuration.Once, null, true, "0 0 3000 3000")]
    [InlineData(1000, CouponDuration.Repeating, 2, false, "2000 2000 3000 3000")]
    [InlineData(4000, CouponDuration.Repeating, 2, false, "0 0 3000 3000")]
    [InlineData(1000, CouponDuration.Forever, null, false, "2000 2000 2000 2000")]
    public void An_amount_serves_its_periods_and_used_once_keeps_a_remainder_where_it_says_so(long amount, CouponDuration duration, int? periods, bool carries, string totals)
    {
        var coupon = Amount(amount, duration, periods: periods) with { CarryRemainder = carries };
        var life = new Life(Pro).Start("2026-01-01", order => order.With(coupon)).Until("2026-04-01");

        Assert.Equal(totals, life.Totals());
    }

    [Fact]
    public void Coupons_act_in_the_order_in_which_they_were_attached()
    {
        var percentFirst = new Life(Pro).Start("2026-01-01", order => order.With(Percent(10), Amount(500)));
        var amountFirst = new Life(Pro).Start("2026-01-01", order => order.With(Amount(500), Percent(10)));

        Assert.Equal(("2200", "2250"), (percentFirst.Totals(), amountFirst.Totals()));
    }

    [Fact]
    public void A_repeating_coupon_counts_a_period_only_where_it_reduced_something()
    {
        // Nothing is sold in the first, second and fourth period; a trial goes before.
        var plan = Life.Plan(trialDays: 7, prices: Life.PerUnit("seats", 1000));
        var life = new Life(plan).Start("2026-01-01", order => order.With(Percent(50, CouponDuration.Repeating, periods: 2)) with { Quantities = order.Quantities.Add("seats", 0) });
        Quantity("2026-02-08", 2);
        Quantity("2026-03-08", 0);
        Quantity("2026-04-08", 4);
        life.Until("2026-06-09");

        Assert.Equal("0 0 1000 0 2000 4000", life.Totals());

        void Quantity(string at, decimal quantity) =>
            Assert.True(life.Change(at, null, null, order => order with { At = Life.Utc(at), Proration = ProrationPolicy.None, Quantities = order.Quantities.Add("seats", quantity) }).IsAccepted);
    }

    [Fact]
    public void A_coupon_that_has_served_its_last_period_is_gone_and_said_to_be()
    {
        var life = new Life(Pro).Start("2026-01-01", order => order.With(Percent(20, CouponDuration.Once), Amount(100))).Until("2026-01-31");
        Assert.Equal(["percent", "amount"], life.State.Coupons.Select(attached => attached.Coupon.Code));

        life.Until("2026-02-01");

        Assert.Equal(["amount"], life.State.Coupons.Select(attached => attached.Coupon.Code));
        var ended = Assert.Single(life.Events, told => told.Type == "discount.ended");
        Assert.Equal(("percent", "used_up"), (ended.Data["coupon"], ended.Data["reason"]));
    }

    [Fact]
    public void A_percentage_of_100_makes_an_invoice_that_is_paid_at_once()
    {
        var life = new Life(Pro, tax: Invoicing.Drafts.Tax("20")).Start("2026-01-01", order => order.With(Percent(100)));

        var invoice = Assert.Single(life.Invoices);
        Assert.Equal(new InvoiceTotals(3000, 3000, 0, 0, 0, 0), invoice.Totals);
        Assert.Equal(InvoiceStatus.Paid, InvoiceIssue.InitialState(invoice).Status);
        Assert.Contains(life.Events, told => told.Type == "invoice.paid" && told.Subject == invoice.Id);
    }

    [Fact]
    public void A_coupon_added_within_a_period_serves_from_then_on()
    {
        var life = new Life(Pro).Start("2026-04-01");
        Assert.True(life.AddCoupon("2026-04-06", Amount(500)).IsAccepted);
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);
        life.Until("2026-05-01");

        // 20 of 30 days: -2000 and 4000 less the coupon, which no earlier invoice of the period had met.
        Assert.Equal("3000 1500 5500", life.Totals());
    }

    [Fact]
    public void A_coupon_taken_off_gives_nothing_more_and_what_a_credit_takes_back_is_not_given_again()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(900)));
        Assert.True(life.RemoveCoupon("2026-04-06", "amount").IsAccepted);
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);
        life.Until("2026-05-01");

        // The credit is of 2000 less its share of the discount, 600.
        Assert.Equal("2100 2600 6000", life.Totals());
        Assert.Equal("removed", Assert.Single(life.Events, told => told.Type == "discount.ended").Data["reason"]);
        Assert.Equal("coupon_not_attached", life.RemoveCoupon("2026-05-02", "amount").Refusal?.Code);
    }

    [Fact]
    public void Unused_time_is_credited_at_what_was_paid_for_it()
    {
        var life = new Life(Pro, tax: Invoicing.Drafts.Tax("20")).Start("2026-04-01", order => order.With(Percent(50)));
        Assert.True(life.Cancel("2026-04-16", Life.Utc("2026-04-16"), ProrationPolicy.Day).IsAccepted);

        // Paid 1500 and its tax for 30 days; 15 are left.
        Assert.Equal("1800 -900", life.Totals());
        Assert.Equal(-180 + 30, life.Invoices[1].Totals.TaxTotal);
        Assert.Equal("discount", life.Invoices[1].Lines[0].Explain.Steps[^2].Operation);
    }

    [Fact]
    public void The_upcoming_invoice_shows_what_coupons_will_take_off()
    {
        var life = new Life(Pro).Start("2026-01-01", order => order.With(Percent(20, CouponDuration.Once), Amount(100)));

        var upcoming = SubscriptionLife.Upcoming(life.State, life.Facts(), life.Context(Life.Utc("2026-01-20"), Life.Utc("2026-01-20")));

        Assert.Equal(2900, upcoming!.Documents.Invoices[^1].Totals.Total);
        Assert.Equal(2900, life.Until("2026-02-01").Invoices[^1].Totals.Total);
    }

    [Theory]
    [InlineData("archived", "coupon_archived")]
    [InlineData("expired", "coupon_expired")]
    [InlineData("last instant", null)]
    [InlineData("exhausted", "coupon_exhausted")]
    [InlineData("one left", null)]
    [InlineData("euro", "coupon_wrong_currency")]
    [InlineData("other plan", "coupon_applies_to_nothing")]
    [InlineData("this plan", null)]
    [InlineData("this price", null)]
    [InlineData("this plan's price", null)]
    [InlineData("twice", "coupon_attached")]
    public void What_stands_against_a_coupon(string what, string? code)
    {
        var coupon = Amount(100, code: "c");
        var facts = what switch
        {
            "archived" => new CouponFacts(coupon, 0, Life.Utc("2025-12-31")),
            "expired" => new CouponFacts(coupon with { RedeemBy = Life.Utc("2025-12-31T23:59:59Z") }, 0, null),
            "last instant" => new CouponFacts(coupon with { RedeemBy = Life.Utc("2026-01-01") }, 0, null),
            "exhausted" => new CouponFacts(coupon with { MaxRedemptions = 5 }, 5, null),
            "one left" => new CouponFacts(coupon with { MaxRedemptions = 5 }, 4, null),
            "euro" => new CouponFacts(coupon with { Currency = Domain.Kernel.Currency.Of("eur") }, 0, null),
            "other plan" => new CouponFacts(coupon.For("max", "max/base"), 0, null),
            "this plan" => new CouponFacts(coupon.For("pro"), 0, null),
            "this price" => new CouponFacts(coupon.For("base"), 0, null),
            "this plan's price" => new CouponFacts(coupon.For("pro/base"), 0, null),
            _ => new CouponFacts(coupon, 0, null),
        };
        var life = new Life(Pro).Start("2025-12-15", order => what == "twice" ? order.With(coupon) : order);

        Assert.Equal(code, life.AddCoupon("2026-01-01", facts).Refusal?.Code);
        Assert.Equal(
            code,
            what == "twice"
                ? new Life(Pro).Refused("2026-01-01", order => order.With(coupon, coupon))?.Code
                : new Life(Pro).Refused("2026-01-01", order => order with { Coupons = [facts] })?.Code);
    }

    [Fact]
    public void A_subscription_that_has_ended_takes_no_coupon()
    {
        var life = new Life(Pro).Start("2026-01-01", order => order.With(Amount(1)));
        life.Cancel("2026-01-02", Life.Utc("2026-01-02"));

        Assert.Equal("subscription_ended", life.AddCoupon("2026-01-03", Percent(10)).Refusal?.Code);
        Assert.Equal("subscription_ended", life.RemoveCoupon("2026-01-03", "amount").Refusal?.Code);
    }

    [Fact]
    public void At_most_twenty_coupons_are_attached_at_a_time()
    {
        var twenty = Enumerable.Range(1, SubscriptionCoupons.Max).Select(i => Amount(1, code: $"c{i}")).ToArray();
        var life = new Life(Pro).Start("2026-01-01", order => order.With(twenty));

        Assert.Equal(2980, life.Invoices[0].Totals.Total);
        Assert.Equal("too_many_coupons", life.AddCoupon("2026-01-03", Percent(10)).Refusal?.Code);
    }

    [Fact]
    public void An_attached_coupon_is_redeemed_once()
    {
        var start = Life.Utc("2026-01-01");
        var life = new Life(Pro);
        var created = SubscriptionCreation.Create(new SubscriptionOrder("sub_1", Pro).With(Percent(10), Amount(1)), life.Facts(), life.Context(start, start)).Value;

        Assert.Equal(["percent", "amount"], created.Documents.Redemptions.Select(taken => taken.Coupon));
        Assert.Equal(created.State.Coupons.Select(attached => attached.Id), created.Documents.Redemptions.Select(taken => taken.Id));
        Assert.Equal(2, created.Documents.Events.Count(told => told.Type == "coupon.redeemed"));
    }
}
