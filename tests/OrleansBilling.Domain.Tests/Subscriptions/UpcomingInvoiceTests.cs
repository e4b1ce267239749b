using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>What will be billed next, whatever is scheduled before it.</summary>
public sealed class UpcomingInvoiceTests
{
    [Fact]
    public void The_upcoming_invoice_is_that_of_a_timed_resume_and_there_is_none_without_one()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11");
        Assert.Null(Upcoming(life, "2026-06-12"));
        life.Resume("2026-06-12", at: "2026-06-21");
        Assert.Equal(1000, Upcoming(life, "2026-06-12")!.Documents.Invoices[0].Totals.Total);
    }

    [Fact]
    public void The_upcoming_invoice_knows_a_pause_that_waits()
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Pause("2026-06-11", atPeriodEnd: true, resumesAt: "2026-07-16");
        var upcoming = Upcoming(life, "2026-06-12")!;
        Assert.Equal((1548, Life.Utc("2026-07-16")), (upcoming.Documents.Invoices[0].Totals.Total, upcoming.Documents.Invoices[0].Lines[0].Draft.Period.Start));
    }

    /// <summary>A line of 7.00 waits; the change on the 16th bills and takes it, and gives 40.00 of credit that the renewal finds.</summary>
    [Theory]
    [InlineData("max")]
    [InlineData("small")]
    public void The_upcoming_invoice_leaves_out_what_an_earlier_step_takes_and_counts_the_balance_that_it_gives(string plan)
    {
        var life = new Life(plan == "max" ? Pro : Ultra).Start("2026-06-01");
        life.Add("2026-06-02", new PendingLineOrder("Setup") { Amount = 700 });
        Assert.True(life.Change("2026-06-03", plan == "max" ? Max : Named("small", Life.Plan(prices: Life.Flat("base", 1000))), ProrationPolicy.Day,
            order => order with { At = Life.Utc("2026-06-16") }).IsAccepted);
        var told = Upcoming(life, "2026-06-04")!.Documents.Invoices[^1];
        life.Until("2026-07-01");
        var billed = life.Invoices[^1];
        Assert.DoesNotContain(billed.Lines, line => line.Draft.HasWaited);
        Assert.Equal(billed.Lines.Select(line => line.Draft.Description), told.Lines.Select(line => line.Draft.Description));
        Assert.Equal((billed.Totals.Total, billed.AmountDue), (told.Totals.Total, told.AmountDue));
    }

    private static SubscriptionStep? Upcoming(Life life, string now) =>
        SubscriptionLife.Upcoming(life.State, life.Facts(), life.Context(Life.Utc(now), Life.Utc(now)));
}
