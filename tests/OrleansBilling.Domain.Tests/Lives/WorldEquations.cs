using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>What must come out the same, or as nothing, whatever else happens in a life.</summary>
public sealed class WorldEquations
{
    private static readonly PlanVersion[] Plans =
    [
        Named("one", Life.Plan(prices: [Life.Flat("base", 300_001), Life.PerUnit("seats", 100_003)])),
        Named("two", Life.Plan(prices: [Life.Flat("base", 700_003), Life.PerUnit("seats", 90_001)])),
        Named("bare", Life.Plan(prices: [Life.PerUnit("seats", 55_001)])),
    ];

    /// <summary>Every invoice is void before anything can credit it: its lines count as not billed, so that nothing is ever given back.</summary>
    [Fact]
    public void A_life_whose_invoices_are_all_void_at_once_comes_to_nothing() => RandomWorld.Scripts.Sample(
        script =>
        {
            var world = RandomWorld.Play(
                script with { Deeds = [.. script.Deeds.Where(deed => RandomWorld.IsOfSubscription(deed.Command))] }, isPaid: false, each: VoidAll);
            Assert.All(world.Books.Headers, header => Assert.True(header.Status is InvoiceStatus.Void || header.Total == 0, $"{header.Id} {header.Status} {header.Total}"));
            Assert.All(world.Books.Balances, balance => Assert.Equal(0, balance.Value));
            Assert.Equal(0, world.Books.Entries.SelectMany(entry => entry.Postings).GroupBy(posting => posting.Debit).Sum(side => Math.Abs(
                side.Sum(posting => posting.Amount) - world.Books.Entries.SelectMany(entry => entry.Postings).Where(posting => posting.Credit == side.Key).Sum(posting => posting.Amount))));
        },
        iter: 500);

    /// <summary>A change and the way back at one instant, by a policy that measures time, cost nothing; so does any circle of changes.</summary>
    [Fact]
    public void A_circle_of_changes_at_one_instant_costs_nothing() => Gen.Select(
        Gen.Int[0, 900 * 24], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 24 * 40], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5]).Array[1, 4]).Sample(
        (start, from, policy, hours, circle) =>
        {
            var now = Life.Utc("2024-01-01") + Duration.FromHours(start);
            var tax = Invoicing.Drafts.Tax("19.6", inclusive: start % 2 == 0);
            ProrationPolicy measured = new[] { ProrationPolicy.Second, ProrationPolicy.Day, ProrationPolicy.Day30 }[policy];
            var life = new Life(Plans[from], tax: tax).Start(now);
            now += Duration.FromHours(hours);
            life.Until(now);
            var before = (Net: life.Invoices.Sum(invoice => invoice.Totals.Subtotal), Count: life.Invoices.Count, Total: life.Invoices.Sum(invoice => invoice.Totals.Total));
            foreach (var (plan, seats) in circle)
            {
                life.Change(now, Plans[plan], measured, order => order with { Quantities = order.Quantities.Add("seats", seats) });
            }

            life.Change(now, Plans[from], measured, order => order with { Quantities = order.Quantities.Add("seats", 1) });
            Assert.Equal(before.Net, life.Invoices.Sum(invoice => invoice.Totals.Subtotal));
            // Tax is rounded once on each document.
            var documents = life.Invoices.Count - before.Count;
            Assert.InRange(life.Invoices.Sum(invoice => invoice.Totals.Total) - before.Total, -documents, documents);
            // What stands is what stood: the end gives back the same.
            Assert.Equal(Ended(new Life(Plans[from], tax: tax).Start(now - Duration.FromHours(hours)).Until(now), now, measured), Ended(life, now, measured));
        },
        iter: 1500);

    private static long Ended(Life life, Instant at, ProrationPolicy policy)
    {
        Assert.True(life.Cancel(at, at, policy).IsAccepted);
        return life.Invoices.Sum(invoice => invoice.Totals.Subtotal);
    }

    private static void VoidAll(World world)
    {
        foreach (var header in world.Books.Headers.Where(header => header.Status is not InvoiceStatus.Void && header.Total != 0).ToList())
        {
            var now = world.Books.Documents[header.Id].IssuedAt;
            _ = header.Status is InvoiceStatus.Draft ? world.Delete(header.Id, now) : world.Void(header.Id, now);
        }
    }
}
