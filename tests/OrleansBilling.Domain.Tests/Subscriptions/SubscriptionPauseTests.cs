using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Pauses: what they credit, what a resume charges, and what runs on meanwhile.</summary>
public sealed class SubscriptionPauseTests
{
    /// <summary>A month of 3000 from 31 January, so that boundaries are 28 February, 31 March, 30 April, 31 May.</summary>
    [Theory]
    // Within one month: what is credited from the pause on is charged again from the resume on.
    [InlineData(null, "2026-03-10", "2026-03-20", -2032, 1065, "2026-03-31")]
    [InlineData(ProrationPolicy.Day, "2026-03-10", "2026-03-10", -2032, 2032, "2026-03-31")]
    [InlineData(ProrationPolicy.Second, "2026-03-10T12:00:00Z", "2026-03-20T12:00:00Z", -1984, 1016, "2026-03-31")]
    [InlineData(ProrationPolicy.Day30, "2026-03-10", "2026-03-20", -1800, 800, "2026-03-31")]
    // At the very start of a period all of it is unused, and on its last day one day.
    [InlineData(ProrationPolicy.Day, "2026-02-28", "2026-03-30", -3000, 97, "2026-03-31")]
    [InlineData(ProrationPolicy.Day, "2026-03-30", "2026-03-30T18:00:00Z", -97, 97, "2026-03-31")]
    // Across month ends: the rest of the nominal period that runs at the resume.
    [InlineData(ProrationPolicy.Day, "2026-03-10", "2026-04-10", -2032, 2000, "2026-04-30")]
    [InlineData(ProrationPolicy.Day, "2026-02-10", "2026-05-30", -1929, 97, "2026-05-31")]
    [InlineData(ProrationPolicy.Second, "2026-02-10", "2026-05-01", -1929, 2903, "2026-05-31")]
    [InlineData(ProrationPolicy.Day30, "2026-02-10", "2026-05-01", -2000, 2900, "2026-05-31")]
    // At exactly a boundary a whole period is charged, and the renewal of that instant is not done besides.
    [InlineData(ProrationPolicy.Day, "2026-03-10", "2026-03-31", -2032, 3000, "2026-04-30")]
    [InlineData(ProrationPolicy.Day, "2026-03-10", "2026-05-31", -2032, 3000, "2026-06-30")]
    // None: nothing is credited; a resume inside the paid period charges nothing, a later one the rest by day.
    [InlineData(ProrationPolicy.None, "2026-03-10", "2026-03-20", 0, 0, "2026-03-31")]
    [InlineData(ProrationPolicy.None, "2026-03-10", "2026-04-10", 0, 2000, "2026-04-30")]
    [InlineData(ProrationPolicy.None, "2026-03-10", "2026-03-31", 0, 3000, "2026-04-30")]
    public void A_pause_credits_the_unused_rest_and_a_resume_charges_the_rest_of_the_period_that_runs(
        ProrationPolicy? policy, string pause, string resume, long credit, long charge, string next)
    {
        var life = new Life(Pro).Start("2026-01-31").Until(pause);
        var before = life.Invoices.Count;
        Assert.True(life.Pause(pause, policy).IsAccepted);
        Assert.Equal((SubscriptionStatus.Paused, Life.Utc(pause)), (life.State.Status, life.State.PausedAt));
        life.Until(resume);
        Assert.Equal(credit, life.Invoices.Skip(before).Sum(invoice => invoice.Totals.Subtotal));
        Assert.True(life.Resume(resume).IsAccepted);
        Assert.Equal(charge, life.Invoices.Skip(before).Sum(invoice => invoice.Totals.Subtotal) - credit);
        Assert.Equal((SubscriptionStatus.Active, Life.Utc(next)), (life.State.Status, life.State.CurrentPeriod.End));
        Assert.Null(life.State.PausedAt);

        // The next boundary is the anchor's, and bills a whole period.
        life.Until(next);
        Assert.Equal(3000, life.Invoices[^1].Totals.Subtotal);
        Assert.Equal(Life.Utc(next), life.Invoices[^1].Lines[0].Draft.Period.Start);
    }

