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

    private static SubscriptionStep? Upcoming(Life life, string now) =>
        SubscriptionLife.Upcoming(life.State, life.Facts(), life.Context(Life.Utc(now), Life.Utc(now)));
}
