using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Events and corrections that come after their span was closed, by the meter's policy (rules.md, "Usage").</summary>
public sealed class LateUsageTests
{
    private static readonly PlanVersion Metered = Named("metered", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new GraduatedModel([new Tier(100, 10), new Tier(null, 5)]))]));

    private static Life Billed(PlanVersion? plan = null) => new Life(plan ?? Metered).Start("2026-04-01").Use("2026-04-10", 90).Until("2026-05-01");

    [Fact]
    public void Rerate_bills_the_difference_of_the_whole_span_with_the_next_invoice()
    {
        var life = Billed().Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.Rerate);
        Assert.Equal(["2026-04-01 base 3000", "2026-04-01 calls 900, 2026-05-01 base 3000"], Told(life));

        life.Until("2026-06-02");

        Assert.Equal("2026-04-01 calls 200, 2026-06-01 base 3000", Told(life).Last());
        var line = life.Invoices[2].Lines[0];
        Assert.Equal((30m, 1, "turn:", "1", "2"), (line.Draft.Quantity, line.Draft.Revision, line.Draft.Cause![..5], line.Explain.Facts["late_events"], line.Explain.Facts["events"]));
    }

    [Fact]
    public void Rerate_gives_back_at_once_what_is_less()
    {
        var life = Billed();
        life.Used[0] = life.Used[0] with { Value = 50 };

        life.Late("2026-05-02", LatePolicy.Rerate);

        Assert.Equal("2026-04-01 calls -400", Told(life).Last());
        var credit = life.Invoices[^1].Lines[0].Draft;
        Assert.Equal((LineKind.Usage, life.Invoices[1].Lines[0].Id, life.Invoices[1].Id), (credit.Kind, credit.CreditedLine, credit.CreditedInvoice));
        Assert.Equal(400, life.Balance);
    }

    [Fact]
    public void What_is_given_back_has_its_share_of_the_discount_where_that_is_an_exact_half()
    {
        // 42 units at 50 with 147 off: a unit has 3.5 of it.
        var life = new Life(Plan(prices: [Life.Metered("calls", new PerUnitModel(50))])).Start("2026-04-01");
        Assert.True(life.AddCoupon("2026-04-02", Promos.Amount(147)).IsAccepted);
        life.Use("2026-04-10", 42).Until("2026-05-01");
        life.Used[0] = life.Used[0] with { Value = 41 };

        life.Late("2026-05-02", LatePolicy.Rerate);

        Assert.Equal((-50, -4), (life.Invoices[^1].Lines[0].Draft.Amount, life.Invoices[^1].Lines[0].DiscountAmount));
    }

    [Fact]
    public void Looking_again_changes_nothing_more()
    {
        var life = Billed().Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.Rerate).Late("2026-05-03", LatePolicy.Rerate);
        life.Until("2026-06-02");
        life.Used[0] = life.Used[0] with { Value = 0 };
        life.Late("2026-06-03", LatePolicy.Rerate).Late("2026-06-04", LatePolicy.Rerate);

        Assert.Equal(["2026-04-01 calls 200, 2026-06-01 base 3000", "2026-04-01 calls -200, 2026-04-01 calls -600"], Told(life).Skip(2));
    }

    [Fact]
    public void Carried_forward_the_quantity_counts_with_the_next_span()
    {
        var life = Billed().Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.CarryForward).Late("2026-05-03", LatePolicy.CarryForward).Use("2026-05-10", 80);

        life.Until("2026-07-02");

        Assert.Equal(["04-01 to 05-01 calls 90 = 900", "05-01 to 06-01 calls 110 = 1050"], life.UsageLines());
        Assert.Equal("30", life.Invoices[2].Lines[0].Explain.Facts["carried_forward"]);
        Assert.Equal([UsageOutcome.Billed, UsageOutcome.Carried, UsageOutcome.Billed, UsageOutcome.Empty], life.Counted.Select(counted => counted.Outcome));
    }

    [Fact]
    public void Carried_forward_what_was_not_used_counts_until_it_is_used_up()
    {
        var life = Billed();
        life.Used[0] = life.Used[0] with { Value = 0 };
        life.Late("2026-05-02", LatePolicy.CarryForward).Use("2026-05-10", 30).Use("2026-06-10", 70);

        life.Until("2026-07-02");

        Assert.Equal(["04-01 to 05-01 calls 90 = 900", "05-01 to 06-01 calls 0 = 0", "06-01 to 07-01 calls 10 = 100"], life.UsageLines());
    }

    [Fact]
    public void Ignored_it_is_kept_and_never_billed()
    {
        var life = Billed().Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.Ignore).Late("2026-05-03", LatePolicy.Ignore);

        life.Until("2026-07-02");

        Assert.Equal(["04-01 to 05-01 calls 90 = 900"], life.UsageLines());
        Assert.Equal((UsageOutcome.Ignored, 30m, 1L), life.Counted.Where(counted => counted.IsLate).Select(counted => (counted.Outcome, counted.Quantity, counted.Events)).Single());
    }

    [Fact]
    public void A_span_without_a_line_gets_one()
    {
        var life = new Life(Metered).Start("2026-04-01").Until("2026-05-01").Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.Rerate);

        life.Until("2026-06-02");

        Assert.Equal(["04-01 to 05-01 calls 30 = 300"], life.UsageLines());
    }

    [Fact]
    public void Late_usage_of_an_ended_subscription_is_billed_at_once()
    {
        var life = Billed();
        Assert.True(life.Cancel("2026-05-01", Utc("2026-05-01")).IsAccepted);

        life.Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.CarryForward);

        Assert.Equal("2026-04-01 calls 200", Told(life).Last());
    }

    [Fact]
    public void What_was_carried_forward_is_not_billed_again_where_the_span_is_rated_again()
    {
        var life = Billed().Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.CarryForward).Use("2026-05-10", 80).Until("2026-06-01");
        Assert.Equal("05-01 to 06-01 calls 110 = 1050", life.UsageLines().Last());
        Assert.True(life.Cancel("2026-06-01", Utc("2026-06-01")).IsAccepted);

        life.Use("2026-04-12", 5).Late("2026-06-02", LatePolicy.CarryForward).Late("2026-06-03", LatePolicy.CarryForward);

        Assert.Equal("2026-04-01 calls 50", Told(life).Last());
    }

    [Fact]
    public void Where_the_price_has_become_one_of_cells_nothing_is_carried_to_it()
    {
        var matrix = Named("matrix", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new MatrixModel(["region"], [], 1))]));
        var life = Billed();
        Assert.True(life.Change("2026-05-01T12:00:00Z", matrix).IsAccepted);

        life.Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.CarryForward).Until("2026-06-02");

        Assert.Equal(["04-01 to 05-01 calls 90 = 900", "04-01 to 05-01 calls 30 = 200"], life.UsageLines());
    }

    [Fact]
    public void What_is_left_of_a_correction_counts_also_with_a_span_that_ends_as_the_one_before_closes()
    {
        var plan = Metered with { UsageGraceHours = 720 };
        var life = new Life(plan).Start("2026-03-02").Use("2026-03-10", 90).Until("2026-05-02");
        life.Used[0] = life.Used[0] with { Value = 0 };

        // Of 90 that were not used, 30 are left when April closes, at the instant at which May ends.
        life.Late("2026-05-02", LatePolicy.CarryForward).Use("2026-05-10", 60).Use("2026-06-10", 40).Until("2026-09-02");

        Assert.Equal(["03-02 to 04-02 calls 90 = 900", "05-02 to 06-02 calls 0 = 0", "06-02 to 07-02 calls 10 = 100"], life.UsageLines());
    }

    [Fact]
    public void What_is_left_of_a_correction_counts_once_also_where_its_span_is_rated_again()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-10", -5).Until("2026-05-01").Use("2026-05-10", 20);

        life.Use("2026-04-11", 15).Late("2026-05-11", LatePolicy.Rerate).Until("2026-06-01");

        // 30 in all.
        Assert.Equal(["04-01 to 05-01 calls -5 = 0", "04-01 to 05-01 calls 15 = 150", "05-01 to 06-01 calls 15 = 150"], life.UsageLines());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(48)]
    public void What_was_carried_to_a_period_that_an_end_dated_back_takes_away_is_billed_with_the_end(int grace)
    {
        var life = Billed(Metered with { UsageGraceHours = grace }).Until("2026-05-04").Use("2026-04-11", 30).Late("2026-05-05", LatePolicy.CarryForward);

        Assert.True(life.Cancel("2026-05-06", Utc("2026-05-01"), ProrationPolicy.None).IsAccepted);
        life.Until("2026-07-02");

        Assert.Equal(["04-01 to 05-01 calls 90 = 900", "05-01 to 05-01 calls 30 = 300"], life.UsageLines());
        Assert.Equal(120, life.Counted.Sum(counted => counted.Quantity));
    }

    [Fact]
    public void What_was_carried_to_an_item_that_a_change_dated_back_takes_out_is_billed_with_the_change()
    {
        var life = Billed().Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.CarryForward);

        Assert.True(life.Change("2026-05-03", Named("bare", Plan(prices: [Flat("base", 3000)])), ProrationPolicy.None, order => order with { At = Utc("2026-05-01"), WhenGiven = true }).IsAccepted);
        life.Until("2026-06-02");

        Assert.Equal(["04-01 to 05-01 calls 90 = 900", "05-01 to 05-01 calls 30 = 300"], life.UsageLines());
    }

    [Fact]
    public void What_was_carried_to_a_period_of_which_a_pause_leaves_nothing_is_billed_with_the_end_in_it()
    {
        var life = Billed().Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.CarryForward);

        Assert.True(life.Pause("2026-05-03", at: "2026-05-01").IsAccepted);
        Assert.True(life.Cancel("2026-05-20", Utc("2026-05-20")).IsAccepted);

        Assert.Equal("05-20 to 05-20 calls 30 = 300", life.UsageLines().Last());
    }

    [Fact]
    public void A_late_trial_stays_free()
    {
        var plan = Named("metered", Plan(trialDays: 14, prices: [Flat("base", 3000), Life.Metered("calls", new PerUnitModel(10))]));
        var life = new Life(plan).Start("2026-04-01").Until("2026-04-15").Use("2026-04-11", 30).Late("2026-04-16", LatePolicy.Rerate);

        Assert.Empty(life.UsageLines());
        Assert.Equal(UsageOutcome.Trial, life.Counted[^1].Outcome);
    }

    [Fact]
    public void What_a_person_voided_is_not_billed_again()
    {
        var life = Billed();
        life.Standing[life.Invoices[1].Id] = new CreditableInvoice(life.Invoices[1].Id, InvoiceStatus.Void, 0);

        life.Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.Rerate).Until("2026-06-02");

        Assert.Equal(["2026-06-01 base 3000"], Told(life).Skip(2));
    }

    [Fact]
    public void Late_usage_takes_the_place_of_what_was_missing_to_a_minimum()
    {
        var life = Billed(Metered with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", 5000) });
        Assert.Equal("2026-04-01 calls 900, 2026-04-01  1100, 2026-05-01 base 3000", Told(life).Last());

        life.Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.Rerate);
        Assert.Equal("2026-04-01 calls 200, 2026-04-01  -200", Told(life).Last());
        life.Used[0] = life.Used[0] with { Value = 80 };
        life.Late("2026-05-03", LatePolicy.Rerate);

        Assert.Equal("2026-04-01 calls -50, 2026-04-01  50", Told(life).Last());
        Assert.Equal(0, life.Balance);
    }

    [Fact]
    public void Late_usage_of_a_plan_above_its_minimum_is_more()
    {
        var life = Billed(Metered with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", 3950) });
        Assert.Equal("2026-04-01 calls 900, 2026-04-01  50, 2026-05-01 base 3000", Told(life).Last());

        life.Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.Rerate);

        Assert.Equal("2026-04-01 calls 200, 2026-04-01  -50", Told(life).Last());
    }

    [Theory]
    // A minimum of 100: what is used at first, then each correction of the whole, and what the period costs in the end.
    [InlineData(70, new[] { 120, 70 }, 100)]
    [InlineData(70, new[] { 120, 70, 130, 60, 101, 99 }, 100)]
    [InlineData(120, new[] { 70 }, 100)]
    [InlineData(120, new[] { 0, 150, 90 }, 100)]
    [InlineData(70, new[] { 80, 90, 110, 105 }, 105)]
    public void After_any_ups_and_downs_the_period_costs_what_it_would_have_cost_with_all_usage_on_time(int used, int[] amended, long costs)
    {
        var plan = Named("least", Plan(prices: Life.Metered("calls", new PerUnitModel(1)))) with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", 100) };
        var life = new Life(plan).Start("2026-04-01").Use("2026-04-10", used).Until("2026-05-01");
        var now = Utc("2026-05-02");
        foreach (var value in amended)
        {
            life.Used[0] = life.Used[0] with { Value = value };
            life.Late(now, LatePolicy.Rerate);
            now += NodaTime.Duration.FromHours(5);
        }

        Assert.Equal(costs, life.Until("2026-06-01").CostOf("2026-04-01"));
    }

    [Fact]
    public void What_a_person_credited_of_a_minimum_is_neither_given_back_again_nor_billed_again()
    {
        var plan = Named("least", Plan(prices: Life.Metered("calls", new PerUnitModel(1)))) with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", 100) };
        var life = new Life(plan).Start("2026-04-01").Use("2026-04-10", 70).Until("2026-05-01");
        life.Noted[life.Invoices[0].Lines.Single(line => line.Draft.Kind is LineKind.Commitment).Id] = 30;

        life.Used[0] = life.Used[0] with { Value = 120 };
        // With the note of 30 that is 120, and afterwards 70.
        Assert.Equal(150, life.Late("2026-05-02", LatePolicy.Rerate).CostOf("2026-04-01"));
        life.Used[0] = life.Used[0] with { Value = 70 };
        Assert.Equal(100, life.Late("2026-05-03", LatePolicy.Rerate).CostOf("2026-04-01"));
    }
}
