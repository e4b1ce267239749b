using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

public sealed class SubscriptionPeriodsTests
{
    [Fact]
    public void A_month_is_billed_at_its_start_and_every_boundary_comes_from_the_anchor()
    {
        var life = new Life(Life.Plan()).Start("2026-01-31").Until("2026-06-15");
        Assert.Equal(
            ["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z", "2026-05-31T00:00:00Z"],
            life.Invoices.Select(invoice => invoice.Lines[0].Draft.Period.Start.ToString()));
        Assert.All(life.Invoices, invoice => Assert.Equal(3000, invoice.AmountDue));
        Assert.Equal(SubscriptionStatus.Active, life.State.Status);
    }

    [Theory]
    [InlineData(ProrationPolicy.Day, 2026, 1, 22, "10/31", 968)]
    [InlineData(ProrationPolicy.Second, 2026, 1, 22, "864000/2678400", 968)]
    [InlineData(ProrationPolicy.Day30, 2026, 1, 22, "9/30", 900)]
    public void A_first_partial_period_is_charged_by_its_share_of_the_nominal_one(
        ProrationPolicy policy, int year, int month, int day, string share, long amount)
    {
        var start = Instant.FromUtc(year, month, day, 0, 0);
        var life = new Life(Life.Plan()).Start(start, order => order with { Anchor = new DayOfMonthAnchor(1), Proration = policy });
        var line = Assert.Single(Assert.Single(life.Invoices).Lines);
        Assert.Equal(amount, line.Draft.Amount);
        Assert.Equal(Parsed(share), line.Draft.Proration!.Share.Value, 20);
        life.Until("2026-02-01");
        Assert.Equal(3000, life.Invoices[1].AmountDue);
        Assert.Null(life.Invoices[1].Lines[0].Draft.Proration);
    }

    [Fact]
    public void A_first_partial_period_under_none_bills_nothing_until_the_next_period()
    {
        var life = new Life(Life.Plan()).Start("2026-01-22", order => order with { Anchor = new CalendarAnchor(), Proration = ProrationPolicy.None });
        Assert.Empty(life.Invoices);
        life.Until("2026-02-01");
        Assert.Equal(3000, Assert.Single(life.Invoices).AmountDue);
    }

    [Fact]
    public void A_trial_alone_makes_no_invoice_and_the_first_paid_period_starts_at_its_end()
    {
        var life = new Life(Life.Plan(trialDays: 14, prices: [Life.Flat("base", 3000), Life.OneTime("setup", 500)])).Start("2026-01-22");
        Assert.Equal(SubscriptionStatus.Trialing, life.State.Status);
        Assert.Empty(life.Invoices);
        life.Until("2026-02-05");
        Assert.Equal(3500, Assert.Single(life.Invoices).AmountDue);
        Assert.Equal(Life.Utc("2026-03-05"), life.State.CurrentPeriod.End);
        life.Until("2026-03-05");
        Assert.Equal(3000, life.Invoices[1].AmountDue);
    }

    [Theory]
    [InlineData(TrialMissingMethod.Invoice, SubscriptionStatus.Active, 1)]
    [InlineData(TrialMissingMethod.Pause, SubscriptionStatus.Paused, 0)]
    [InlineData(TrialMissingMethod.Cancel, SubscriptionStatus.Canceled, 0)]
    public void A_trial_that_ends_without_a_method_does_what_the_subscription_says(TrialMissingMethod setting, SubscriptionStatus status, int invoices)
    {
        var life = new Life(Life.Plan(trialDays: 7), withMethod: false)
            .Start("2026-01-01", order => order with { TrialMissingMethod = setting })
            .Until("2026-01-20");
        Assert.Equal(status, life.State.Status);
        Assert.Equal(invoices, life.Invoices.Count);
    }

    [Fact]
    public void A_paused_trial_resumes_into_its_first_paid_period()
    {
        var life = new Life(Life.Plan(trialDays: 7), withMethod: false)
            .Start("2026-01-01", order => order with { TrialMissingMethod = TrialMissingMethod.Pause })
            .Until("2026-01-20");
        Assert.True(life.Resume("2026-01-25").IsAccepted);
        Assert.Equal(Life.Utc("2026-01-25"), life.State.CurrentPeriod.Start);
        Assert.Single(life.Invoices);
        Assert.Equal("subscription_not_paused", life.Resume("2026-01-26").Refusal!.Code);
    }

    [Fact]
    public void An_outage_is_caught_up_period_by_period_and_late_documents_keep_the_periods_of_their_due_time()
    {
        var life = new Life(Life.Plan()).Start("2026-01-15").Until("2026-05-20");
        Assert.Equal(5, life.Invoices.Count);
        Assert.All(life.Invoices.Skip(1), invoice => Assert.Equal(Life.Utc("2026-05-20"), invoice.IssuedAt));
        Assert.Equal(Life.Utc("2026-03-15"), life.Invoices[2].Lines[0].Draft.Period.Start);
    }

    [Fact]
    public void A_start_that_lies_ahead_bills_nothing_before_it()
    {
        var life = new Life(Life.Plan()).Start("2026-01-01", order => order with { StartAt = Life.Utc("2026-02-10") });
        Assert.Equal(SubscriptionStatus.Incomplete, life.State.Status);
        life.Until("2026-02-09");
        Assert.Empty(life.Invoices);
        life.Until("2026-02-10");
        Assert.Equal(Life.Utc("2026-02-10"), Assert.Single(life.Invoices).Lines[0].Draft.Period.Start);
    }

    [Fact]
    public void A_changed_time_zone_holds_from_the_next_boundary_which_stays_the_instant_it_was()
    {
        var life = new Life(Life.Plan(), "America/New_York").Start("2026-01-15T05:00:00Z");
        life.MoveTo("Asia/Tokyo").Until("2026-04-20");
        Assert.Equal("2026-02-15T05:00:00Z", life.Invoices[1].Lines[0].Draft.Period.Start.ToString());
        Assert.Equal("2026-03-15T05:00:00Z", life.Invoices[2].Lines[0].Draft.Period.Start.ToString());
        for (var i = 1; i < life.Periods.Count; i++)
        {
            Assert.Equal(life.Periods[i - 1].End, life.Periods[i].Start);
        }
    }

    private static decimal Parsed(string share)
    {
        var parts = share.Split('/');
        return decimal.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture) / decimal.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