    [Fact]
    public void Paused_time_bills_no_renewal_and_a_timed_resume_comes_by_itself()
    {
        var life = new Life(Pro).Start("2026-01-31");
        life.Pause("2026-02-10", resumesAt: "2026-05-15");
        Assert.Equal([(DueKind.Resume, Life.Utc("2026-05-15"))], SubscriptionDueWork.Of(life.State));
        life.Until("2026-05-20");
        // 16 of 31 days, dated by the instant of the resume however late it runs.
        Assert.Equal([3000, -1929, 1548], life.Invoices.Select(invoice => invoice.Totals.Total));
        var line = Assert.Single(life.Invoices[2].Lines);
        Assert.Equal((Life.Utc("2026-05-15"), Life.Utc("2026-05-31")), (line.Draft.Period.Start, line.Draft.Period.End));
        Assert.Equal(new Share(16, 31), line.Draft.Proration!.Share);
    }

    [Fact]
    public void A_pause_at_the_end_of_the_period_leaves_the_renewal_out()
    {
        var life = new Life(Pro).Start("2026-01-31");
        life.Pause("2026-02-10", atPeriodEnd: true, resumesAt: "2026-03-31");
        Assert.Equal((SubscriptionStatus.Active, Life.Utc("2026-02-28")), (life.State.Status, life.State.PendingPause!.At));
        life.Until("2026-03-30");
        Assert.Equal(SubscriptionStatus.Paused, life.State.Status);
        Assert.Single(life.Invoices);
        life.Until("2026-03-31");
        Assert.Equal([3000, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void A_pause_at_an_instant_ahead_waits_for_it_even_past_renewals()
    {
        var life = new Life(Pro).Start("2026-01-31");
        life.Pause("2026-02-10", ProrationPolicy.Day, at: "2026-03-21");
        life.Until("2026-03-25");
        Assert.Equal([3000, 3000, -968], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void A_pause_may_be_dated_back_to_the_last_change_within_the_period()
    {
        var life = new Life(Pro).Start("2026-06-01");
        Assert.Equal("outside_period", life.Pause("2026-07-05", at: "2026-06-30").Refusal!.Code);
        life.Change("2026-07-05", Max, ProrationPolicy.Day);
        Assert.Equal("before_last_change", life.Pause("2026-07-10", at: "2026-07-04").Refusal!.Code);
        Assert.True(life.Pause("2026-07-10", at: "2026-07-05").IsAccepted);
        // All of what the change charged: 27 of 31 days.
        Assert.Equal(-5226, life.Invoices[^1].Totals.Total);
        Assert.Equal("before_last_change", life.Cancel("2026-07-11", Life.Utc("2026-07-04")).Refusal!.Code);
    }

    [Fact]
    public void A_new_scheduled_pause_replaces_the_one_that_waits_and_a_resume_takes_it_back()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-05", atPeriodEnd: true);
        life.Pause("2026-06-06", at: "2026-06-21");
        Assert.Equal(Life.Utc("2026-06-21"), life.State.PendingPause!.At);
        Assert.True(life.Resume("2026-06-07").IsAccepted);
        Assert.Null(life.State.PendingPause);
        life.Until("2026-07-01");
        Assert.Equal([3000, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
        Assert.Equal(2, life.Events.Count(told => told.Type == "subscription.pause_dropped"));
    }

    [Fact]
    public void Pausing_twice_is_refused_and_a_resume_ahead_sets_its_instant()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11");
        Assert.Equal("subscription_paused", life.Pause("2026-06-12").Refusal!.Code);
        Assert.True(life.Resume("2026-06-12", at: "2026-08-01").IsAccepted);
        Assert.Equal(Life.Utc("2026-08-01"), life.State.Pause!.ResumesAt);
        Assert.True(life.Resume("2026-06-13", atPeriodEnd: true).IsAccepted);
        life.Until("2026-07-01");
        Assert.Equal([3000, -2000, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void A_resume_may_be_dated_back_within_the_pause_and_the_period_that_runs()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11");
        Assert.Equal("outside_period", life.Resume("2026-06-20", at: "2026-06-10").Refusal!.Code);
        Assert.Equal("outside_period", life.Resume("2026-08-20", at: "2026-07-31").Refusal!.Code);
        Assert.True(life.Resume("2026-08-20", at: "2026-08-11").IsAccepted);
        Assert.Equal(2032, life.Invoices[^1].Totals.Total);
    }

    [Theory]
    [InlineData("2026-06-05", "2026-06-20", "2026-06-15")]
    [InlineData("2026-06-05", "2026-06-12", "2026-06-15")]
    public void A_trial_runs_on_in_a_pause(string pause, string resume, string trialEnd)
    {
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-06-01");
        life.Pause(pause);
        life.Until("2026-06-10");
        Assert.Equal(SubscriptionStatus.Paused, life.State.Status);
        life.Resume(resume);
        life.Until("2026-06-21");
        // Back within the trial its end bills a whole period; after it the resume bills the rest of the first paid one.
        Assert.Equal(resume == "2026-06-12" ? 3000 : 2500, Assert.Single(life.Invoices).Totals.Total);
        Assert.Equal(Life.Utc("2026-07-15"), life.State.CurrentPeriod.End);
        Assert.Equal(Life.Utc(trialEnd), life.State.TrialEnd);
        Assert.Contains(life.Events, told => told.Type == "subscription.trial_ended");
    }

    [Fact]
    public void A_pause_at_the_end_of_the_trial_begins_no_paid_period_and_bills_one_time_prices_at_the_resume()
    {
        var life = new Life(SetUp with { TrialDays = 14 }).Start("2026-06-01");
        life.Pause("2026-06-05", atPeriodEnd: true);
        life.Until("2026-06-16");
        Assert.Equal((SubscriptionStatus.Paused, 0), (life.State.Status, life.Invoices.Count));
        life.Resume("2026-06-25");
        Assert.Equal([2000, 5000], Assert.Single(life.Invoices).Lines.Select(line => line.Draft.Amount));
        life.Until("2026-07-15");
        Assert.Equal(3000, life.Invoices[1].Totals.Total);
    }

    [Theory]
    [InlineData(TrialMissingMethod.Cancel, SubscriptionStatus.Canceled)]
    [InlineData(TrialMissingMethod.Pause, SubscriptionStatus.Paused)]
    [InlineData(TrialMissingMethod.Invoice, SubscriptionStatus.Active)]
    public void A_trial_that_ends_in_a_pause_without_a_method_does_what_the_subscription_says(TrialMissingMethod setting, SubscriptionStatus status)
    {
        var life = new Life(Pro with { TrialDays = 14 }, withMethod: false).Start("2026-06-01", order => order with { TrialMissingMethod = setting });
        life.Pause("2026-06-05", resumesAt: "2026-06-25");
        life.Until("2026-07-01");
        Assert.Equal(status, life.State.Status);
        Assert.Equal(setting is TrialMissingMethod.Invoice ? 1 : 0, life.Invoices.Count);
    }

    [Fact]
    public void Cancel_date_and_collection_run_on_in_a_pause()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Cancel("2026-06-05", Life.Utc("2026-07-15"));
        life.Pause("2026-06-11", resumesAt: "2026-08-01");
        Assert.NotNull(life.Collection("2026-06-12", pastDue: true, exhausted: false));
        Assert.Equal((SubscriptionStatus.Paused, SubscriptionStatus.PastDue), (life.State.Status, life.State.Pause!.Returns));
        life.Until("2026-08-02");
        Assert.Equal((SubscriptionStatus.Canceled, Life.Utc("2026-07-15")), (life.State.Status, life.State.EndedAt));
        Assert.Equal([3000, -2000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void A_resume_returns_to_how_collection_stands()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11");
        life.Collection("2026-06-12", pastDue: true, exhausted: true);
        life.Resume("2026-06-21");
        Assert.Equal(SubscriptionStatus.Unpaid, life.State.Status);
        // Unpaid makes invoices that are not charged.
        Assert.Equal(Accounts.CollectionMode.SendInvoice, life.Invoices[^1].Facts.Collection);
    }

    [Theory]
    [InlineData(ProrationPolicy.Day, 0)]
    [InlineData(ProrationPolicy.None, -1000)]
    public void An_end_in_a_pause_credits_what_the_pause_left_billed(ProrationPolicy policy, long credit)
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11", policy);
        var before = life.Invoices.Count;
        life.Cancel("2026-06-21", Life.Utc("2026-06-21"), ProrationPolicy.Day);
        Assert.Equal(credit, life.Invoices.Skip(before).Sum(invoice => invoice.Totals.Total));
        Assert.Equal(SubscriptionStatus.Canceled, life.State.Status);
    }

    [Fact]
    public void In_a_pause_period_end_is_the_end_of_the_period_or_now_where_that_has_passed()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11", ProrationPolicy.None);
        Assert.True(life.Cancel("2026-06-12", at: null).IsAccepted);
        Assert.Equal(Life.Utc("2026-07-01"), life.State.CancelAt);
        life.Uncancel();
        life.Until("2026-07-05");
        life.Cancel("2026-07-05", at: null);
        Assert.Equal((SubscriptionStatus.Canceled, Life.Utc("2026-07-05")), (life.State.Status, life.State.EndedAt));
    }

    [Fact]
    public void Days_of_pause_and_resume_are_local_days_and_clock_changes_count_as_days()
    {
        // Summer time begins on 29 March in Berlin: 31 local days all the same.
        var life = new Life(Pro, "Europe/Berlin").Start("2026-02-28T23:00:00Z");
        life.Pause("2026-03-21T23:30:00Z");
        life.Resume("2026-03-29T22:30:00Z");
        Assert.Equal([-968, 194], life.Invoices.Skip(1).Select(invoice => invoice.Totals.Total));
        Assert.Equal(new Share(2, 31), life.Invoices[2].Lines[0].Draft.Proration!.Share);
        Assert.Equal(Life.Utc("2026-03-31T22:00:00Z"), life.State.CurrentPeriod.End);
    }

    [Fact]
    public void A_zone_changed_in_a_pause_holds_from_the_next_boundary_which_stays_the_instant_it_was()
    {
        var life = new Life(Pro, "America/New_York").Start("2026-01-15T05:00:00Z");
        life.Pause("2026-02-01T05:00:00Z");
        life.MoveTo("Asia/Tokyo").Resume("2026-04-01T05:00:00Z");
        Assert.Equal(Life.Utc("2026-04-15T04:00:00Z"), life.State.CurrentPeriod.End);
        life.Until("2026-06-01");
        Assert.Equal(("2026-05-15T04:00:00Z", "2026-06-15T04:00:00Z"), (life.State.CurrentPeriod.Start.ToString(), life.State.CurrentPeriod.End.ToString()));
    }

    [Theory]
    [InlineData(ProrationPolicy.FullDifference, "full_difference_needs_change")]
    [InlineData(null, "resumes_before_pause")]
    public void A_pause_that_cannot_be_is_refused(ProrationPolicy? policy, string code)
    {
        var life = new Life(Pro).Start("2026-06-01");
        Assert.Equal(code, life.Pause("2026-06-11", policy, resumesAt: "2026-06-11").Refusal!.Code);
        Assert.Single(life.Invoices);
    }

    [Fact]
    public void Before_its_start_and_after_its_end_nothing_can_be_paused()
    {
        var life = new Life(Pro).Start("2026-06-01", order => order with { StartAt = Life.Utc("2026-06-10") });
        Assert.Equal("subscription_not_started", life.Pause("2026-06-02").Refusal!.Code);
        life.Until("2026-06-10");
        Assert.Equal("subscription_not_paused", life.Resume("2026-06-11").Refusal!.Code);
        life.Cancel("2026-06-12", Life.Utc("2026-06-12"));
        Assert.Equal("subscription_ended", life.Pause("2026-06-13").Refusal!.Code);
    }

    [Fact]
    public void An_end_drops_the_pause_that_waits()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-05", at: "2026-06-20");
        life.Cancel("2026-06-10", Life.Utc("2026-06-10"));
        Assert.Empty(SubscriptionDueWork.Of(life.State));
        Assert.Contains(life.Events, told => told.Type == "subscription.pause_dropped");
    }
}
