using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>A plan's minimum commitment, and what is missing to it (rules.md, "A period in pieces").</summary>
public sealed class CommitmentTests
{
    private static readonly PlanVersion Seats = Least(Named("seats", Life.Plan(prices: Life.InArrears(Life.PerUnit("seats", 1000)))), 10000);
    private static readonly PlanVersion Base = Least(Named("base", Life.Plan(prices: Life.Flat("base", 3000))), 10000);

    [Theory]
    [InlineData(3, "2026-04-01 seats 3000, 2026-04-01  7000")]
    [InlineData(10, "2026-04-01 seats 10000")]
    [InlineData(12, "2026-04-01 seats 12000")]
    [InlineData(0, "2026-04-01 seats 0, 2026-04-01  10000")]
    public void What_is_missing_is_billed_at_the_periods_end(int seats, string told)
    {
        var life = new Life(Seats).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", seats) }).Until("2026-05-01");

        Assert.Equal([told], Life.Told(life));
    }

    [Fact]
    public void Lines_count_by_the_time_they_are_for_whatever_invoice_they_stand_on()
    {
        var life = new Life(Base).Start("2026-04-01").Until("2026-06-01");

        Assert.Equal(
            ["2026-04-01 base 3000", "2026-04-01  7000, 2026-05-01 base 3000", "2026-05-01  7000, 2026-06-01 base 3000"], Life.Told(life));
        var line = life.Invoices[1].Lines[0];
        Assert.Equal((LineKind.Commitment, "base: minimum commitment"), (line.Draft.Kind, line.Draft.Description));
        Assert.Equal(new Domain.Schedule.Period(Life.Utc("2026-04-01"), Life.Utc("2026-05-01")), line.Draft.Period);
    }

    [Fact]
    public void One_time_prices_and_quantities_that_change_count_too()
    {
        var plan = Least(Named("all", Life.Plan(prices: [Life.PerUnit("seats", 1000), Life.OneTime("setup", 2000)])), 10000);
        var life = new Life(plan).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", 3) });

        Assert.True(life.Change("2026-04-16", null, order: order => order with { Quantities = Life.Quantity("seats", 5) }).IsAccepted);
        life.Until("2026-05-01");

        // 3000 + 2000, less 1500, and 2500.
        Assert.Equal("2026-04-01  4000, 2026-05-01 seats 5000", Life.Told(life).Last());
    }

    [Fact]
    public void A_first_partial_period_commits_its_days()
    {
        var life = new Life(Base).Start("2026-04-22", order => order with { Anchor = new CalendarAnchor() }).Until("2026-05-01");

        Assert.Equal(["2026-04-22 base 900", "2026-04-22  2100, 2026-05-01 base 3000"], Life.Told(life));
    }

    [Fact]
    public void An_end_commits_to_date_and_credits_do_not_count()
    {
        var life = new Life(Base).Start("2026-04-01");

        Assert.True(life.Cancel("2026-04-16", Life.Utc("2026-04-16")).IsAccepted);

        Assert.Equal(["2026-04-01 base 3000", "2026-04-16 base -1500, 2026-04-01  3500"], Life.Told(life));
    }

    [Fact]
    public void A_trial_commits_nothing()
    {
        var life = new Life(Base with { TrialDays = 14 }).Start("2026-04-01");

        Assert.True(life.Cancel("2026-04-10", Life.Utc("2026-04-10")).IsAccepted);

        Assert.Empty(life.Invoices);
    }

    [Fact]
    public void A_change_to_another_minimum_ends_one_part_and_begins_the_other()
    {
        var life = new Life(Base).Start("2026-04-01");

        Assert.True(life.Change("2026-04-16", Least(Max, 20000)).IsAccepted);
        life.Until("2026-05-01");

        // 5000 less 1500 for the first half; 10000 less 3000 for the second.
        Assert.Equal(
            ["2026-04-01 base 3000", "2026-04-16 base -1500, 2026-04-16 base 3000, 2026-04-01  3500", "2026-04-16  7000, 2026-05-01 base 6000"], Life.Told(life));
    }

