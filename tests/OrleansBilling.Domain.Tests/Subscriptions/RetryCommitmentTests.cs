using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>
/// Lines that were set aside and are billed by a retry after the minimum of their time was (rules.md, "Prices in arrears, and minimum
/// commitments"): the period costs what it would have cost had they been billed in time.
/// </summary>
public sealed class RetryCommitmentTests
{
    private static readonly PlanVersion Calls = Least("calls", 1000, Life.Metered("calls", new PerUnitModel(1)));

    [Theory]
    [InlineData(700, "2026-04-01 calls 700, 2026-04-01  -700", 1000)]
    [InlineData(1000, "2026-04-01 calls 1000, 2026-04-01  -1000", 1000)]
    [InlineData(1300, "2026-04-01 calls 1300, 2026-04-01  -1000", 1300)]
    public void What_was_missing_gives_way_to_a_line_that_a_retry_bills(int used, string told, long costs)
    {
        var life = Broken(new Life(Calls).Start("2026-04-01").Use("2026-04-10", used), "2026-05-01", Calls);
        Assert.Equal(["2026-04-01  1000"], Life.Told(life));

        Assert.True(life.Retry(life.State.SetAside.Single().Id).IsAccepted);

        Assert.Equal((told, costs), (Life.Told(life).Last(), life.CostOf("2026-04-01")));
    }

    [Fact]
    public void Usage_that_comes_after_the_retry_finds_what_it_has_moved()
    {
        var life = Broken(new Life(Calls).Start("2026-04-01").Use("2026-04-10", 700), "2026-05-01", Calls);
        Assert.True(life.Retry(life.State.SetAside.Single().Id).IsAccepted);

        life.Use("2026-04-11", 200).Late("2026-05-03", LatePolicy.Rerate);
        Assert.Equal(1000, life.CostOf("2026-04-01"));
        life.Use("2026-04-12", 200).Late("2026-05-04", LatePolicy.Rerate);
        Assert.Equal(1100, life.CostOf("2026-04-01"));
        life.Used[0] = life.Used[0] with { Value = 100 };
        Assert.Equal(1000, life.Late("2026-05-05", LatePolicy.Rerate).CostOf("2026-04-01"));
    }

    [Fact]
    public void Two_lines_of_a_period_count_together()
    {
        Price Of(string code) => Life.Metered(code, new PerUnitModel(1)) with { Filters = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("kind", [code]) };
        var two = Least("two", 1000, Of("a"), Of("b"));
        var life = Broken(new Life(two).Start("2026-04-01").Use("2026-04-10", 600, ("kind", "a")).Use("2026-04-11", 700, ("kind", "b")), "2026-05-01", two);

        foreach (var line in life.State.SetAside)
        {
            Assert.True(life.Retry(line.Id).IsAccepted);
        }

        Assert.Equal(["2026-04-01  1000", "2026-04-01 a 600, 2026-04-01  -600", "2026-04-01 b 700, 2026-04-01  -400"], Life.Told(life));
    }

    [Fact]
    public void Units_of_a_matrix_count_once_a_retry_prices_them()
    {
        MatrixModel Matrix(params (string Region, decimal Amount)[] cells) => new(
            ["region"], [.. cells.Select(cell => new MatrixCell(ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("region", [cell.Region]), cell.Amount))]);
        var regions = Least("regions", 1000, Life.Metered("calls", Matrix(("eu", 10))));
        var life = new Life(regions).Start("2026-04-01").Use("2026-04-10", 5, ("region", "eu")).Use("2026-04-11", 7, ("region", "mars")).Until("2026-05-01");
        Assert.Equal(["2026-04-01 calls 50, 2026-04-01  950"], Life.Told(life));
        Assert.True(life.Change("2026-05-02", null, order: order => order with { Overrides = ImmutableSortedDictionary<string, PriceOverride>.Empty.Add("calls", new PriceOverride(Matrix(("mars", 100)), null)) }).IsAccepted);

        Assert.True(life.Retry(life.State.SetAside.Single().Id).IsAccepted);

        Assert.Equal("2026-04-01 calls 700, 2026-04-01  -700", Life.Told(life).Last());

        // Voided later, they are missing again.
        life.Used.RemoveAt(1);
        Assert.Equal(1000, life.Late("2026-05-04", LatePolicy.Rerate).CostOf("2026-04-01"));
    }

