using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Trials are lengthened, shortened and ended.</summary>
public sealed class SubscriptionTrialTests
{
    /// <summary>A trial of 14 days from 6 January.</summary>
    [Theory]
    // Longer, even across months: the schedule begins at the new end.
    [InlineData("start", "2026-01-10", "2026-02-10", "2026-02-10", "2026-03-10", 3000)]
    [InlineData("start", "2026-01-10", "2026-01-31", "2026-01-31", "2026-02-28", 3000)]
    // Other anchors stay where the start put them: 19 of 28 days, 5 of 31 days.
    [InlineData("calendar", "2026-01-10", "2026-02-10", "2026-02-10", "2026-03-01", 2036)]
    [InlineData("day_of_month", "2026-01-10", "2026-02-10", "2026-02-10", "2026-02-15", 484)]
    // Shorter, and at once: what lies back is now.
    [InlineData("start", "2026-01-10", "2026-01-12", "2026-01-12", "2026-02-12", 3000)]
    [InlineData("start", "2026-01-10", "2026-01-10", "2026-01-10", "2026-02-10", 3000)]
    [InlineData("start", "2026-01-10", "2026-01-02", "2026-01-10", "2026-02-10", 3000)]
    [InlineData("start", "2026-01-10", null, "2026-01-10", "2026-02-10", 3000)]
    [InlineData("calendar", "2026-01-10", null, "2026-01-10", "2026-02-01", 2129)]
    public void The_first_paid_period_begins_at_the_trials_new_end(string anchor, string now, string? end, string from, string to, long total)
    {
        AnchorRule rule = anchor switch { "start" => new StartAnchor(), "calendar" => new CalendarAnchor(), _ => new DayOfMonthAnchor(15) };
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-01-06", order => order with { Anchor = rule });
        Assert.True(life.Trial(now, end).IsAccepted);
        Assert.Equal(Life.Utc(from), life.State.TrialEnd);
        life.Until(from);
        var invoice = Assert.Single(life.Invoices);
        Assert.Equal((SubscriptionStatus.Active, total), (life.State.Status, invoice.Totals.Total));
        Assert.Equal((Life.Utc(from), Life.Utc(to)), (life.State.CurrentPeriod.Start, life.State.CurrentPeriod.End));
    }

    [Fact]
    public void Lesson_a_trial_extended_across_a_month_loses_no_period_and_forgets_its_old_end()
    {
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-01-20");
        life.Trial("2026-02-01", "2026-03-15");
        life.Trial("2026-03-10", "2026-04-30");
        life.Until("2026-07-31");
        // The trial is one period; the paid ones follow it without a gap, from the new end and by its day.
        Assert.Equal(
            ["2026-04-30T00:00:00Z", "2026-05-30T00:00:00Z", "2026-06-30T00:00:00Z", "2026-07-30T00:00:00Z"],
            life.Invoices.Select(invoice => invoice.Lines[0].Draft.Period.Start.ToString()));
        Assert.Equal(Life.Utc("2026-01-20"), life.Periods[0].Start);
        Assert.Equal(Life.Utc("2026-04-30"), life.Periods.TakeWhile(period => period.Start < Life.Utc("2026-04-30")).Last().End);
    }

    [Fact]
    public void What_waits_for_the_trials_end_moves_with_it_and_an_instant_stays()
    {
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-06-01");
        life.Change("2026-06-02", Max, order: order => order with { At = null });
        life.Cancel("2026-06-02", at: null);
        life.Pause("2026-06-02", at: "2026-06-10");
        life.Trial("2026-06-03", "2026-06-20");
        Assert.Equal(
            (Life.Utc("2026-06-20"), Life.Utc("2026-06-20"), Life.Utc("2026-06-10")),
            (life.State.PendingChange!.At, life.State.CancelAt!.Value, life.State.PendingPause!.At));
    }

    [Fact]
    public void A_trial_ended_now_takes_the_change_that_waited_for_its_end_along()
    {
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-06-01");
        life.Change("2026-06-02", Max, order: order => order with { At = null });
        life.Trial("2026-06-05", null);
        Assert.Equal(("max", 6000), (life.State.Plan, Assert.Single(life.Invoices).Totals.Total));
        Assert.Equal(Life.Utc("2026-07-05"), life.State.CurrentPeriod.End);
    }

    [Fact]
    public void A_trial_that_was_to_end_the_subscription_ends_it_now()
    {
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-06-01");
        life.Cancel("2026-06-02", at: null);
        life.Trial("2026-06-05", null);
        Assert.Equal((SubscriptionStatus.Canceled, 0), (life.State.Status, life.Invoices.Count));
    }

    [Fact]
    public void A_paused_trial_moves_too_and_ends_in_the_pause()
    {
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-06-01");
        life.Pause("2026-06-05");
        life.Trial("2026-06-06", null);
        Assert.Equal((SubscriptionStatus.Paused, 0), (life.State.Status, life.Invoices.Count));
        life.Resume("2026-06-16");
        Assert.Equal(2000, Assert.Single(life.Invoices).Totals.Total);
    }

    [Fact]
    public void A_trial_that_ended_without_a_method_may_be_given_more_time()
    {
        var life = new Life(Pro with { TrialDays = 14 }, withMethod: false).Start("2026-06-01", order => order with { TrialMissingMethod = TrialMissingMethod.Pause });
        life.Until("2026-06-20");
        Assert.Equal("trial_over", life.Trial("2026-06-20", null).Refusal!.Code);
        Assert.True(life.Trial("2026-06-20", "2026-06-30").IsAccepted);
        Assert.Equal((SubscriptionStatus.Trialing, null), (life.State.Status, life.State.PausedAt));
        life.Until("2026-06-30");
        Assert.Equal(SubscriptionStatus.Paused, life.State.Status);
    }

    [Theory]
    [InlineData("2026-06-20", 0, "2026-06-20")]
    [InlineData("2026-06-05", 1, null)]
    public void Before_the_start_a_trial_is_given_or_taken(string end, int invoicesAtStart, string? trialEnd)
    {
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-06-01", order => order with { StartAt = Life.Utc("2026-06-10") });
        Assert.True(life.Trial("2026-06-02", end).IsAccepted);
        life.Until("2026-06-10");
        Assert.Equal(invoicesAtStart, life.Invoices.Count);
        Assert.Equal(trialEnd is null ? null : Life.Utc(trialEnd), life.State.TrialEnd);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-06-01");
        Assert.Equal("nothing_to_change", life.Trial("2026-06-02", "2026-06-15").Refusal!.Code);
        Assert.Equal("trial_end_out_of_range", life.Trial("2026-06-02", "2028-06-01").Refusal!.Code);
        life.Until("2026-06-15");
        Assert.Equal("subscription_already_paid", life.Trial("2026-06-16", "2026-06-20").Refusal!.Code);
        life.Pause("2026-06-16");
        Assert.Equal("subscription_already_paid", life.Trial("2026-06-17", "2026-06-20").Refusal!.Code);
        life.Cancel("2026-06-18", Life.Utc("2026-06-18"));
        Assert.Equal("subscription_ended", life.Trial("2026-06-19", "2026-06-20").Refusal!.Code);
    }
}
