using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>What was carried forward to a span that cannot take it returns to the span that it is of (rules.md, "Usage").</summary>
public sealed class UsageReturnTests
{
    private static readonly PlanVersion Metered = Named("metered", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new GraduatedModel([new Tier(100, 10), new Tier(null, 5)]))]));
    private static readonly PlanVersion Cells = Named("cells", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new MatrixModel(["region"], [], 1))]));

    /// <summary>90 in April, and later another value of that event: the difference is carried to May.</summary>
    private static Life Carried(decimal becomes, PlanVersion? plan = null)
    {
        var life = new Life(plan ?? Metered).Start("2026-04-01").Use("2026-04-10", 90).Until("2026-05-01");
        life.Used[0] = life.Used[0] with { Value = becomes };
        return life.Late("2026-05-02", LatePolicy.CarryForward);
    }

    [Theory]
    [InlineData(120, 900 + 200)]
    [InlineData(50, 500)]
    public void A_change_dated_back_to_a_price_of_cells_loses_nothing(decimal becomes, long costs)
    {
        var life = Carried(becomes);

        Assert.True(life.Change("2026-05-03", Cells, ProrationPolicy.None, order => order with { At = Utc("2026-05-01"), WhenGiven = true }).IsAccepted);
        life.Use("2026-05-10", 7, ("region", "eu")).Late("2026-05-11", LatePolicy.CarryForward).Late("2026-05-12", LatePolicy.CarryForward).Until("2026-06-02");

        Assert.Equal((costs, 7), (life.CostOf("2026-04-01"), life.CostOf("2026-05-01")));
        Assert.Empty(life.State.UsageReturned);
    }

    [Theory]
    [InlineData(120, 0, 900 + 200)]
    [InlineData(50, 0, 500)]
    [InlineData(120, 48, 900 + 200)]
    public void An_end_that_leaves_usage_out_bills_what_was_carried_from_periods_that_were_billed(decimal becomes, int grace, long costs)
    {
        var life = Carried(becomes, Metered with { UsageGraceHours = grace });
        if (grace > 0)
        {
            // April is not closed yet at the first look.
            life.Use("2026-04-11", 1).Until("2026-05-04").Late("2026-05-04", LatePolicy.CarryForward);
            life.Used.RemoveAt(1);
            life.Late("2026-05-05", LatePolicy.CarryForward);
        }

        life.Use("2026-05-06", 40);
        Assert.True(life.CancelLeaving(Utc("2026-05-10"), leaves: true).IsAccepted);
        life.Late("2026-05-11", LatePolicy.CarryForward).Late("2026-05-12", LatePolicy.CarryForward);

        Assert.Equal((costs, 0), (life.CostOf("2026-04-01"), life.CostOf("2026-05-01")));
    }

    [Theory]
    [InlineData(0, 30, 0, 300)]
    [InlineData(0, 100, 0, 1000)]
    [InlineData(60, 10, 600, 100)]
    public void What_is_left_below_zero_when_the_item_ends_is_given_back(decimal becomes, decimal may, long april, long mayCosts)
    {
        var life = Carried(becomes).Use("2026-05-10", may);

        Assert.True(life.Cancel("2026-05-20", Utc("2026-05-20"), ProrationPolicy.None).IsAccepted);
        life.Late("2026-05-21", LatePolicy.CarryForward).Late("2026-05-22", LatePolicy.CarryForward);

        // Both periods as they were used: by one price in one tier, carried or not.
        Assert.Equal(april + mayCosts, life.CostOf("2026-04-01", "2026-06-01"));
        Assert.Equal(0, life.Counted.Where(closed => closed.Part.Span.Start == Utc("2026-04-01")).Sum(closed => closed.Quantity) - becomes);
    }

    [Fact]
    public void What_was_used_up_by_then_is_not_given_back()
    {
        var life = Carried(0).Use("2026-05-10", 100).Until("2026-06-01").Use("2026-06-02", -5);

        Assert.True(life.Cancel("2026-06-20", Utc("2026-06-20"), ProrationPolicy.None).IsAccepted);
        life.Late("2026-06-21", LatePolicy.CarryForward);

        // 900 for 90 that were not used, and 100 for ten of the hundred in May.
        Assert.Equal(1000, life.CostOf("2026-04-01", "2026-07-01"));
    }

    [Fact]
    public void Less_than_nothing_in_a_free_trial_takes_nothing_off_the_first_paid_span()
    {
        var plan = Named("metered", Plan(trialDays: 14, prices: [Flat("base", 3000), Life.Metered("calls", new PerUnitModel(10))]));
        var life = new Life(plan).Start("2026-04-01").Use("2026-04-03", -5).Until("2026-04-15").Use("2026-04-20", 8).Until("2026-05-15");

        Assert.Equal(["04-15 to 05-15 calls 8 = 80"], life.UsageLines());
    }

    [Theory]
    [InlineData(4, "05-01 to 06-01 calls 0 = 0", "06-01 to 07-01 calls 14 = 140")]
    [InlineData(12, "05-01 to 06-01 calls 8 = 80", "06-01 to 07-01 calls 14 = 140")]
    public void A_span_that_is_set_aside_passes_on_what_is_below_zero_once(decimal mayBecomes, string may, string june)
    {
        // 10 of April were not used; 4 of May are, and 20 of June.
        var life = Carried(80).Use("2026-05-10", 4);
        life.Sells(Metered with { Prices = [Metered.Prices[0], Metered.Prices[1] with { Model = new PerUnitModel(10) { MinimumAmount = 2m * Rater.MaxAmount } }] });
        life.Until("2026-06-01");
        var aside = Assert.Single(life.State.SetAside);
        life.Sells(Metered);

        life.Used[1] = life.Used[1] with { Value = mayBecomes };
        Assert.True(life.Retry(aside.Id).IsAccepted);
        life.Use("2026-06-10", 20).Until("2026-07-01");

        Assert.Contains(may, life.UsageLines());
        Assert.Contains(june, life.UsageLines());
    }

    [Theory]
    // A hundred came late to the ten of April and were carried to May; after the end they become something else.
    [InlineData(0, 300)]
    [InlineData(40, 700)]
    [InlineData(55, 850)]
    public void What_is_less_after_the_end_is_given_back_where_it_was_carried_to(decimal becomes, long costs)
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-10", 10).Until("2026-05-02");
        life.Use("2026-04-11", 100).Late("2026-05-03", LatePolicy.CarryForward).Use("2026-05-10", 20).Until("2026-06-01");
        Assert.True(life.Cancel("2026-06-01", Utc("2026-06-01"), ProrationPolicy.None).IsAccepted);

        life.Used[1] = life.Used[1] with { Value = becomes };
        life.Late("2026-06-02", LatePolicy.CarryForward).Late("2026-06-03", LatePolicy.CarryForward).Late("2026-06-04", LatePolicy.CarryForward);

        Assert.Equal(costs, life.CostOf("2026-04-01", "2026-07-01"));
        Assert.Equal(10 + becomes + 20, life.Counted.Sum(closed => closed.Quantity));
    }

    [Fact]
    public void What_is_less_after_the_end_counts_with_the_span_that_waits_with_what_was_carried_to_it()
    {
        var life = new Life(Metered with { UsageGraceHours = 720 }).Start("2026-04-01").Use("2026-04-10", 10).Until("2026-06-02");
        life.Use("2026-04-11", 100).Late("2026-06-02", LatePolicy.CarryForward);
        Assert.True(life.Cancel("2026-06-05", Utc("2026-06-05"), ProrationPolicy.None).IsAccepted);

        life.Used[1] = life.Used[1] with { Value = 0 };
        life.Late("2026-06-10", LatePolicy.CarryForward).Late("2026-06-11", LatePolicy.CarryForward).Until("2026-07-10");
        life.Late("2026-07-11", LatePolicy.CarryForward).Late("2026-07-12", LatePolicy.CarryForward);

        Assert.Equal((100, 0), (life.CostOf("2026-04-01", "2026-07-11"), life.State.UsageReturned.Length));
    }

    [Fact]
    public void What_is_less_of_a_span_that_took_less_than_nothing_is_given_back_where_that_was_charged()
    {
        // 40 of the 90 of April were not used: 50 of May are 10 then.
        var life = Carried(50).Use("2026-05-10", 50).Until("2026-06-01");
        Assert.True(life.Cancel("2026-06-01", Utc("2026-06-01"), ProrationPolicy.None).IsAccepted);

        life.Used[1] = life.Used[1] with { Value = 20 };
        life.Late("2026-06-02", LatePolicy.CarryForward).Late("2026-06-03", LatePolicy.CarryForward).Late("2026-06-04", LatePolicy.CarryForward);

        Assert.Equal(10 * (50 + 20), life.CostOf("2026-04-01", "2026-07-01"));
    }

    [Fact]
    public void What_the_spans_of_a_look_do_not_have_is_looked_for_in_further_ones()
    {
        // Two hundred of April, which came in time to no look: a hundred of May and a hundred of June were charged for them.
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-10", 1).Until("2026-05-02");
        life.Use("2026-04-11", 100).Late("2026-05-03", LatePolicy.CarryForward).Until("2026-06-02");
        life.Use("2026-04-12", 100).Late("2026-06-03", LatePolicy.CarryForward).Until("2026-07-02");
        life.Used.RemoveRange(1, 2);
        life.Late("2026-07-02", LatePolicy.CarryForward);
        Assert.True(life.Cancel("2026-07-03", Utc("2026-07-03"), ProrationPolicy.None).IsAccepted);

        life.Late("2026-07-04", LatePolicy.CarryForward, from: "2026-04-01", to: "2026-06-01");
        Assert.Equal(-99, life.State.UsageReturned.Sum(returned => returned.Quantity));
        life.Late("2026-07-05", LatePolicy.CarryForward);

        Assert.Equal((10, 0), (life.CostOf("2026-04-01", "2026-08-01"), life.State.UsageReturned.Length));
    }

    [Fact]
    public void What_returns_waits_while_further_spans_of_its_item_do()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-10", 1).Until("2026-05-02");
        life.Use("2026-04-11", 100).Late("2026-05-03", LatePolicy.CarryForward).Until("2026-06-02");
        life.Used.RemoveAt(1);
        life.Late("2026-06-02", LatePolicy.CarryForward);
        Assert.True(life.Cancel("2026-06-03", Utc("2026-06-03"), ProrationPolicy.None).IsAccepted);

        // A look that was full: the span in which it was charged is not among the first.
        life.Late("2026-06-04", LatePolicy.CarryForward, from: "2026-04-01", to: "2026-05-01", isCut: true);
        life.Late("2026-06-05", LatePolicy.CarryForward);

        Assert.Equal((10, 0), (life.CostOf("2026-04-01", "2026-08-01"), life.State.UsageReturned.Length));
    }

    /// <summary>Ten a unit by every price.</summary>
    private static readonly PlanVersion[] Tens =
    [
        Named("one", Plan(prices: [Flat("base", 100), Life.Metered("calls", new PerUnitModel(10))])),
        Named("packs", Plan(prices: [Flat("base", 300), Life.Metered("calls", new PackageModel(1, 10))])) with { UsageGraceHours = 60 },
    ];

    private static readonly Gen<(bool LeavesOut, (int Kind, int Hours, int Value, int Back)[] Steps, (int Index, int Value)[] Afterwards)> Lives = Gen.Select(
        Gen.Bool, Gen.Select(Gen.Int[0, 11], Gen.Int[0, 250], Gen.Int[0, 40], Gen.Int[0, 1500]).Array[1, 40], Gen.Select(Gen.Int[0, 30], Gen.Int[0, 40]).Array[0, 5],
        (leavesOut, steps, afterwards) => (leavesOut, steps, afterwards));

    [Fact]
    public void Where_all_prices_are_alike_carrying_on_and_returning_lose_and_charge_nothing() => Lives.Sample(
        drawn =>
        {
            var now = Utc("2026-01-10");
            var life = new Life(Tens[0]).Start(now);
            foreach (var (kind, hours, value, back) in drawn.Steps)
            {
                now += Duration.FromHours(hours);
                life.Until(now);
                var at = Instant.Max(now - Duration.FromHours(back % 300), Instant.Max(life.State.CurrentPeriod.Start, life.State.LastChangeAt ?? life.State.StartAt));
                _ = kind switch
                {
                    0 or 1 or 2 => life.Use(now, value),
                    3 or 4 => life.Use(now - Duration.FromHours(back), value),
                    5 or 6 when life.Used.Count > 0 => Amended(life, back % life.Used.Count, value),
                    7 or 8 when life.Change(now, Tens[value % Tens.Length], ProrationPolicy.None, order => order with { At = at }).IsAccepted => life,
                    _ => life.Late(now, LatePolicy.CarryForward),
                };
            }

            now += Duration.FromHours(5);
            life.Late(now, LatePolicy.CarryForward);
            Assert.True((life.CancelLeaving(now, drawn.LeavesOut)).IsAccepted);
            foreach (var (index, value) in drawn.Afterwards)
            {
                now += Duration.FromHours(50);
                life.Until(now);
                if (life.Used.Count > 0)
                {
                    Amended(life, index % life.Used.Count, value);
                    life.Late(now, LatePolicy.CarryForward);
                }
            }

            life.Late(now + Duration.FromDays(10), LatePolicy.CarryForward).Late(now + Duration.FromDays(11), LatePolicy.CarryForward).Late(now + Duration.FromDays(12), LatePolicy.CarryForward);

            var billed = life.Counted.GroupBy(closed => (closed.Part.Item, closed.Part.Span)).Where(of => of.First().Outcome is not UsageOutcome.LeftOut).Sum(of => of.Sum(closed => closed.Quantity));
            Assert.Equal(10 * billed, life.CostOf("2026-01-01", "2027-12-31"));
            Assert.Empty(life.State.UsageReturned);
        },
        iter: 1500);

    private static Life Amended(Life life, int index, int value)
    {
        life.Used[index] = life.Used[index] with { Value = value };
        return life;
    }
}
