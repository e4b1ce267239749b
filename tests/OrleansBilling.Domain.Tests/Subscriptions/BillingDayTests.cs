using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>A change that moves the billing day.</summary>
public sealed class BillingDayTests
{
    /// <summary>A month of 3000 from 1 June, moved on 11 June: 20 of 30 days are credited.</summary>
    [Theory]
    // The part up to the new first boundary by its share of the nominal period that ends there: 4/31, 20/31 of 15 May to 15 June and 31 May to 30 June.
    [InlineData("day:15", ProrationPolicy.Day, -2000, 387, "4/31", "2026-06-15", "2026-07-15")]
    [InlineData("day:15", ProrationPolicy.Second, -2000, 387, "345600/2678400", "2026-06-15", "2026-07-15")]
    [InlineData("day:15", ProrationPolicy.Day30, -2000, 400, "4/30", "2026-06-15", "2026-07-15")]
    [InlineData("day:31", ProrationPolicy.Day, -2000, 1900, "19/30", "2026-06-30", "2026-07-31")]
    [InlineData("day:5", ProrationPolicy.Day, -2000, 2400, "24/30", "2026-07-05", "2026-08-05")]
    // The day of the change itself: a whole period.
    [InlineData("day:11", ProrationPolicy.Day, -2000, 3000, null, "2026-07-11", "2026-08-11")]
    [InlineData("start", ProrationPolicy.Day, -2000, 3000, null, "2026-07-11", "2026-08-11")]
    [InlineData("at:2026-05-20T08:00:00Z", ProrationPolicy.Day, -2000, 871, "9/31", "2026-06-20T08:00:00Z", "2026-07-20T08:00:00Z")]
    public void A_moved_billing_day_credits_all_unused_time_and_charges_up_to_the_new_first_boundary(
        string anchor, ProrationPolicy policy, long credit, long charge, string? share, string end, string next)
    {
        var life = new Life(Pro).Start("2026-06-01");
        Assert.True(life.Change("2026-06-11", null, policy, order => order with { Anchor = Rule(anchor) }).IsAccepted);
        Assert.Equal([credit, charge], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        Assert.Equal(share, life.Invoices[1].Lines[1].Draft.Proration?.Share.ToString());
        Assert.Equal((Life.Utc("2026-06-11"), Life.Utc(end)), (life.State.CurrentPeriod.Start, life.State.CurrentPeriod.End));
        life.Until(end);
        Assert.Equal((3000, Life.Utc(next)), (life.Invoices[2].Totals.Total, life.State.CurrentPeriod.End));
    }

    [Theory]
    [InlineData(ProrationPolicy.None, false)]
    [InlineData(null, true)]
    public void By_none_and_at_the_end_of_the_period_the_day_moves_with_the_next_period(ProrationPolicy? policy, bool atPeriodEnd)
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", null, policy, order => order with { Anchor = new DayOfMonthAnchor(15), At = atPeriodEnd ? null : order.At });
        Assert.Equal((Life.Utc("2026-07-01"), 1), (life.State.CurrentPeriod.End, life.Invoices.Count));
        life.Until("2026-07-15");
        // 14 of 30 days of 15 June to 15 July.
        Assert.Equal([3000, 1400, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
        Assert.Equal(new DayOfMonthAnchor(15), life.State.AnchorRule);
    }

    [Fact]
    public void A_change_of_plan_and_day_at_once_is_one_invoice()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", Max, ProrationPolicy.Day, order => order with { Anchor = new DayOfMonthAnchor(15) });
        Assert.Equal([-2000, 774], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        // A credit of the part that was billed counts over its own numerator: 2 of 4 days.
        life.Cancel("2026-06-13", Life.Utc("2026-06-13"), ProrationPolicy.Day);
        Assert.Equal(-387, life.Invoices[2].Totals.Total);
    }

    [Fact]
    public void Another_interval_may_be_given_its_anchor()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", Annual, ProrationPolicy.Day, order => order with { Anchor = new CalendarAnchor() });
        Assert.Equal([-2000, 16767], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        Assert.Equal(Life.Utc("2027-01-01"), life.State.CurrentPeriod.End);
    }

    [Theory]
    [InlineData("day:1")]
    [InlineData("calendar")]
    [InlineData("at:2026-03-01T00:00:00Z")]
    public void The_boundaries_that_are_there_are_no_change(string anchor)
    {
        var life = new Life(Pro).Start("2026-06-01");
        Assert.Equal("nothing_to_change", life.Change("2026-06-11", null, order: order => order with { Anchor = Rule(anchor) }).Refusal!.Code);
        // With another plan it is a change within the period: credited and charged for its rest.
        life.Change("2026-06-11", Max, ProrationPolicy.Day, order => order with { Anchor = Rule(anchor) });
        Assert.Equal(([-2000L, 4000L], Life.Utc("2026-07-01")), (life.Invoices[1].Lines.Select(line => line.Draft.Amount).ToArray(), life.State.CurrentPeriod.End), Comparer);
    }

    [Fact]
    public void Days_that_only_meet_in_february_are_not_the_same()
    {
        var life = new Life(Pro).Start("2026-01-31");
        life.Until("2026-02-28");
        Assert.True(life.Change("2026-03-05", null, ProrationPolicy.Day, order => order with { Anchor = new DayOfMonthAnchor(28) }).IsAccepted);
        Assert.Equal(Life.Utc("2026-03-28"), life.State.CurrentPeriod.End);
        life.Until("2027-03-01");
        Assert.All(life.Periods.Skip(3), period => Assert.Equal(28, period.Start.InUtc().Day));
    }

    [Fact]
    public void A_day_that_waits_for_the_periods_end_is_taken_back_by_the_present_one()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", null, ProrationPolicy.None, order => order with { Anchor = new DayOfMonthAnchor(15) });
        life.Change("2026-06-12", null, ProrationPolicy.None, order => order with { Anchor = new DayOfMonthAnchor(1) });
        life.Until("2026-07-15");
        Assert.Equal([3000, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void In_a_trial_and_in_a_pause_the_day_moves_without_lines()
    {
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-06-01");
        life.Change("2026-06-05", null, order: order => order with { Anchor = new DayOfMonthAnchor(25) });
        life.Until("2026-06-15");
        Assert.Equal((968, Life.Utc("2026-06-25")), (Assert.Single(life.Invoices).Totals.Total, life.State.CurrentPeriod.End));
        life.Pause("2026-06-20");
        life.Change("2026-06-21", null, order: order => order with { Anchor = new DayOfMonthAnchor(1) });
        Assert.Equal(2, life.Invoices.Count);
        life.Resume("2026-06-22");
        Assert.Equal((900, Life.Utc("2026-07-01")), (life.Invoices[2].Totals.Subtotal, life.State.CurrentPeriod.End));
    }

    [Fact]
    public void A_moved_day_is_midnight_of_the_zone_of_today()
    {
        var life = new Life(Pro, "America/New_York").Start("2026-06-01T04:00:00Z");
        life.MoveTo("Asia/Tokyo");
        life.Change("2026-06-11", null, ProrationPolicy.Day, order => order with { Anchor = new DayOfMonthAnchor(20) });
        Assert.Equal(Life.Utc("2026-06-19T15:00:00Z"), life.State.CurrentPeriod.End);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        var life = new Life(Named("weekly", Life.Plan("week"))).Start("2026-06-01");
        Assert.Equal("anchor_needs_months", life.Change("2026-06-02", null, order: order => order with { Anchor = new DayOfMonthAnchor(15) }).Refusal!.Code);
        Assert.Equal("anchor_given_twice", life.Change("2026-06-02", null, order: order => order with { Anchor = new CalendarAnchor(), AnchorReset = false }).Refusal!.Code);
        Assert.Equal("policy_needs_same_interval", life.Change("2026-06-02", null, ProrationPolicy.FullDifference, order => order with { Anchor = new StartAnchor() }).Refusal!.Code);
        Assert.Single(life.Invoices);
    }

    private static AnchorRule Rule(string text) => text.Split(':', 2) switch
    {
        ["day", var day] => new DayOfMonthAnchor(int.Parse(day, System.Globalization.CultureInfo.InvariantCulture)),
        ["at", var at] => new AtAnchor(Life.Utc(at)),
        ["calendar"] => new CalendarAnchor(),
        _ => new StartAnchor(),
    };

    private static readonly IEqualityComparer<(long[], NodaTime.Instant)> Comparer =
        EqualityComparer<(long[], NodaTime.Instant)>.Create((a, b) => a.Item1.SequenceEqual(b.Item1) && a.Item2 == b.Item2);
}