    [Theory]
    [InlineData(10000, 12000, true)]
    [InlineData(10000, 12000, false)]
    [InlineData(0, 12000, true)]
    [InlineData(0, 12000, false)]
    [InlineData(10000, 0, true)]
    [InlineData(10001, 5001, false)]
    public void A_charge_that_runs_on_over_a_change_of_the_minimum_counts_on_both_sides(long before, long after, bool atOnce)
    {
        var (plan, next) = (Least("kept", before, Life.PerUnit("seats", 8001)), Least("kept", after, Life.PerUnit("seats", 8001)) with { Version = 2 });
        Life Play(bool breaks)
        {
            var life = new Life(plan).Start("2026-05-01");
            life = breaks ? Broken(life, "2026-06-01", plan) : life.Until("2026-06-01");
            Assert.True(life.Change("2026-06-16", next).IsAccepted);
            return Retried(life, atOnce ? "2026-06-20" : "2026-07-02").Until("2026-07-02");
        }

        Assert.Equal(Costs(Play(breaks: false)), Costs(Play(breaks: true)));
    }

    [Fact]
    public void What_is_credited_of_it_later_is_taken_off_what_counts_after_the_change()
    {
        var grace = Life.Metered("calls", new PerUnitModel(1));
        PlanVersion Of(int version, long minimum) => Least("kept", minimum, Life.PerUnit("seats", 8001), grace) with { Version = version, UsageGraceHours = 48 };
        Life Play(bool breaks)
        {
            var life = new Life(Of(1, 10000)).Start("2026-04-01").Use("2026-04-20", 500);
            life = breaks ? Broken(life, "2026-05-01", Of(1, 10000)) : life.Until("2026-05-01");
            Assert.True(life.Change("2026-05-11", Of(2, 12000)).IsAccepted);
            life.Use("2026-05-12", 100);
            Retried(life, "2026-05-20");
            Assert.True(life.Change("2026-05-21", null, order: order => order with { Quantities = Life.Quantity("seats", 0) }).IsAccepted);
            return life.Until("2026-06-10");
        }

        Assert.Equal(Costs(Play(breaks: false)), Costs(Play(breaks: true)));
    }

