using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>When changes take effect, what they refuse, and what they do to boundaries.</summary>
public sealed class ChangeTimeTests
{
    [Fact]
    public void A_change_may_be_dated_back_to_the_last_one_within_the_period()
    {
        var life = new Life(Pro).Start("2026-05-01").Until("2026-06-20");
        Assert.Equal("outside_period", life.Change("2026-06-20", Max, order: order => order with { At = Life.Utc("2026-05-31") }).Refusal!.Code);
        Assert.True(life.Change("2026-06-20", Max, ProrationPolicy.Day, order => order with { At = Life.Utc("2026-06-11") }).IsAccepted);
        Assert.Equal(2000, life.Invoices[^1].Totals.Total);
        Assert.Equal(Life.Utc("2026-06-20"), life.Invoices[^1].IssuedAt);
        Assert.Equal("before_last_change", life.Change("2026-06-20", Ultra, order: order => order with { At = Life.Utc("2026-06-10") }).Refusal!.Code);
        Assert.Equal("before_last_change", life.Cancel("2026-06-20", Life.Utc("2026-06-10")).Refusal!.Code);
        Assert.True(life.Change("2026-06-20", Ultra, order: order => order with { At = Life.Utc("2026-06-11") }).IsAccepted);
    }

    [Fact]
    public void A_change_at_an_instant_ahead_waits_for_it()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-05", Max, ProrationPolicy.Day, order => order with { At = Life.Utc("2026-06-11") });
        Assert.Equal(("pro", "max"), (life.State.Plan, life.State.PendingChange!.Plan));
        Assert.Contains((DueKind.Change, Life.Utc("2026-06-11")), SubscriptionDueWork.Of(life.State));
        Assert.Equal("outside_period", life.Change("2026-06-05", Max, order: order => order with { At = Life.Utc("2026-07-02") }).Refusal!.Code);
        // Late, and yet by its own due time.
        life.Until("2026-06-14");
        Assert.Equal([3000, 2000], life.Invoices.Select(invoice => invoice.Totals.Total));
        Assert.Null(life.State.PendingChange);
        Assert.Equal(Life.Utc("2026-06-11"), life.State.LastChangeAt);
    }

    [Fact]
    public void A_change_at_the_end_of_the_period_is_billed_by_the_renewal_alone()
    {
        var life = new Life(Max).Start("2026-06-01");
        life.Change("2026-06-11", Pro, order: order => order with { At = null });
        life.Until("2026-07-01");
        Assert.Equal([6000, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
        Assert.Equal(0, life.Balance);
    }

    [Fact]
    public void The_upcoming_invoice_knows_the_pending_change()
    {
        var life = new Life(Max).Start("2026-06-01");
        life.Change("2026-06-11", Pro, order: order => order with { At = null });
        var now = Life.Utc("2026-06-12");
        Assert.Equal(3000, SubscriptionLife.Upcoming(life.State, life.Facts(), life.Context(now, now))!.Documents.Invoices[0].Totals.Total);
    }

    [Fact]
    public void A_new_scheduled_change_replaces_the_pending_one_and_one_now_drops_it()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-05", Max, order: order => order with { At = null });
        life.Change("2026-06-06", Ultra, order: order => order with { At = null });
        Assert.Equal("ultra", life.State.PendingChange!.Plan);
        life.Change("2026-06-07", Max, ProrationPolicy.Day);
        Assert.Null(life.State.PendingChange);
        Assert.Equal(
            ["subscription.change_scheduled", "subscription.change_dropped", "subscription.change_scheduled", "subscription.change_dropped", "subscription.changed"],
            life.Events.Select(told => told.Type).Where(type => type.StartsWith("subscription.change", StringComparison.Ordinal)));
        life.Until("2026-07-01");
        Assert.Equal("max", life.State.Plan);
    }

    [Fact]
    public void Asking_now_for_what_is_there_takes_a_pending_change_back()
    {
        var life = new Life(Pro).Start("2026-06-01");
        Assert.Equal("nothing_to_change", life.Change("2026-06-05", Pro).Refusal!.Code);
        life.Change("2026-06-05", Max, order: order => order with { At = null });
        Assert.True(life.Change("2026-06-06", Pro).IsAccepted);
        life.Until("2026-07-01");
        Assert.Equal(([3000L, 3000L], "pro"), (life.Invoices.Select(invoice => invoice.Totals.Total).ToArray(), life.State.Plan), Comparer);
    }

    [Fact]
    public void An_end_drops_the_pending_change()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-05", Max, order: order => order with { At = null });
        life.Cancel("2026-06-06", at: null);
        Assert.NotNull(life.State.PendingChange);
        life.Until("2026-07-01");
        Assert.Equal((SubscriptionStatus.Canceled, null, "pro"), (life.State.Status, life.State.PendingChange, life.State.Plan));
        Assert.Contains(life.Events, told => told.Type == "subscription.change_dropped");
        Assert.Equal("subscription_ended", life.Change("2026-07-02", Max).Refusal!.Code);
    }

    [Fact]
    public void In_a_trial_a_change_makes_no_lines_keeps_its_end_and_adds_no_trial_days()
    {
        var longer = Max with { TrialDays = 30 };
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-06-01");
        life.Change("2026-06-05", longer, ProrationPolicy.Day);
        life.Change("2026-06-06", Annual, order: order => order with { At = null });
        Assert.Equal((Life.Utc("2026-06-15"), Life.Utc("2026-06-15")), (life.State.CurrentPeriod.End, life.State.PendingChange!.At));
        life.Until("2026-06-15");
        var first = Assert.Single(life.Invoices);
        Assert.Equal((30000, Life.Utc("2027-06-15")), (first.Totals.Total, first.Lines[0].Draft.Period.End));
    }

    [Fact]
    public void Another_interval_starts_a_new_anchor_at_the_change()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11T15:00:00Z", Annual, ProrationPolicy.Day);
        Assert.Equal([-2000, 30000], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        Assert.Equal(new Domain.Schedule.Period(Life.Utc("2026-06-11T15:00:00Z"), Life.Utc("2027-06-11T15:00:00Z")), life.State.CurrentPeriod);
        life.Change("2026-06-21", Pro, ProrationPolicy.Day);
        Assert.Equal([-29178, 3000], life.Invoices[2].Lines.Select(line => line.Draft.Amount));
        Assert.Equal(Life.Utc("2026-07-21"), life.State.CurrentPeriod.End);
    }

    [Theory]
    [InlineData("pro", "2027-06-01", -2000, 29178)]
    [InlineData("annual", "2026-07-01", -29178, 2000)]
    public void Without_a_reset_the_first_period_runs_to_the_next_boundary_of_the_new_interval(string from, string end, long credit, long charge)
    {
        var life = new Life(from == "pro" ? Pro : Annual).Start("2026-06-01");
        life.Change("2026-06-11", from == "pro" ? Annual : Pro, ProrationPolicy.Day, order => order with { AnchorReset = false });
        Assert.Equal([credit, charge], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        Assert.Equal(Life.Utc(end), life.State.CurrentPeriod.End);
        life.Until(end);
        Assert.Equal(Life.Utc(end), life.Invoices[2].Lines[0].Draft.Period.Start);
    }

    [Fact]
    public void A_reset_of_the_same_interval_credits_and_bills_every_item_anew()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", Pro, ProrationPolicy.Day, order => order with { AnchorReset = true });
        Assert.Equal([-2000, 3000], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        Assert.Equal(Life.Utc("2026-07-11"), life.State.CurrentPeriod.End);
    }

    [Theory]
    [InlineData(true, "2027-07-01", 30000)]
    [InlineData(false, "2027-06-01", 27534)]
    public void By_none_another_interval_waits_for_the_end_of_the_period(bool reset, string end, long total)
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Change("2026-06-11", Annual, ProrationPolicy.None, order => order with { AnchorReset = reset });
        Assert.Equal((Life.Utc("2026-07-01"), 1), (life.State.CurrentPeriod.End, life.Invoices.Count));
        life.Until("2026-07-01");
        Assert.Equal((Life.Utc(end), total), (life.State.CurrentPeriod.End, life.Invoices[1].Totals.Total));
    }

    [Fact]
    public void Full_difference_needs_one_interval() =>
        Assert.Equal("policy_needs_same_interval", new Life(Pro).Start("2026-06-01").Change("2026-06-11", Annual, ProrationPolicy.FullDifference).Refusal!.Code);

    [Theory]
    [InlineData("seats", 1, "unknown_price")]
    [InlineData("base", -1, "negative_quantity")]
    [InlineData("units", 10_000_000_000_000, "amount_too_large")]
    public void Quantities_are_checked(string code, long quantity, string refusal)
    {
        var units = Named("units", Life.Plan(prices: [Life.Flat("base", 1), Life.PerUnit("units", 1000)]));
        var life = new Life(Pro).Start("2026-06-01");
        Assert.Equal(refusal, life.Change("2026-06-05", units, order: order => order with { Quantities = order.Quantities.Add(code, quantity) }).Refusal!.Code);
        Assert.Single(life.Invoices);
    }

    [Fact]
    public void A_plan_without_the_currency_is_refused()
    {
        var euro = Max with { Currency = Currency.Of("eur") };
        Assert.Equal("currency_not_sold", new Life(Pro).Start("2026-06-01").Change("2026-06-05", euro).Refusal!.Code);
    }

    [Fact]
    public void Before_its_start_a_subscription_changes_now_and_without_lines()
    {
        var life = new Life(Pro).Start("2026-06-01", order => order with { StartAt = Life.Utc("2026-06-10") });
        Assert.Equal("outside_period", life.Change("2026-06-02", Max, order: order => order with { At = null }).Refusal!.Code);
        Assert.True(life.Change("2026-06-02", Max).IsAccepted);
        life.Until("2026-06-10");
        Assert.Equal(6000, Assert.Single(life.Invoices).Totals.Total);
    }

    private static readonly IEqualityComparer<(long[], string)> Comparer =
        EqualityComparer<(long[], string)>.Create((a, b) => a.Item1.SequenceEqual(b.Item1) && a.Item2 == b.Item2);
}
