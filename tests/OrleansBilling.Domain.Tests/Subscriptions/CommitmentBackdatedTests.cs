using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>
/// A minimum that comes in by <c>full_difference</c> where there was none holds for the whole period, and counts what was billed for it
/// before (rules.md, "Prices in arrears, and minimum commitments").
/// </summary>
public sealed class CommitmentBackdatedTests
{
    private static readonly Price Base = Life.Flat("base", 3000);

    private static readonly Gen<(int Kind, int Days, int Value)[]> Steps = Gen.Select(Gen.Int[0, 7], Gen.Int[0, 6], Gen.Int[0, 900]).Array[1, 12];

    [Fact]
    public void It_counts_usage_that_an_earlier_change_has_cut()
    {
        var life = new Life(Of("a", 0, Calls(1))).Start("2026-04-01").Use("2026-04-05", 600);
        Assert.True(life.Change("2026-04-11", Of("b", 0, Calls(2))).IsAccepted);
        Assert.True(life.Change("2026-04-21", Of("c", 1000, Calls(2)), ProrationPolicy.FullDifference).IsAccepted);

        Assert.Equal(["2026-04-01 calls 600", "2026-04-01  400"], Life.Told(life.Until("2026-05-01")));
    }

    [Fact]
    public void It_counts_pieces_of_usage()
    {
        var life = new Life(Of("a", 0, Calls(1))).Start("2026-04-01").Use("2026-04-05", 600);
        life.Piece("2026-04-06");
        Assert.True(life.Change("2026-04-21", Of("c", 1000, Calls(1)), ProrationPolicy.FullDifference).IsAccepted);

        Assert.Equal(["2026-04-01 calls 600", "2026-04-01  400"], Life.Told(life.Until("2026-05-01")));
    }

    [Fact]
    public void It_counts_what_an_earlier_change_has_left_of_a_charge()
    {
        var life = new Life(Of("a", 0, Life.PerUnit("seats", 3000))).Start("2026-04-01");
        Assert.True(life.Change("2026-04-16", null, order: order => order with { Quantities = Life.Quantity("seats", 2) }).IsAccepted);
        Assert.True(life.Change("2026-04-21", Of("c", 10000, Life.PerUnit("seats", 3000)), ProrationPolicy.FullDifference).IsAccepted);

        Assert.Equal(
            ["2026-04-01 seats 3000", "2026-04-16 seats -1500, 2026-04-16 seats 3000", "2026-04-01  5500, 2026-05-01 seats 6000"], Life.Told(life.Until("2026-05-01")));
    }

    [Fact]
    public void It_counts_what_was_due_once()
    {
        var life = new Life(Of("a", 0, Base, Life.OneTime("setup", 2000))).Start("2026-04-01");
        Assert.True(life.Change("2026-04-21", Of("c", 10000, Base, Life.OneTime("setup", 2000)), ProrationPolicy.FullDifference).IsAccepted);

        Assert.Equal(["2026-04-01 base 3000, 2026-04-01 setup 2000", "2026-04-01  5000, 2026-05-01 base 3000"], Life.Told(life.Until("2026-05-01")));
    }

    [Fact]
    public void It_counts_neither_void_invoices_nor_what_credit_notes_took()
    {
        var life = new Life(Of("a", 0, Calls(1))).Start("2026-04-01").Use("2026-04-05", 600).Use("2026-04-12", 50);
        Assert.True(life.Change("2026-04-11", Of("b", 0, Calls(2))).IsAccepted);
        Assert.True(life.Change("2026-04-16", Of("c", 0, Calls(3))).IsAccepted);
        var (first, second) = (life.Invoices[0], life.Invoices[1]);
        life.Standing[second.Id] = new CreditableInvoice(second.Id, InvoiceStatus.Void, 0);
        life.Standing[first.Id] = new CreditableInvoice(first.Id, InvoiceStatus.Paid, 0)
        {
            NotesTook = ImmutableDictionary<string, NoteTaken>.Empty.Add(first.Lines[0].Id, new NoteTaken(200, 0)),
        };
        Assert.True(life.Change("2026-04-21", Of("d", 1000, Calls(3)), ProrationPolicy.FullDifference).IsAccepted);

        Assert.Equal("2026-04-01  600", Life.Told(life.Until("2026-05-01")).Last());
    }