    [Theory]
    [InlineData("2026-04-20")]
    [InlineData("2026-05-02")]
    public void Once_counts_what_is_due_once(string retried)
    {
        var plan = Least("setup", 10000, Life.PerUnit("seats", 1000), new Price("setup", PriceKind.OneTime, BillingTiming.InAdvance, new PerUnitModel(6000))) with { TrialDays = 7 };
        var next = Least("setup", 20000, [.. plan.Prices]) with { Version = 2, TrialDays = 7 };
        Life Play(bool breaks)
        {
            var life = new Life(plan).Start("2026-03-25");
            life = breaks ? Broken(life, "2026-04-01", plan) : life.Until("2026-04-01");
            Assert.True(life.Change("2026-04-16", next).IsAccepted);
            return Retried(life, retried).Until("2026-05-02");
        }

        Assert.Equal(Costs(Play(breaks: false)), Costs(Play(breaks: true)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_line_of_an_added_plan_counts_towards_that_plans_minimum(bool removed)
    {
        var added = Least("added", 5000, Life.InArrears(Life.PerUnit("disk", 3000)));
        var plan = Least("main", 4000, Life.Flat("base", 3000));
        Life Play(bool breaks)
        {
            var life = new Life(plan).Start("2026-04-01", order => order with { AddOns = [new AddOnOrder(added)] });
            if (breaks)
            {
                life.Sells(Spoiled(added));
            }

            if (removed)
            {
                Assert.True(life.Remove("2026-04-16", "disk").IsAccepted);
            }

            life.Until("2026-05-01");
            life.Sells(added);
            life.Until("2026-06-01");
            return Retried(life, "2026-06-02");
        }

        Assert.Equal(Costs(Play(breaks: false)), Costs(Play(breaks: true)));
    }

    [Fact]
    public void A_minimum_that_waits_for_usage_after_the_end_counts_a_retried_line()
    {
        var plan = Least("grace", 10000, Life.InArrears(Life.PerUnit("seats", 3000)), Life.Metered("calls", new FlatModel(10))) with { UsageGraceHours = 240 };
        Life Play(bool breaks)
        {
            var life = new Life(plan).Start("2026-04-01").Use("2026-04-10", 1);
            if (breaks)
            {
                life.Sells(Spoiled(plan));
            }

            Assert.True(life.Cancel("2026-05-01", Life.Utc("2026-05-01")).IsAccepted);
            life.Sells(plan);
            return Retried(life, "2026-05-02").Until("2026-06-01");
        }

        Assert.Equal(Costs(Play(breaks: false)), Costs(Play(breaks: true)));
    }

    [Fact]
    public void A_retry_that_gives_back_more_than_pieces_have_billed_makes_the_minimum_rise()
    {
        var life = new Life(Calls).Start("2026-04-01").Use("2026-04-10", 1200);
        life.Piece("2026-04-20");
        life.Use("2026-04-21", 1);
        life = Broken(life, "2026-05-01", Calls);
        Assert.Equal(["2026-04-01 calls 1200"], Life.Told(life));
        life.Used[0] = life.Used[0] with { Value = 300 };

        Assert.True(life.Retry(life.State.SetAside.Single().Id).IsAccepted);

        Assert.Equal(("2026-04-01 calls -899, 2026-04-01  699", 1000), (Life.Told(life).Last(), life.CostOf("2026-04-01")));
    }

    [Fact]
    public void What_persons_gave_back_of_the_minimum_does_not_give_way_again()
    {
        var life = Broken(new Life(Calls).Start("2026-04-01").Use("2026-04-10", 700), "2026-05-01", Calls);
        life.Noted[life.Invoices[0].Lines[0].Id] = 600;

        Assert.True(life.Retry(life.State.SetAside.Single().Id).IsAccepted);

        Assert.Equal("2026-04-01 calls 700, 2026-04-01  -400", Life.Told(life).Last());
    }

    [Fact]
    public void Where_the_minimum_was_voided_the_line_is_billed_alone()
    {
        var life = Broken(new Life(Calls).Start("2026-04-01").Use("2026-04-10", 700), "2026-05-01", Calls);
        life.Standing[life.Invoices[0].Id] = new CreditableInvoice(life.Invoices[0].Id, InvoiceStatus.Void, 0);

        Assert.True(life.Retry(life.State.SetAside.Single().Id).IsAccepted);

        Assert.Equal("2026-04-01 calls 700", Life.Told(life).Last());
    }

    [Fact]
    public void Where_the_account_gathers_its_lines_both_wait_for_one_invoice()
    {
        var life = Broken(new Life(Calls).Gathering().Start("2026-04-01").Use("2026-04-10", 700), "2026-05-01", Calls);
        Assert.Equal([1000L], life.Waiting.Select(line => line.Draft.Amount));

        Assert.True(life.Retry(life.State.SetAside.Single().Id, "2026-05-02").IsAccepted);

        Assert.Equal([1000L, 700, -700], life.Waiting.Select(line => line.Draft.Amount));
    }

    private static PlanVersion Least(string code, long minimum, params Price[] prices) =>
        Named(code, Life.Plan(prices: prices)) with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", minimum) };

    /// <summary>Plays to an instant while usage and seats of plans cannot be rated.</summary>
    private static Life Broken(Life life, string until, params PlanVersion[] plans)
    {
        foreach (var plan in plans)
        {
            life.Sells(Spoiled(plan));
        }

        life.Until(until);
        foreach (var plan in plans)
        {
            life.Sells(plan);
        }

        return life;
    }

    /// <summary>Its prices by units are too large for any.</summary>
    private static PlanVersion Spoiled(PlanVersion plan) => plan with
    {
        Prices = [.. plan.Prices.Select(price => price.Model is PerUnitModel ? price with { Model = new PerUnitModel((decimal)Rater.MaxAmount * 2) } : price)],
    };

    private static Life Retried(Life life, string at)
    {
        life.Until(at);
        foreach (var line in life.State.SetAside)
        {
            Assert.True(life.Retry(line.Id, at).IsAccepted);
        }

        return life;
    }

    /// <summary>What each kind of line comes to, by the month of its time.</summary>
    private static IEnumerable<string> Costs(Life life) => life.Invoices.SelectMany(invoice => invoice.Lines).Select(line => line.Draft)
        .GroupBy(draft => (draft.Period.Start.InUtc().Month, draft.Kind is LineKind.Commitment, draft.Group))
        .OrderBy(group => group.Key).Select(group => $"{group.Key}: {group.Sum(draft => draft.Amount)}").Where(told => !told.EndsWith(": 0", StringComparison.Ordinal));
}
