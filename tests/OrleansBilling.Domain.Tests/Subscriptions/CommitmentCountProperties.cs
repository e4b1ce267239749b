using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>
/// Minimums that change within periods, over any changes of plan, price and quantity (rules.md, "Prices in arrears, and minimum commitments"):
/// together the commitments of a period count each of its lines once, whatever part of it each of them counts.
/// </summary>
public sealed class CommitmentCountProperties
{
    private static readonly ProrationPolicy?[] Policies =
        [null, ProrationPolicy.Day, ProrationPolicy.Second, ProrationPolicy.None, ProrationPolicy.FullDifference, ProrationPolicy.Day30];

    private static readonly Price[] Prices = [Life.PerUnit("seats", 1001), Life.InArrears(Life.PerUnit("disk", 777)), Calls(3), Life.OneTime("setup", 500)];

    private static readonly Gen<(int Grace, (int Kind, int Days, int Value, int Other)[] Steps)> Lives = Gen.Select(
        Gen.Int[0, 2], Gen.Select(Gen.Int[0, 6], Gen.Int[0, 8], Gen.Int[0, 900], Gen.Int[0, 1000]).Array[1, 8], (grace, steps) => (grace, steps));

    [Fact]
    public void Together_they_count_each_line_of_a_period_once() => Lives.Sample(
        drawn =>
        {
            var closed = new List<ClosedCommitment>();
            var life = Play(drawn.Grace * 60, drawn.Steps, closed);
            var lines = life.Invoices.SelectMany(invoice => invoice.Lines).Select(line => line.Draft).Concat(life.Waiting.Select(line => line.Draft)).Where(draft => draft.Item is not null).ToList();
            foreach (var period in life.Periods.Where(period => period.End + Duration.FromHours(drawn.Grace * 60) <= life.Now))
            {
                var billed = lines.Where(draft => draft.Period.Start >= period.Start && draft.Period.Start < period.End).Sum(draft => draft.Amount);
                var counted = closed.Where(one => one.Time.Start >= period.Start && one.Time.Start < period.End).Sum(one => one.Counted);
                Assert.True(billed == counted, $"{period.Start}: {counted} in place of {billed}\n{string.Join('\n', closed)}\n" + string.Join('\n', Life.Told(life)));
            }
        },
        iter: 1000);

    private static Life Play(int grace, (int Kind, int Days, int Value, int Other)[] steps, List<ClosedCommitment> closed)
    {
        var (now, version, changed) = (Life.Utc("2026-04-01"), 1, false);
        PlanVersion Of(long minimum, Price[] prices) => Life.Plan(prices: prices) with
        {
            Version = version++,
            UsageGraceHours = grace,
            Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", minimum),
        };
        var life = new Life(Of(5000, Prices))
        {
            Watch = (before, step) => closed.AddRange(step.State.CommitmentsClosed.Where(one => one.Number > (before?.CommitmentsEnded ?? 0))),
        }.Start(now);
        foreach (var (kind, days, value, other) in steps)
        {
            // One change of an instant.
            now += Duration.FromDays(kind is 2 or 3 or 4 && changed ? days + 1 : days);
            life.Until(now);
            var policy = Policies[other % Policies.Length];
            switch (kind)
            {
                case 0 or 1:
                    life.Use(now - Duration.FromDays(other % 2), value);
                    break;
                case 2:
                    life.Change(now, null, policy, order: order => order with { Quantities = Life.Quantity(value % 2 == 0 ? "seats" : "disk", value % 5) });
                    changed = true;
                    break;
                case 3 or 4:
                    life.Change(now, Of(1 + (1000 * (other % 20)), Dearer(value)), policy);
                    changed = true;
                    break;
                case 5:
                    life.Late(now, LatePolicy.Rerate);
                    break;
                default:
                    life.Piece(now);
                    break;
            }
        }

        return life.Until(now + Duration.FromDays(40));
    }

    private static Price[] Dearer(int value) => (value % 4) switch
    {
        0 => Prices,
        1 => [.. Prices[..2], Calls(3 + (value % 3)), Prices[3]],
        2 => [Life.PerUnit("seats", 1001 + value), .. Prices[1..]],
        _ => [Prices[0], Life.InArrears(Life.PerUnit("disk", 777 + value)), .. Prices[2..]],
    };

    private static Price Calls(decimal amount) => Life.Metered("calls", new PerUnitModel(amount));
}
