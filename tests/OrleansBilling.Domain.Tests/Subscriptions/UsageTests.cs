using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Usage on lines (rules.md, "Prices", "A period in pieces", "Usage", "Trials", "Pause").</summary>
public sealed class UsageTests
{
    private static readonly GraduatedModel Tiers = new([new Tier(100, 10), new Tier(null, 5)]);
    private static readonly PlanVersion Metered = Named("metered", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new PerUnitModel(10, 100))]));
    private static readonly PlanVersion Tiered = Named("tiered", Plan(prices: [Flat("base", 3000), Life.Metered("calls", Tiers)]));

    [Fact]
    public void The_usage_of_a_period_stands_on_the_invoice_of_the_next()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-01", 50).Use("2026-04-30T23:59:59Z", 70).Use("2026-05-01", 1000);

        life.Until("2026-05-02");

        Assert.Equal(["2026-04-01 base 3000", "2026-04-01 calls 200, 2026-05-01 base 3000"], Told(life));
        var line = life.Invoices[1].Lines[0];
        Assert.Equal((LineKind.Usage, 120m, 0), (line.Draft.Kind, line.Draft.Quantity, line.Draft.Revision));
        Assert.Equal(
            ["events = 2", "from = 2026-04-01T00:00:00Z", "meter = calls", "quantity = 120", "to = 2026-05-01T00:00:00Z"],
            line.Explain.Facts.Select(fact => $"{fact.Key} = {fact.Value}"));
    }

    [Fact]
    public void A_line_of_zero_shows_what_was_free_and_none_shows_nothing()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-10", 50);

        life.Until("2026-06-02");

        Assert.Equal(["04-01 to 05-01 calls 50 = 0"], life.UsageLines());
        Assert.Equal(UsageOutcome.Empty, Assert.Single(life.Closed).Outcome);
    }

    public static TheoryData<string, PricingModel, long> Models => new()
    {
        { "per_unit", new PerUnitModel(2), 260 },
        { "package", new PackageModel(100, 50), 100 },
        { "graduated", Tiers, 1150 },
        { "volume", new VolumeModel([new Tier(100, 10), new Tier(null, 5)]), 650 },
        { "percentage", new PercentageModel(10), 13 },
        { "percentage with a fixed amount", new PercentageModel(10, FixedAmount: 3), 22 },
        { "percentage with a free event", new PercentageModel(10, FreeEvents: 1), 11 },
        { "percentage with a minimum per event", new PercentageModel(10, MinPerEvent: 5), 20 },
        { "graduated_percentage", new GraduatedPercentageModel([new PercentageTier(100, 10), new PercentageTier(null, 50)]), 25 },
        { "matrix", new MatrixModel(["region"], [new MatrixCell(ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("region", ["eu"]), 7)], 1), 250 },
        { "dynamic", new DynamicModel("cost"), 33 },
        { "flat", new FlatModel(77), 77 },
        { "minimum", new PerUnitModel(1) { MinimumAmount = 500 }, 500 },
        { "maximum", new PerUnitModel(10) { MaximumAmount = 1200 }, 1200 },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_model_rates_usage(string name, PricingModel model, long amount)
    {
        Assert.NotEmpty(name);
        var life = new Life(Named("metered", Plan(prices: Life.Metered("calls", model)))).Start("2026-04-01")
            .Use("2026-04-03", 20, ("region", "eu"), ("cost", "10")).Use("2026-04-05", 100, ("region", "us"), ("cost", "20")).Use("2026-04-07", 10, ("cost", "3"));

        life.Until("2026-05-01");

        Assert.Equal([$"04-01 to 05-01 calls 130 = {amount}"], life.UsageLines());
    }

    [Fact]
    public void A_change_of_price_cuts_usage_and_rates_each_part_from_zero()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-05", 150).Use("2026-04-16", 150);

        Assert.True(life.Change("2026-04-16", Tiered, ProrationPolicy.None).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(["04-01 to 04-16 calls 150 = 500", "04-16 to 05-01 calls 150 = 1250"], life.UsageLines());
    }

    [Fact]
    public void The_same_price_on_both_plans_counts_on()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-05", 80).Use("2026-04-16", 80);

        Assert.True(life.Change("2026-04-16", Named("larger", Plan(prices: [Flat("base", 6000), Life.Metered("calls", new PerUnitModel(10, 100))]))).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(["04-01 to 05-01 calls 160 = 600"], life.UsageLines());
    }

    [Fact]
    public void A_change_at_the_end_of_the_period_leaves_its_usage_to_the_renewal()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-05", 150).Use("2026-05-02", 10);

        Assert.True(life.Change("2026-04-16", Tiered, order: order => order with { At = null }).IsAccepted);
        life.Until("2026-06-01");

        Assert.Equal(
            ["2026-04-01 base 3000", "2026-04-01 calls 500, 2026-05-01 base 3000", "2026-05-01 calls 100, 2026-06-01 base 3000"], Told(life));
    }

    [Fact]
    public void An_override_cuts_usage()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-05", 150).Use("2026-04-20", 150);

        Assert.True(life.Change("2026-04-16", null, order: order => order with
        {
            Overrides = ImmutableSortedDictionary<string, PriceOverride>.Empty.Add("calls", new PriceOverride(null, 50)),
        }).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(["04-01 to 04-16 calls 150 = 500", "04-16 to 05-01 calls 150 = 250"], life.UsageLines());
    }

    [Fact]
    public void Boundaries_that_move_end_a_period_of_usage()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-05", 150).Use("2026-04-20", 150);

        Assert.True(life.Change("2026-04-16", null, order: order => order with { AnchorReset = true }).IsAccepted);
        life.Until("2026-05-16");

        Assert.Equal(["04-01 to 04-16 calls 150 = 500", "04-16 to 05-16 calls 150 = 500"], life.UsageLines());
    }

    [Fact]
    public void With_grace_usage_is_billed_by_itself_after_the_boundary()
    {
        var life = new Life(Metered with { UsageGraceHours = 48 }).Start("2026-04-01").Use("2026-04-05", 150);

        life.Until("2026-05-02");
        life.Use("2026-04-30", 20);
        life.Until("2026-05-04");

        Assert.Equal(["2026-04-01 base 3000", "2026-05-01 base 3000", "2026-04-01 calls 700"], Told(life));
        Assert.Equal(Utc("2026-05-03"), life.Invoices[2].IssuedAt - (Utc("2026-05-04") - Utc("2026-05-03")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(48)]
    public void An_end_bills_usage_to_date(int grace)
    {
        var life = new Life(Metered with { UsageGraceHours = grace }).Start("2026-04-01").Use("2026-04-05", 150).Use("2026-04-16", 10);

        Assert.True(life.Cancel("2026-04-16", Utc("2026-04-16"), ProrationPolicy.None).IsAccepted);
        life.Until("2026-06-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-04-01 calls 500"], Told(life));
    }

    [Fact]
    public void An_end_may_leave_usage_out()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-05", 150);

        life.Until("2026-04-16");
        var step = SubscriptionCancellation.Cancel(life.State, Utc("2026-04-16"), ProrationPolicy.None, life.Facts(), life.Context(Utc("2026-04-16"), Utc("2026-04-16")), leavesUsage: true).Value;

        Assert.Empty(step.Documents.Invoices);
        Assert.Equal((150m, UsageOutcome.LeftOut), (step.Documents.UsageClosed[0].Quantity, step.Documents.UsageClosed[0].Outcome));
    }

    [Fact]
    public void Usage_of_a_pause_is_not_billed()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-05", 150).Use("2026-04-15", 1000).Use("2026-04-25", 110);

        Assert.True(life.Pause("2026-04-11").IsAccepted);
        Assert.True(life.Resume("2026-04-21").IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(["04-01 to 04-11 calls 150 = 500", "04-21 to 05-01 calls 110 = 100"], life.UsageLines());
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "04-01 to 04-15 calls 150 = 500")]
    public void A_trial_is_free_unless_its_price_says_otherwise(bool charges, string line)
    {
        var plan = Named("metered", Plan(trialDays: 14, prices: [Flat("base", 3000), Life.Metered("calls", new PerUnitModel(10, 100), charges)]));
        var life = new Life(plan).Start("2026-04-01").Use("2026-04-05", 150).Use("2026-04-20", 101);

        life.Until("2026-05-15");

        Assert.Equal([.. line.Length == 0 ? [] : new[] { line }, "04-15 to 05-15 calls 101 = 10"], life.UsageLines());
        Assert.Equal(charges ? [] : [UsageOutcome.Trial], life.Closed.Select(closed => closed.Outcome));
    }

    [Fact]
    public void A_trial_that_is_ended_early_closes_what_waited_for_its_end()
    {
        var plan = Named("metered", Plan(trialDays: 14, prices: [Flat("base", 3000), Life.Metered("calls", new PerUnitModel(10), inTrial: true)]));
        var life = new Life(plan).Start("2026-04-01").Use("2026-04-02", 5).Use("2026-04-04", 7);

        Assert.True(life.Change("2026-04-03", Tiered).IsAccepted);
        Assert.True(life.Cancel("2026-04-05", Utc("2026-04-05")).IsAccepted);

        Assert.Equal(["04-01 to 04-03 calls 5 = 50"], life.UsageLines());
        Assert.Equal((7m, UsageOutcome.Trial), (life.Closed[0].Quantity, life.Closed[0].Outcome));
    }

    [Fact]
    public void A_minimum_shrinks_with_a_part_of_the_period()
    {
        var life = new Life(Named("metered", Plan(prices: Life.Metered("calls", new PerUnitModel(1) { MinimumAmount = 3000 })))).Start("2026-04-01").Use("2026-04-05", 10);

        Assert.True(life.Cancel("2026-04-11", Utc("2026-04-11")).IsAccepted);

        Assert.Equal(["04-01 to 04-11 calls 10 = 1000"], life.UsageLines());
    }

    [Theory]
    [InlineData(0, "2026-04-01 calls 150, 2026-04-01  1850")]
    [InlineData(48, "2026-04-01 calls 150, 2026-04-01  1850")]
    public void Usage_counts_towards_a_commitment_whenever_it_is_billed(int grace, string told)
    {
        var plan = Named("metered", Plan(prices: Life.Metered("calls", new PerUnitModel(1)))) with
        {
            Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", 2000),
            UsageGraceHours = grace,
        };
        var life = new Life(plan).Start("2026-04-01").Use("2026-04-05", 150).Use("2026-05-06", 3000);

        life.Until("2026-06-04");

        Assert.Equal([told, "2026-05-01 calls 3000"], Told(life));
    }

    [Fact]
    public void A_late_renewal_bills_each_period_by_its_own_time()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-05", 110).Use("2026-05-05", 120);

        life.Until("2026-07-15");

        Assert.Equal(["04-01 to 05-01 calls 110 = 100", "05-01 to 06-01 calls 120 = 200"], life.UsageLines());
    }
}
