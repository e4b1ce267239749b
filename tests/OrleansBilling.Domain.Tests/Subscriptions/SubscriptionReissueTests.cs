using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>An invoice that is issued anew: all that the subscription remembers of its lines follows to the new ones.</summary>
public sealed class SubscriptionReissueTests
{
    private static readonly PlanVersion Seats = Named("seats", Life.Plan(prices: [Life.InArrears(Life.PerUnit("seats", 1000)), Life.Flat("base", 3000)])) with
    {
        Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", 9000),
    };

    [Fact]
    public void Every_line_that_is_remembered_is_one_of_the_new_document()
    {
        var life = new Life(Seats).Start("2026-04-01", order => order.With(Promos.Amount(500)) with { Quantities = Life.Quantity("seats", 1) });
        Assert.True(life.Change("2026-04-11", null, order: order => order with { Quantities = Life.Quantity("seats", 4) }).IsAccepted);
        // The part until the change, 333 of arrears, and the month's base.
        foreach (var old in life.Invoices.ToList())
        {
            var reissued = Reissued(life, old);
            var gone = old.Lines.Select(line => line.Id).ToHashSet(StringComparer.Ordinal);
            Assert.DoesNotContain(Remembered(reissued.State), known => known.Invoice == old.Id || gone.Contains(known.Line!));
            var made = reissued.Documents.Invoices[^1];
            Assert.All(Remembered(reissued.State).Where(known => known.Invoice == made.Id), known => Assert.Contains(made.Lines, line => line.Id == known.Line));
            Assert.Contains(Remembered(reissued.State), known => known.Invoice == made.Id);
        }
    }

    [Fact]
    public void A_piece_of_usage_that_is_issued_anew_is_not_billed_again()
    {
        var life = new Life(Named("metered", Life.Plan(prices: Life.Metered("calls", new PerUnitModel(1))))).Start("2026-04-01").Use("2026-04-05", 100);
        life.Piece("2026-04-06");

        var old = life.Invoices[^1];
        var step = Reissued(life, old);

        var piece = Assert.Single(step.State.Items.SelectMany(item => item.Usage!.Pieces));
        Assert.Equal((step.Documents.Invoices[^1].Id, step.Documents.Invoices[^1].Lines[0].Id, 100), (piece.Charge.Invoice, piece.Charge.Line, piece.Charge.Amount));
        var facts = life.Facts() with { Invoices = new Dictionary<string, CreditableInvoice> { [old.Id] = new(old.Id, InvoiceStatus.Void, 0) } };
        Assert.Empty(UsagePieces.Bill(step.State, facts, life.Context(Life.Utc("2026-04-07"), Life.Utc("2026-04-07"))).Documents.Invoices);
    }

    /// <summary>A charge and its credit, both of which have waited for the document: what the coupon has to give counts neither as void.</summary>
    [Fact]
    public void What_was_taken_back_of_a_coupon_beside_its_charge_counts_on_the_new_document()
    {
        var life = new Life(Pro).Start("2026-04-01", order => order.With(Promos.Amount(1000)));
        Assert.True(life.Change("2026-04-11", Max, order: order => order with { Invoice = InvoiceTiming.Next }).IsAccepted);
        Assert.True(life.Change("2026-04-16", Ultra, order: order => order with { Invoice = InvoiceTiming.Next }).IsAccepted);
        Assert.True(life.Add("2026-04-16", Storage).IsAccepted);
        var old = life.Invoices[^1];
        Assert.Contains(old.Lines, line => line.Draft is { CreditedLine: { } credited } && old.Lines.Any(charge => charge.Id == credited));
        Assert.DoesNotContain(Reissued(life, old).State.Coupons.Single().Uses, use => use.On(life.Facts()).Contains(old.Id));
    }

    private static IEnumerable<(string? Invoice, string? Line)> Remembered(SubscriptionState state) => state.Items
        .SelectMany(item => (item.Arrears?.Parts ?? []).Select(part => (part.Invoice, part.Line))
            .Concat(item.Open().Select(charge => (charge.Invoice, (string?)charge.Line)))
            .Concat((item.History?.Settled ?? []).Select(charge => (charge.Invoice, (string?)charge.Line))))
        .Concat(state.Commitments.SelectMany(running => running.Lines).Select(line => (line.Invoice, (string?)line.Line)));

    private static SubscriptionStep Reissued(Life life, Invoice old)
    {
        var context = life.Context(old.IssuedAt, old.IssuedAt);
        return SubscriptionReissue.Reissue(life.State, InvoiceIssue.InitialState(old), life.Facts(), context, (billing, terms, revision) => InvoiceReissue.Make(
            InvoiceIssue.InitialState(old), old.Lines, billing, 0, [], life.Standing, revision, "reissue:1", old.IssuedAt, context.Ids, terms)).Value.Step;
    }
}
