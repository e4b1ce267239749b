using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Invoicing.CreditNotes;
using OrleansBilling.Domain.Tests.Subscriptions;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>What peers had to mend about documents, named by their threads: see docs/lessons.md.</summary>
public sealed class InvoicingLessons
{
    /// <summary>Three lines of 3.33 at 19 %: 1.90 of tax in all, which no line by itself rounds to.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Credit_notes_line_by_line_give_back_exactly_the_tax_of_the_invoice_lago_api_4373_4411_4449_4660(bool inclusive)
    {
        var noted = new Noted(Compute(Tax("19", inclusive), Line(333), Line(333), Line(333)));
        var taxed = noted.Invoice.Totals.TaxTotal;
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(noted.Of((i, 111)));
            Assert.Null(noted.Of((i, 222)));
        }

        Assert.Equal((noted.Invoice.Totals.Total, 0L), (noted.Credited, noted.Left));
        Assert.Equal(taxed, noted.Notes.SelectMany(note => note).Sum(line => line.TaxAmount));
        Assert.Equal("credit_above_left", noted.Amount(1));
    }

    [Fact]
    public void A_change_leaves_the_issued_invoice_as_it_is_and_credits_its_line_by_name_openmeter_2077_4363_4364()
    {
        var life = new Life(Pro).Start("2026-06-01");
        var issued = life.Invoices[0];
        Assert.True(life.Change("2026-06-16", Max, ProrationPolicy.Day).IsAccepted);
        Assert.True(life.Cancel("2026-06-21", Life.Utc("2026-06-21"), ProrationPolicy.Day).IsAccepted);

        Assert.Same(issued, life.Invoices[0]);
        Assert.Equal(3000, issued.Totals.Total);
        var credit = life.Invoices[1].Lines[0].Draft;
        Assert.Equal((-1500, issued.Id, issued.Lines[0].Id), (credit.Amount, credit.CreditedInvoice, credit.CreditedLine));
    }

    [Fact]
    public void A_renewal_that_is_asked_for_again_finds_nothing_to_bill_killbill_640_150_310_lago_api_4795()
    {
        var life = new Life(Team).Start("2026-06-01").Until("2026-07-01");
        Assert.Equal(2, life.Invoices.Count);
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(SubscriptionDueWork.Next(life.State, Life.Utc("2026-07-01")));
            life.Until("2026-07-01");
        }

        Assert.Equal(2, life.Invoices.Count);
        // Were the step run all the same, its lines would be those of the next period: none of this one can stand twice.
        var again = SubscriptionLife.Due(life.State, DueKind.Renewal, life.Facts(), life.Context(Life.Utc("2026-07-01"), Life.Utc("2026-07-01")));
        var keys = life.Invoices.SelectMany(invoice => invoice.Lines).Concat(again.Documents.Invoices.SelectMany(invoice => invoice.Lines))
            .Select(line => (line.Draft.Item, line.Draft.Kind, line.Draft.Period.Start)).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
    }

    [Fact]
    public void A_price_that_cannot_be_rated_neither_stops_the_others_nor_the_next_period_killbill_2306_2109_1505_2208()
    {
        var life = new Life(Team).Start("2026-06-01");
        life.Sells(Team with { Prices = [Team.Prices[0], Team.Prices[1] with { Model = new FlatModel(decimal.MaxValue) }] });
        life.Until("2026-08-01");

        Assert.Equal([4000, 3000, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
        Assert.Equal(["seats", "seats"], life.State.SetAside.Select(line => life.State.Items.Single(item => item.Id == line.Item).Price));
        Assert.All(life.State.SetAside, line => Assert.Equal("amount_too_large", line.Why.Code));
    }

    [Fact]
    public void A_coupon_that_two_subscriptions_redeem_at_once_is_a_condition_of_both_turns_lago_api_2837_5980()
    {
        var coupon = new CouponFacts(Promos.Percent(10) with { MaxRedemptions = 1 }, 0, null);
        var (first, second) = (new Life(Pro).Start("2026-06-01"), new Life(Pro).Start("2026-06-01"));
        // Both saw it free: each turn writes that it takes one of the limit, so that the commit of the later one fails.
        var taken = new[] { first, second }.Select(life => SubscriptionCoupons.Add(life.State, coupon, life.Context(Life.Utc("2026-06-02"), Life.Utc("2026-06-02"))).Value);
        Assert.All(taken, step => Assert.Single(step.Documents.Redemptions));
        var exhausted = SubscriptionCoupons.Add(second.State, coupon with { Redemptions = 1 }, second.Context(Life.Utc("2026-06-02"), Life.Utc("2026-06-02")));
        Assert.Equal("coupon_exhausted", exhausted.Refusal!.Code);
    }
}
