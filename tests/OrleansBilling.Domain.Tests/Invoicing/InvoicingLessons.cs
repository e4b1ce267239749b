using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Payments;
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

    /// <summary>
    /// Every order of up to five news of one attempt, each of them possibly told again: the first one that ends the attempt is
    /// booked, once, and no later one moves a cent or a status, neither of the attempt nor of the next one.
    /// </summary>
    [Fact]
    public void News_of_a_payment_twice_and_out_of_order_are_booked_once_cashier_stripe_1759_1760_1773_solidus_stripe_188_meteroid_871()
    {
        AttemptOutcome[] news =
        [
            new AttemptOutcome.Processing("ch_1", InvoiceScene.Issued + NodaTime.Duration.FromHours(1)), new AttemptOutcome.Succeeded("ch_1"),
            new AttemptOutcome.Declined("insufficient_funds", null, "ch_1"), new AttemptOutcome.Unknown(),
        ];
        for (var order = 0; order < 4 * 4 * 4 * 4 * 4; order++)
        {
            var told = Enumerable.Range(0, 5).Select(place => news[(order >> (2 * place)) % 4]).ToList();
            var scene = new InvoiceScene(method: InvoiceScene.Visa);
            scene.Send();
            foreach (var outcome in told)
            {
                scene.Do(InvoiceDecider.Outcome(scene.State, scene.Facts, "att_1", outcome, scene.Now));
            }

            var end = told.Find(outcome => outcome is AttemptOutcome.Succeeded or AttemptOutcome.Declined);
            Assert.Equal((end is AttemptOutcome.Succeeded ? 12_000 : 0, 0L), (scene.State.AmountPaid, scene.Balance));
            Assert.Equal(end is null ? 0 : 1, scene.Events.Count(told => told.Type is "payment.succeeded" or "payment.failed"));
            Assert.Equal(end is AttemptOutcome.Succeeded ? InvoiceStatus.Paid : InvoiceStatus.Open, scene.State.Status);
            if (end is AttemptOutcome.Declined)
            {
                // The next attempt is under way when the news of the first one comes again.
                scene.Step();
                scene.Send();
                Assert.True(InvoiceDecider.Outcome(scene.State, scene.Facts, "att_1", told[^1], scene.Now).IsEmpty);
            }
        }
    }

    /// <summary>A subscription reads how its invoices stand; being told twice, or of what is over, changes nothing.</summary>
    [Fact]
    public void A_subscription_that_is_told_of_its_payments_twice_moves_once_cashier_stripe_1773()
    {
        var life = new Life(Pro).Start("2026-06-01");
        Assert.NotNull(life.Collection("2026-06-02", pastDue: true, exhausted: false));
        Assert.Null(life.Collection("2026-06-02", pastDue: true, exhausted: false));
        Assert.NotNull(life.Collection("2026-06-03", pastDue: false, exhausted: false));
        Assert.Null(life.Collection("2026-06-03", pastDue: false, exhausted: false));
        Assert.Equal(["subscription.past_due", "subscription.recovered"], life.Events.Select(told => told.Type).Where(type => type is "subscription.past_due" or "subscription.recovered"));
    }
}