    [Fact]
    public void The_subscriptions_own_minimum_does_not_count_an_added_plan()
    {
        var added = Of("added", 0, Life.Flat("disk", 900));
        var life = new Life(Of("a", 0, Base)).Start("2026-04-01", order => order with { AddOns = [new AddOnOrder(added)] });
        Assert.True(life.Change("2026-04-21", Of("c", 10000, Base), ProrationPolicy.FullDifference).IsAccepted);

        Assert.Equal("2026-04-01  7000", Life.Told(life.Until("2026-05-01")).Last().Split(", ")[0]);
    }

    [Fact]
    public void A_period_costs_at_least_the_minimum_and_no_more_than_what_was_used_beyond_it() => Steps.Sample(
        drawn =>
        {
            Price[] prices = [Life.PerUnit("seats", 1001), Life.InArrears(Life.PerUnit("disk", 777)), Calls(3), Life.OneTime("setup", 500)];
            var plan = Of("a", 0, prices);
            var life = new Life(plan).Start("2026-04-01", order => order with { Quantities = Life.Quantity("seats", 2) });
            var (now, version) = (Life.Utc("2026-04-01"), 1);
            foreach (var (kind, days, value) in drawn)
            {
                now = Instant.Min(now + Duration.FromDays(days), Life.Utc("2026-04-29"));
                switch (kind)
                {
                    case 0 or 1:
                        life.Until(now).Use(now, value);
                        break;
                    case 2:
                        life.Change(now, null, order: order => order with { Quantities = Life.Quantity(value % 2 == 0 ? "seats" : "disk", value % 5) });
                        break;
                    case 3:
                        life.Change(now, Of("a", 0, [.. prices[..2], Calls(3 + (value % 3)), prices[3]]) with { Version = ++version });
                        break;
                    case 4:
                        life.Piece(now);
                        break;
                    case 5:
                        life.Change(now, Of("a", 0, [Life.PerUnit("seats", 1001 + value), .. prices[1..]]) with { Version = ++version }, ProrationPolicy.FullDifference);
                        break;
                    case 6:
                        life.Change(now, null, order: order => order with { Overrides = ImmutableSortedDictionary<string, PriceOverride>.Empty.Add("calls", new PriceOverride(null, value % 50)) });
                        break;
                }
            }

            var minimum = 100 * drawn[0].Value;
            var last = life.Facts().PlanOf(life.State.Plan, life.State.PlanVersion);
            Assert.True(life.Change("2026-04-30", Of("b", minimum, [.. last.Prices]), ProrationPolicy.FullDifference).IsAccepted);
            life.Until("2026-05-01");
            var lines = life.Invoices.SelectMany(invoice => invoice.Lines).Select(line => line.Draft).Where(draft => draft.Period.Start < Life.Utc("2026-05-01")).ToList();
            var others = lines.Where(draft => draft.Kind is not LineKind.Commitment).Sum(draft => draft.Amount);
            Assert.True(lines.Sum(draft => draft.Amount) == Math.Max(minimum, others), $"{minimum}, {others}\n" + string.Join('\n', Life.Told(life)));
        },
        iter: 1000);

    private static Price Calls(decimal amount) => Life.Metered("calls", new PerUnitModel(amount));

    private static PlanVersion Of(string code, long minimum, params Price[] prices)
    {
        var plan = Named(code, Life.Plan(prices: prices));
        return minimum == 0 ? plan : plan with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", minimum) };
    }
}