    [Fact]
    public void A_change_to_the_same_minimum_leaves_it_running()
    {
        var life = new Life(Base).Start("2026-04-01");

        Assert.True(life.Change("2026-04-16", Least(Max, 10000)).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-04-16 base -1500, 2026-04-16 base 3000", "2026-04-01  5500, 2026-05-01 base 6000"], Life.Told(life));
    }

    [Theory]
    [InlineData(10000, 12000, "2026-04-01 base 8000 | 2026-04-01  1000 | 2026-04-16  2000, 2026-05-01 base 8000")]
    [InlineData(0, 12000, "2026-04-01 base 8000 | 2026-04-16  2000, 2026-05-01 base 8000")]
    [InlineData(10000, 0, "2026-04-01 base 8000 | 2026-04-01  1000 | 2026-05-01 base 8000")]
    public void A_line_that_is_not_cut_counts_on_both_sides_of_a_new_minimum_by_its_days(long before, long after, string told)
    {
        var plan = Named("kept", Life.Plan(prices: Life.Flat("base", 8000)));
        var life = new Life(Least(plan, before)).Start("2026-04-01");

        Assert.True(life.Change("2026-04-16", Least(plan, after) with { Version = 2 }).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(told, string.Join(" | ", Life.Told(life)));
    }

    [Fact]
    public void What_is_left_of_a_line_after_a_credit_note_counts_once_over_both_minimums()
    {
        var plan = Named("kept", Life.Plan(prices: Life.Flat("base", 8000)));
        var life = new Life(Least(plan, 10000)).Start("2026-04-01");
        var invoice = life.Invoices[0];
        life.Standing[invoice.Id] = new CreditableInvoice(invoice.Id, InvoiceStatus.Paid, 0)
        {
            NotesTook = ImmutableDictionary<string, NoteTaken>.Empty.Add(invoice.Lines[0].Id, new NoteTaken(2000, 0)),
        };

        Assert.True(life.Change("2026-04-16", Least(plan, 12000) with { Version = 2 }).IsAccepted);
        life.Until("2026-05-01");

        // 5000 less 3000; 6000 less 3000.
        Assert.Equal(["2026-04-01  2000", "2026-04-16  3000, 2026-05-01 base 8000"], Life.Told(life).Skip(1));
    }

    [Theory]
    [InlineData(ProrationPolicy.None, 20000, "2026-04-01  7000, 2026-05-01 base 6000")]
    [InlineData(ProrationPolicy.FullDifference, 20000, "2026-04-01  14000, 2026-05-01 base 6000")]
    [InlineData(ProrationPolicy.FullDifference, 7000, "2026-04-01  4000, 2026-05-01 base 6000")]
    public void By_none_the_old_minimum_holds_for_the_period_by_full_difference_the_higher(ProrationPolicy policy, long minimum, string told)
    {
        var life = new Life(Base).Start("2026-04-01");

        Assert.True(life.Change("2026-04-16", Least(Max, minimum), policy).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(told, Life.Told(life).Last());
    }

    [Theory]
    [InlineData(ProrationPolicy.Day, "2026-04-11 base -2000, 2026-04-01  2333", "2026-04-21  2333, 2026-05-01 base 3000")]
    [InlineData(ProrationPolicy.None, null, "2026-04-01  3667, 2026-05-01 base 3000")]
    public void Paused_days_are_not_committed(ProrationPolicy policy, string? atThePause, string atTheEnd)
    {
        var life = new Life(Base).Start("2026-04-01");

        Assert.True(life.Pause("2026-04-11", policy).IsAccepted);
        Assert.Equal(atThePause, Life.Told(life).Skip(1).LastOrDefault());
        Assert.True(life.Resume("2026-04-21").IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(atTheEnd, Life.Told(life).Last());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_left_paid_by_a_pause_counts_where_it_does_not_resume_in_time(bool ends)
    {
        var life = new Life(Base).Start("2026-04-01");
        Assert.True(life.Pause("2026-04-11", ProrationPolicy.None).IsAccepted);

        Assert.True((ends ? life.Cancel("2026-06-01", Life.Utc("2026-06-01"), ProrationPolicy.None) : life.Resume("2026-06-01")).IsAccepted);

        // A third of 10000, less all of 3000.
        Assert.StartsWith("2026-04-01  333", Life.Told(life).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Void_invoices_and_credit_notes_do_not_count()
    {
        var life = new Life(Base).Start("2026-04-01");
        var invoice = life.Invoices[0];

        life.Standing[invoice.Id] = new CreditableInvoice(invoice.Id, InvoiceStatus.Paid, 0)
        {
            NotesTook = ImmutableDictionary<string, NoteTaken>.Empty.Add(invoice.Lines[0].Id, new NoteTaken(1000, 0)),
        };
        life.Until("2026-05-01");
        life.Standing[life.Invoices[1].Id] = new CreditableInvoice(life.Invoices[1].Id, InvoiceStatus.Void, 0);
        life.Until("2026-06-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-04-01  8000, 2026-05-01 base 3000", "2026-05-01  10000, 2026-06-01 base 3000"], Life.Told(life));
    }

    [Fact]
    public void Each_added_plan_has_its_own()
    {
        var support = Least(Named("support", Life.Plan(prices: Life.Flat("help", 500))), 2000);
        var life = new Life(Base).Start("2026-04-01", order => order with { AddOns = [.. order.AddOns, new(support)] }).Until("2026-05-01");

        Assert.Equal("2026-04-01  7000, 2026-04-01  1500, 2026-05-01 base 3000, 2026-05-01 help 500", Life.Told(life).Last());
        Assert.Equal(["", "support"], life.Invoices[1].Lines.Where(line => line.Draft.Kind is LineKind.Commitment).Select(line => line.Draft.Group));
    }

    [Fact]
    public void Discounts_and_tax_come_after_it()
    {
        var tax = new Accounts.TaxSettings([new Accounts.AccountTaxRate("vat", 20m, [])], false, Accounts.TaxRounding.Document, false, null);
        var life = new Life(Base, tax: tax).Start("2026-04-01").Until("2026-05-01");

        Assert.Equal(12000, life.Invoices[1].Totals.Total);
    }

    private static PlanVersion Least(PlanVersion plan, long amount) => plan with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", amount) };
}
