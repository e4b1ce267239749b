using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>A minimum that changes within a period: what runs over the change counts for each side by its days, once.</summary>
public sealed class CommitmentChangeTests
{
    private static readonly PlanVersion Kept = Named("kept", Life.Plan(prices: Life.InArrears(Life.Flat("support", 8000))));

    private static readonly Price Calls = Life.Metered("calls", new PerUnitModel(1));

    /// <summary>80.00 a month in arrears, 15 of 30 days on each side of the change.</summary>
    [Theory]
    [InlineData(10000, 12000, "2026-04-01  1000 | 2026-04-01 support 8000, 2026-04-16  2000")]
    [InlineData(0, 12000, "2026-04-01 support 8000, 2026-04-16  2000")]
    [InlineData(10000, 0, "2026-04-01  1000 | 2026-04-01 support 8000")]
    [InlineData(7000, 8001, "2026-04-01 support 8000, 2026-04-16  1")]
    public void What_runs_in_arrears_over_a_new_minimum_counts_on_both_sides_by_its_days(long before, long after, string told)
    {
        var life = new Life(Least(Kept, before)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-16", Least(Kept, after) with { Version = 2 }).IsAccepted);
        Assert.Equal(told, string.Join(" | ", Life.Told(life.Until("2026-05-01"))));
    }

    [Fact]
    public void What_was_due_once_counts_where_a_change_at_the_periods_beginning_takes_the_minimums_place()
    {
        var plan = Named("kept", Life.Plan(prices: [Life.Flat("base", 3000), Life.OneTime("setup", 2000)]));
        var life = new Life(Least(plan, 10000)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-01", Least(plan, 12000) with { Version = 2 }).IsAccepted);
        Assert.Equal("2026-04-01  7000, 2026-05-01 base 3000", Life.Told(life.Until("2026-05-01")).Last());
    }

    [Theory]
    // The second change of the instant cuts what the first has left running: 4,000 of the old side, 4,500 of the new one; or nothing.
    [InlineData(9000, "2026-04-01  1000 | 2026-04-01 support 4000 | 2026-04-16 support 4500, 2026-04-16  1500")]
    [InlineData(8000, "2026-04-01  1000 | 2026-04-01 support 8000, 2026-04-16  2000")]
    public void What_a_second_change_of_an_instant_cuts_is_no_part_of_the_minimum_that_the_first_has_begun(long then, string told)
    {
        var life = new Life(Least(Kept, 10000)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-16", Least(Kept, 12000) with { Version = 2 }).IsAccepted);
        Assert.True(life.Change("2026-04-16", Least(Named("kept", Life.Plan(prices: Life.InArrears(Life.Flat("support", (int)then)))), 12000) with { Version = 3 }).IsAccepted);
        Assert.Equal(told, string.Join(" | ", Life.Told(life.Until("2026-05-01"))));
    }

    [Fact]
    public void It_counts_once_over_three_minimums_of_a_period()
    {
        var life = new Life(Least(Kept, 10000)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-11", Least(Kept, 11000) with { Version = 2 }).IsAccepted);
        Assert.True(life.Change("2026-04-21", Least(Kept, 12000) with { Version = 3 }).IsAccepted);
        // Thirds of 10,000, 11,000 and 12,000, less thirds of 8,000.
        Assert.Equal(["2026-04-01  666", "2026-04-11  1001", "2026-04-01 support 8000, 2026-04-21  1333"], Life.Told(life.Until("2026-05-01")));
        Assert.Equal(11000, life.Invoices.Sum(invoice => invoice.Totals.Total));
    }

    /// <summary>What an end cuts after the change is what counts for the days since.</summary>
    [Fact]
    public void What_an_end_cuts_counts_from_the_change_on()
    {
        var life = new Life(Least(Kept, 10000)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-11", Least(Kept, 12000) with { Version = 2 }).IsAccepted);
        Assert.True(life.Cancel("2026-04-21", Life.Utc("2026-04-21")).IsAccepted);
        // 20 of 30 days of 8,000 are 5,333, of which 2,667 are for the first ten; a third of 12,000 is 4,000.
        Assert.Equal(["2026-04-01  666", "2026-04-01 support 5333, 2026-04-11  1334"], Life.Told(life));
    }

    /// <summary>Beside usage that goes on, the old minimum waits for it; what runs in arrears over the change still counts once.</summary>
    [Fact]
    public void What_runs_in_arrears_counts_once_where_the_old_minimum_waits_for_usage()
    {
        var plan = Named("kept", Life.Plan(prices: [Life.InArrears(Life.Flat("support", 8000)), Calls]));
        var life = new Life(Least(plan, 10000)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-16", Least(plan, 12000) with { Version = 2 }).IsAccepted);
        Assert.Equal(["2026-04-01 support 8000, 2026-04-01  1000, 2026-04-16  2000"], Life.Told(life.Until("2026-05-01")));
    }

    /// <summary>What was paid in advance for the days of an old minimum that waits stays so, though a later change or end credits the days after it.</summary>
    [Theory]
    [InlineData("2026-04-21", "2026-04-21 base 6000 | 2026-04-01  7000, 2026-04-11  31000, 2026-05-01 base 18000")]
    [InlineData("2026-04-11", "2026-04-11 base 12000 | 2026-04-01  7000, 2026-04-11  28000, 2026-05-01 base 18000")]
    public void A_credit_of_later_days_takes_nothing_off_an_old_minimum_that_waits_for_usage(string dearer, string told)
    {
        var life = new Life(Paid(9000, 30000)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-11", Paid(9000, 60000) with { Version = 2 }).IsAccepted);
        Assert.True(life.Change(dearer, Paid(18000, 60000) with { Version = 3 }).IsAccepted);
        Assert.EndsWith(told, string.Join(" | ", Life.Told(life.Until("2026-05-01"))), StringComparison.Ordinal);
    }

    /// <summary>Both minimums are 50,000 together, and the fee is given back.</summary>
    [Fact]
    public void A_credit_note_of_a_charge_that_runs_over_the_change_is_taken_off_once()
    {
        var life = new Life(Paid(9000, 30000)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-11", Paid(9000, 60000) with { Version = 2 }).IsAccepted);
        var paid = life.Invoices[0];
        life.Standing[paid.Id] = new CreditableInvoice(paid.Id, InvoiceStatus.Paid, 0)
        {
            NotesTook = ImmutableDictionary<string, NoteTaken>.Empty.Add(paid.Lines[0].Id, new NoteTaken(9000, 0)),
        };
        Assert.Equal("2026-04-01  7000, 2026-04-11  43000, 2026-05-01 base 9000", Life.Told(life.Until("2026-05-01")).Last());
    }

    [Fact]
    public void An_end_that_credits_unused_days_takes_nothing_off_it_either()
    {
        var life = new Life(Paid(9000, 30000)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-11", Paid(9000, 60000) with { Version = 2 }).IsAccepted);
        Assert.True(life.Cancel("2026-04-21", Life.Utc("2026-04-21"), ProrationPolicy.Day).IsAccepted);
        Assert.Equal("2026-04-21 base -3000, 2026-04-01  7000, 2026-04-11  17000", Life.Told(life).Last());
    }

    [Fact]
    public void By_full_difference_a_minimum_that_there_was_none_of_holds_for_the_whole_period_too()
    {
        var life = new Life(Pro).Start("2026-04-01");
        Assert.True(life.Change("2026-04-16", Least(Max, 20000), ProrationPolicy.FullDifference).IsAccepted);
        // 20,000 less 3,000 and the difference of 3,000.
        Assert.Equal("2026-04-01  14000, 2026-05-01 base 6000", Life.Told(life.Until("2026-05-01")).Last());
    }

    /// <summary>Days for which a minimum was billed already, or that were paused, are not committed once more.</summary>
    [Fact]
    public void By_full_difference_a_minimum_holds_for_no_days_that_an_ended_one_was_billed_for()
    {
        var life = new Life(Least(Pro, 12000)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-11", Pro with { Version = 2 }).IsAccepted);
        Assert.Equal("2026-04-01  3000", Life.Told(life).Last());
        Assert.True(life.Change("2026-04-21", Least(Max, 20000) with { Version = 3 }, ProrationPolicy.FullDifference).IsAccepted);
        // 20 of 30 days of 20,000 are 13,333, less 2,000 for their days and the difference of 3,000.
        Assert.Equal("2026-04-11  8333, 2026-05-01 base 6000", Life.Told(life.Until("2026-05-01")).Last());
    }

    [Fact]
    public void By_full_difference_a_minimum_holds_for_no_days_that_were_paused()
    {
        var life = new Life(Pro).Start("2026-04-01");
        Assert.True(life.Pause("2026-04-06", ProrationPolicy.None).IsAccepted);
        Assert.True(life.Resume("2026-04-11").IsAccepted);
        Assert.True(life.Change("2026-04-21", Least(Max, 20000), ProrationPolicy.FullDifference).IsAccepted);
        Assert.Equal("2026-04-11  8333, 2026-05-01 base 6000", Life.Told(life.Until("2026-05-01")).Last());
    }

    [Theory]
    // A decrease moves no money, and the running minimum stays.
    [InlineData(20000, 9000, "2026-04-01  14000, 2026-05-01 base 3000")]
    [InlineData(20000, 0, "2026-04-01  14000, 2026-05-01 base 3000")]
    [InlineData(7000, 20000, "2026-04-01  14000, 2026-05-01 base 3000")]
    public void By_full_difference_the_higher_minimum_holds_also_downwards(long before, long after, string told)
    {
        var life = new Life(Least(Max, before)).Start("2026-04-01");
        Assert.True(life.Change("2026-04-16", Least(Pro, after), ProrationPolicy.FullDifference).IsAccepted);
        Assert.Equal(told, Life.Told(life.Until("2026-05-01")).Last());
    }

    /// <summary>What <c>none</c> left paid goes on to its end on the old terms, without a minimum; the new one begins with the next period.</summary>
    [Theory]
    [InlineData(0, "2026-05-01 base 6000", "2026-05-01  14000, 2026-06-01 base 6000")]
    [InlineData(10000, "2026-04-01  3667, 2026-05-01 base 6000", "2026-05-01  14000, 2026-06-01 base 6000")]
    public void A_change_in_a_pause_that_left_the_period_paid_commits_from_the_next_one_on(long before, string may, string june)
    {
        var life = new Life(Least(Pro, before)).Start("2026-04-01");
        Assert.True(life.Pause("2026-04-11", ProrationPolicy.None).IsAccepted);
        Assert.True(life.Change("2026-04-15", Least(Max, 20000)).IsAccepted);
        Assert.True(life.Resume("2026-04-21").IsAccepted);
        Assert.Equal([may, june], Life.Told(life.Until("2026-06-01")).Skip(1));
    }

    /// <summary>A plan that is added in the pause is charged from the resume on, and so is its minimum.</summary>
    [Fact]
    public void A_plan_added_in_such_a_pause_commits_from_the_resume_on()
    {
        var life = new Life(Pro).Start("2026-04-01");
        Assert.True(life.Pause("2026-04-11", ProrationPolicy.None).IsAccepted);
        Assert.True(life.Add("2026-04-15", Least(Support with { Prices = [Support.Prices[0]] }, 6000)).IsAccepted);
        Assert.True(life.Resume("2026-04-21").IsAccepted);
        Assert.Equal("2026-04-21 desk 500", Life.Told(life).Last());
        Assert.StartsWith("2026-04-21  1500,", Life.Told(life.Until("2026-05-01")).Last(), StringComparison.Ordinal);
    }

    /// <summary>A fee in advance beside usage.</summary>
    private static PlanVersion Paid(long fee, long minimum) => Least(Named("paid", Life.Plan(prices: [Life.Flat("base", fee), Calls])), minimum);

    private static PlanVersion Least(PlanVersion plan, long amount) =>
        amount == 0 ? plan : plan with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", amount) };
}
