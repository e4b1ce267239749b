using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;
using static OrleansBilling.Domain.Tests.Subscriptions.Promos;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Coupons where invoices are voided after changes have credited them: nothing of a void invoice counts, neither what it gave nor what was taken back of it.</summary>
public sealed class CouponVoidTests
{
    /// <summary>10.00 off each month; the invoice of April gives them, a change in its middle takes 5.00 back and gives them again.</summary>
    [Theory]
    [InlineData(InvoiceTiming.Next)]
    [InlineData(InvoiceTiming.Now)]
    public void What_was_taken_back_of_a_void_invoice_counts_as_little_as_what_it_gave(InvoiceTiming timing)
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(1000)));
        Assert.True(life.Change("2026-04-16", Max, ProrationPolicy.Day, order => order with { Invoice = timing }).IsAccepted);
        Void(life, life.Invoices[0]);
        Assert.True(life.Change("2026-04-21", Ultra, ProrationPolicy.Day).IsAccepted);

        // Of the 500 on the charge of the first change two thirds are taken back; what the month has left beside them is 833.
        var charge = life.Invoices[^1].Lines.Single(line => line.Draft is { Plan: "ultra", Amount: > 0 });
        Assert.Equal((3000, 833), (charge.Draft.Amount, charge.DiscountAmount));
        Assert.Equal(1000, Standing(life));
        // The next month has its own.
        Assert.Equal(8000, life.Until("2026-05-01").Invoices[^1].Totals.Total);
    }

    /// <summary>The change that takes back is void instead: what it took back of April stays given.</summary>
    [Fact]
    public void What_a_void_invoice_took_back_counts_as_given()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(1000)));
        Assert.True(life.Change("2026-04-16", Max, ProrationPolicy.Day).IsAccepted);
        Void(life, life.Invoices[1]);
        Assert.True(life.Change("2026-04-21", Ultra, ProrationPolicy.Day).IsAccepted);
        Assert.Equal(0, life.Invoices[^1].Totals.DiscountTotal);
        Assert.Equal(1000, Standing(life));
    }

    [Fact]
    public void What_an_invoice_of_the_same_instant_gave_counts_as_not_given_where_it_is_void()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Amount(1000, CouponDuration.Once)));
        Void(life, life.Invoices[0]);
        Assert.True(life.Change("2026-04-01", Max, ProrationPolicy.Day).IsAccepted);
        Assert.Equal(1000, life.Invoices[1].Totals.DiscountTotal);
        Void(life, life.Invoices[1]);
        Assert.True(life.Change("2026-04-01", Annual, ProrationPolicy.Day).IsAccepted);
        Assert.Equal(29000, life.Invoices[2].Totals.Total);
    }

    /// <summary>Should one of them be voided at the same time, the turn is decided again.</summary>
    [Theory]
    [InlineData(InvoiceTiming.Now)]
    [InlineData(InvoiceTiming.Next)]
    public void What_depends_on_a_coupon_sees_the_invoices_that_gave_of_it_as_they_stand(InvoiceTiming timing)
    {
        var seen = new List<string>();
        var life = new Life(Pro) { Watch = (_, step) => seen = [.. step.Documents.InvoicesCredited.Concat(step.Documents.InvoicesSeen).Select(invoice => invoice.Invoice)] }
            .Start("2026-04-01", order => order.With(Amount(1000)));
        life.Standing[life.Invoices[0].Id] = new CreditableInvoice(life.Invoices[0].Id, InvoiceStatus.Paid, 0) { Version = 5 };
        // Nothing of April is credited: the item is new.
        Assert.True(life.Add("2026-04-16", Storage, ProrationPolicy.Day, order => order with { Invoice = timing }).IsAccepted);
        Assert.Equal([life.Invoices[0].Id], seen);
        life.Until("2026-05-01");
        Assert.Equal([life.Invoices[0].Id], seen);
    }

    [Fact]
    public void A_period_that_bills_nothing_closes_a_coupon_by_invoices_as_they_stand()
    {
        var seen = new List<InvoiceSeen>();
        var free = Named("free", Life.Plan(prices: [Life.OneTime("setup", 5000)]));
        var life = new Life(free) { Watch = (_, step) => seen = [.. step.Documents.InvoicesCredited.Concat(step.Documents.InvoicesSeen)] }
            .Start("2026-04-01", order => order.With(Amount(1000, CouponDuration.Once)));
        life.Standing[life.Invoices[0].Id] = new CreditableInvoice(life.Invoices[0].Id, InvoiceStatus.Paid, 0) { Version = 5 };
        life.Until("2026-05-01");
        Assert.Empty(life.State.Coupons);
        Assert.Equal([new InvoiceSeen(life.Invoices[0].Id, 5)], seen);
    }

    /// <summary>500 of April's 1,000 are taken back by a plan that the coupon is not for, and given again on what is added: void, the change would leave 1,500 given.</summary>
    [Theory]
    [InlineData(InvoiceTiming.Now)]
    [InlineData(InvoiceTiming.Next)]
    public void A_document_whose_take_back_is_given_again_is_told_so(InvoiceTiming timing)
    {
        var seen = new List<InvoiceSeen>();
        var life = new Life(Pro) { Watch = (_, step) => seen = [.. step.Documents.InvoicesCredited.Concat(step.Documents.InvoicesSeen)] }
            .Start("2026-04-01", order => order.With(Amount(1000).For("pro", "storage")));
        Stand(life);
        Assert.True(life.Change("2026-04-16", Max, ProrationPolicy.Day).IsAccepted);
        Stand(life);
        Assert.Equal(-500, life.Invoices[1].Totals.DiscountTotal);
        Assert.True(life.Add("2026-04-16", Storage, ProrationPolicy.Day, order => order with { Invoice = timing }).IsAccepted);
        Assert.Equal([false, true], life.Invoices[..2].Select(invoice => seen.Single(one => one.Invoice == invoice.Id).CouponGivenAgain));
    }

    [Fact]
    public void What_gives_nothing_again_leaves_the_document_before_as_it_is()
    {
        var seen = new List<InvoiceSeen>();
        var life = new Life(Pro) { Watch = (_, step) => seen = [.. step.Documents.InvoicesCredited.Concat(step.Documents.InvoicesSeen)] }
            .Start("2026-04-01", order => order.With(Amount(1000)));
        Stand(life);
        Assert.True(life.Change("2026-04-16", Max, ProrationPolicy.Day).IsAccepted);
        Stand(life);
        Assert.True(life.Add("2026-04-21", Storage, ProrationPolicy.Day).IsAccepted);
        Assert.Equal([false, false], seen.Select(one => one.CouponGivenAgain));
        life.Until("2026-05-01");
        Assert.All(seen, one => Assert.False(one.CouponGivenAgain));
    }

    /// <summary>The change ends the month, of which a third stays given; the coupon for one period gives the rest once more, later.</summary>
    [Fact]
    public void What_a_coupon_has_left_after_a_period_relies_on_what_ended_it()
    {
        var seen = new List<InvoiceSeen>();
        var life = new Life(Pro) { Watch = (_, step) => seen = [.. step.Documents.InvoicesCredited.Concat(step.Documents.InvoicesSeen)] }
            .Start("2026-04-01", order => order.With(Amount(1000, CouponDuration.Once).For("pro", "attic")));
        Stand(life);
        Assert.True(life.Change("2026-04-11", Annual, ProrationPolicy.Day).IsAccepted);
        Stand(life);
        Assert.Equal(-667, life.Invoices[1].Totals.DiscountTotal);
        Assert.Equal([new CouponReliance(life.Invoices[1].Id, 667, 1)], life.State.Coupons.Single().ReliesOn);
        Assert.True(life.Add("2026-04-20", Named("desk", Life.Plan("year", prices: Life.Flat("base", 9000))), ProrationPolicy.Day).IsAccepted);
        Assert.DoesNotContain(seen, one => one.CouponGivenAgain);
        Assert.True(life.Add("2026-04-21", Named("attic", Life.Plan("year", prices: Life.Flat("base", 9000))), ProrationPolicy.Day).IsAccepted);
        Assert.Equal([life.Invoices[1].Id], seen.Where(one => one.CouponGivenAgain).Select(one => one.Invoice));
        Assert.Empty(life.State.Coupons.Single().ReliesOn);
    }

    private static void Stand(Life life)
    {
        foreach (var invoice in life.Invoices)
        {
            life.Standing[invoice.Id] = new CreditableInvoice(invoice.Id, InvoiceStatus.Paid, 0);
        }
    }

    private static void Void(Life life, Invoice invoice) => life.Standing[invoice.Id] = new CreditableInvoice(invoice.Id, InvoiceStatus.Void, 0);

    /// <summary>What the coupon gave on lines that stand, less what was taken back of such.</summary>
    private static long Standing(Life life)
    {
        var on = life.Invoices.SelectMany(invoice => invoice.Lines, (invoice, line) => (invoice.Id, Line: line)).ToDictionary(pair => pair.Line.Id, pair => pair.Id);
        bool Stands(string invoice) => life.Standing.GetValueOrDefault(invoice)?.Status is not InvoiceStatus.Void;
        return life.Invoices.Where(invoice => Stands(invoice.Id)).SelectMany(invoice => invoice.Lines)
            .Where(line => line.Draft.CreditedLine is not { } credited || Stands(on[credited]))
            .SelectMany(line => line.Discounts).Sum(part => part.Amount);
    }
}
