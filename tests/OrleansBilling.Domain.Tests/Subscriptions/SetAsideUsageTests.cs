using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Usage that could not be rated and by now costs nothing more: its work item ends, and its span is closed.</summary>
public sealed class SetAsideUsageTests
{
    private static readonly PlanVersion Calls = Named("calls", Plan(prices: [Flat("base", 3000), Metered("calls", new PerUnitModel(10))]));

    /// <summary>More than a line can cost, used in April.</summary>
    private static Life Billed(Action<Life>? before = null)
    {
        var life = new Life(Calls).Start("2026-04-01");
        before?.Invoke(life);
        life.Use("2026-04-20", Rater.MaxAmount).Until("2026-05-01");
        Assert.Equal("amount_too_large", Assert.Single(life.State.SetAside).Why.Code);
        return life;
    }

    /// <summary>7 calls at 10, billed by a piece.</summary>
    private static void Piece(Life life)
    {
        life.Use("2026-04-05", 7).Piece("2026-04-10");
        life.Standing[life.Invoices[^1].Id] = new CreditableInvoice(life.Invoices[^1].Id, InvoiceStatus.Paid, 0);
    }

    private static SubscriptionStep Ended(Life life)
    {
        var invoices = life.Invoices.Count;
        var step = life.Retry(Assert.Single(life.State.SetAside).Id);
        Assert.True(step.IsAccepted);
        Assert.Equal((0, invoices, 0), (life.State.SetAside.Length, life.Invoices.Count, life.Waiting.Count));
        return step.Value;
    }

    [Fact]
    public void Where_all_events_were_voided_a_retry_ends_it_and_late_ones_are_billed()
    {
        var life = Billed();
        life.Used.Clear();

        var closed = Assert.Single(Ended(life).Documents.UsageClosed);
        Assert.Equal((UsageOutcome.Empty, 0m, 0L, Utc("2026-04-01")), (closed.Outcome, closed.Quantity, closed.Amount, closed.Part.Span.Start));
        Assert.Equal(50, life.Use("2026-04-21", 5).Late("2026-05-03", LatePolicy.Rerate).CostOf("2026-04-01"));
    }

    [Fact]
    public void Where_pieces_have_billed_all_of_it_a_retry_ends_it_and_corrections_are_given_back()
    {
        var life = Billed(Piece);
        life.Used.RemoveAt(1);

        var step = Ended(life);
        var closed = Assert.Single(step.Documents.UsageClosed);
        Assert.Equal((UsageOutcome.Billed, 7m, 70L, life.Invoices[1].Lines[0].Id), (closed.Outcome, closed.Quantity, closed.Amount, closed.Line));
        Assert.Equal([life.Invoices[1].Id], step.Documents.InvoicesSeen.Select(seen => seen.Invoice));
        life.Used[0] = life.Used[0] with { Value = 4 };
        Assert.Equal(40, life.Late("2026-05-03", LatePolicy.Rerate).CostOf("2026-04-01"));
    }

    [Fact]
    public void Where_pieces_have_billed_all_but_units_without_a_cell_those_are_set_aside_alone()
    {
        var life = new Life(Named("regions", Plan(prices: [Flat("base", 3000), Metered("calls", UsageCellsTests.Matrix(null, ("eu", 10)))]))).Start("2026-04-01");
        life.Use("2026-04-05", 7, ("region", "eu")).Use("2026-04-06", 3, ("region", "mars")).Piece("2026-04-10");
        life.Use("2026-04-20", Rater.MaxAmount, ("region", "eu")).Until("2026-05-01");
        life.Used.RemoveAt(2);

        Assert.True(life.Retry(Assert.Single(life.State.SetAside).Id).IsAccepted);

        Assert.Equal(("no_cell", 3m), (Assert.Single(life.State.SetAside).Why.Code, life.State.SetAside[0].Sold.Quantity));
        UsageCellsTests.Negotiate(life, new PerUnitModel(100));
        Assert.True(life.Retry(life.State.SetAside[0].Id).IsAccepted);
        Assert.Equal((0, 370L), (life.State.SetAside.Length, life.Late("2026-05-04", LatePolicy.Rerate).CostOf("2026-04-01")));
    }

    [Fact]
    public void Where_a_retry_bills_the_rest_it_counts_on_the_invoices_of_its_pieces()
    {
        var life = Billed(Piece);
        life.Used[1] = life.Used[1] with { Value = 3 };

        var step = life.Retry(life.State.SetAside[0].Id).Value;

        Assert.Equal((100L, 30L), (life.CostOf("2026-04-01"), step.Documents.Invoices[0].Lines[0].Draft.Amount));
        Assert.Equal([life.Invoices[1].Id], step.Documents.InvoicesSeen.Select(seen => seen.Invoice));
    }
}
