using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

public sealed class SubscriptionCancellationTests
{
    [Theory]
    [InlineData(ProrationPolicy.Day, "2026-06-11T15:00:00Z", -2000)]
    [InlineData(ProrationPolicy.Second, "2026-06-16T12:00:00Z", -1450)]
    [InlineData(ProrationPolicy.Day30, "2026-06-11T00:00:00Z", -2000)]
    [InlineData(ProrationPolicy.Day, "2026-06-01T00:00:00Z", -3000)]
    public void Canceling_now_gives_back_the_unused_share(ProrationPolicy policy, string now, long total)
    {
        var life = new Life(Life.Plan()).Start("2026-06-01");
        Assert.True(life.Cancel(now, Life.Utc(now), policy).IsAccepted);
        var credit = life.Invoices[1];
        Assert.Equal(total, credit.Totals.Total);
        Assert.Equal(-total, credit.Credited);
        Assert.Equal(-total, life.Balance);
        Assert.Equal(LineKind.ProrationCredit, credit.Lines[0].Draft.Kind);
        Assert.Equal(life.Invoices[0].Lines[0].Id, credit.Lines[0].Draft.CreditedLine);
        Assert.Equal(SubscriptionStatus.Canceled, life.State.Status);
        life.Until("2027-06-01");
        Assert.Equal(2, life.Invoices.Count);
    }

    [Fact]
    public void Canceling_now_with_none_gives_nothing_back()
    {
        var life = new Life(Life.Plan()).Start("2026-06-01");
        Assert.True(life.Cancel("2026-06-10", Life.Utc("2026-06-10"), ProrationPolicy.None).IsAccepted);
        Assert.Single(life.Invoices);
        Assert.Equal(0, life.Balance);
    }

    [Fact]
    public void A_prorated_line_is_credited_by_its_own_policy_and_denominator()
    {
        var life = new Life(Life.Plan()).Start("2026-06-22", order => order with { Anchor = new DayOfMonthAnchor(1), Proration = ProrationPolicy.Day30 });
        Assert.Equal(900, life.Invoices[0].AmountDue);
        Assert.True(life.Cancel("2026-06-28", Life.Utc("2026-06-28"), ProrationPolicy.Day).IsAccepted);
        Assert.Equal(-300, life.Invoices[1].Totals.Total);
    }

    [Fact]
    public void A_credit_carries_the_tax_of_its_line_whatever_the_rates_are_by_then()
    {
        var tax = new TaxSettings([new AccountTaxRate("vat", 20, [])], Inclusive: false, TaxRounding.Document, Exempt: false, null);
        var life = new Life(Life.Plan(), tax: tax).Start("2026-06-01");
        Assert.Equal(3600, life.Invoices[0].AmountDue);
        Assert.True(life.Cancel("2026-06-01", Life.Utc("2026-06-01")).IsAccepted);
        Assert.Equal(-3600, life.Invoices[1].Totals.Total);
        Assert.Equal(-600, life.Invoices[1].Totals.TaxTotal);
    }

    [Fact]
    public void At_the_end_of_the_period_nothing_is_credited_and_nothing_renews()
    {
        var life = new Life(Life.Plan()).Start("2026-06-01");
        Assert.True(life.Cancel("2026-06-10", at: null).IsAccepted);
        Assert.Equal(Life.Utc("2026-07-01"), life.State.CancelAt);
        life.Until("2026-12-01");
        Assert.Equal(SubscriptionStatus.Canceled, life.State.Status);
        Assert.Equal(Life.Utc("2026-07-01"), life.State.EndedAt);
        Assert.Single(life.Invoices);
    }

    [Fact]
    public void A_cancellation_taken_back_renews_as_before()
    {
        var life = new Life(Life.Plan()).Start("2026-06-01");
        life.Cancel("2026-06-10", at: null);
        Assert.True(life.Uncancel().IsAccepted);
        life.Until("2026-07-01");
        Assert.Equal(2, life.Invoices.Count);
        Assert.Equal("no_pending_cancellation", life.Uncancel().Refusal!.Code);
    }

    [Fact]
    public void An_instant_may_lie_back_within_the_current_period_only()
    {
        var life = new Life(Life.Plan()).Start("2026-06-01").Until("2026-07-10");
        Assert.Equal("outside_period", life.Cancel("2026-07-10", Life.Utc("2026-06-30")).Refusal!.Code);
        Assert.True(life.Cancel("2026-07-10", Life.Utc("2026-07-01")).IsAccepted);
        Assert.Equal(-3000, life.Invoices[^1].Totals.Total);
    }

    [Fact]
    public void A_scheduled_end_within_a_later_period_credits_its_rest()
    {
        var life = new Life(Life.Plan()).Start("2026-06-01", order => order with { EndsAt = Life.Utc("2026-07-16T12:00:00Z") });
        life.Until("2026-09-01");
        Assert.Equal([3000, 3000, -1548], life.Invoices.Select(invoice => invoice.Totals.Total));
        Assert.Equal(SubscriptionStatus.Canceled, life.State.Status);
    }

    [Fact]
    public void A_trial_canceled_makes_no_document()
    {
        var life = new Life(Life.Plan(trialDays: 14)).Start("2026-06-01");
        life.Cancel("2026-06-03", at: null);
        life.Until("2026-08-01");
        Assert.Equal(Life.Utc("2026-06-15"), life.State.EndedAt);
        Assert.Empty(life.Invoices);
        Assert.Equal("subscription_ended", life.Cancel("2026-08-02", at: null).Refusal!.Code);
    }

    [Fact]
    public void Lines_of_void_documents_count_as_not_billed()
    {
        var life = new Life(Life.Plan()).Start("2026-06-01");
        var id = life.Invoices[0].Id;
        life.Standing[id] = new CreditableInvoice(id, InvoiceStatus.Void, 0);
        life.Cancel("2026-06-10", Life.Utc("2026-06-10"));
        Assert.Single(life.Invoices);
        Assert.Equal(0, life.Balance);
    }

    [Fact]
    public void A_credit_first_lowers_what_is_due_on_the_open_invoice_that_it_credits()
    {
        var life = new Life(Life.Plan()).Start("2026-06-01");
        var id = life.Invoices[0].Id;
        life.Standing[id] = new CreditableInvoice(id, InvoiceStatus.Open, 3000);
        var step = life.Cancel("2026-06-11", Life.Utc("2026-06-11")).Value;
        var sent = Assert.Single(step.Documents.CreditsSent);
        Assert.Equal((id, 2000), (sent.Invoice, sent.Amount));
        Assert.Equal(0, life.Balance);
    }
}
