using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// For each price and instant the customer is billed for exactly one plan: random lives of changes between prices in
/// advance and in arrears, quantities, pauses and an end must cost what an independent account says.
/// </summary>
public sealed class OwnershipTests
{
    private static readonly (PlanVersion Plan, decimal Unit)[] Plans =
    [
        (Named("advance", Life.Plan(prices: Life.PerUnit("base", 300_001))), 300_001),
        (Named("arrears", Life.Plan(prices: Life.InArrears(Life.PerUnit("base", 500_003)))), 500_003),
        (Named("dearer", Life.Plan(prices: Life.PerUnit("base", 900_007))), 900_007),
        (Named("cheaper", Life.Plan(prices: Life.InArrears(Life.PerUnit("base", 100_003)))), 100_003),
        (Named("volume", Life.Plan(prices: Life.InArrears(new Price("base", PriceKind.Recurring, BillingTiming.InAdvance, new VolumeModel([new Tier(null, 200_003)]))))), 200_003),
    ];

    private static readonly Gen<(int Start, int Zone, int Plan, Act[] Acts)> Lives = Gen.Select(
        Gen.Int[0, 900 * 24],
        Gen.Int[0, RandomLife.Zones.Length - 1],
        Gen.Int[0, Plans.Length - 1],
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 24 * 25], Gen.Int[0, Plans.Length - 1], Gen.Int[0, 4], (kind, hours, plan, quantity) => new Act(kind, hours, plan, 0, 0, quantity)).Array[1, 9],
        (start, zone, plan, acts) => (start, zone, plan, acts));

    [Theory]
    [InlineData(ProrationPolicy.Second)]
    [InlineData(ProrationPolicy.Day)]
    public void Each_instant_is_billed_for_exactly_one_plan(ProrationPolicy policy) => Lives.Sample(
        script =>
        {
            var now = Life.Utc("2024-01-01") + Duration.FromHours(script.Start);
            var zone = RandomLife.Zones[script.Zone];
            var oracle = new OwnershipOracle(now, zone, policy);
            var life = new Life(Plans[script.Plan].Plan, zone).Start(now);
            var (price, isPaused) = (Plans[script.Plan].Unit, false);
            oracle.Owns(now, price);
            foreach (var act in script.Acts)
            {
                now += Duration.FromHours(act.Hours);
                switch (act.Kind)
                {
                    case <= 3 when life.Change(now, Plans[act.Plan].Plan, policy, order => order with { Quantities = order.Quantities.Add("base", act.Quantity) }).IsAccepted:
                        price = Plans[act.Plan].Unit * act.Quantity;
                        oracle.Owns(now, isPaused ? 0 : price);
                        break;
                    case 4 when !isPaused:
                        Assert.True(life.Pause(now, now, policy, null).IsAccepted);
                        isPaused = true;
                        oracle.Owns(now, 0);
                        break;
                    case 5 when isPaused:
                        Assert.True(life.Resume(now, now).IsAccepted);
                        isPaused = false;
                        oracle.Owns(now, price);
                        break;
                }
            }

            now += Duration.FromHours(7);
            Assert.True(life.Cancel(now, now, policy).IsAccepted);
            var lines = life.Invoices.Sum(invoice => invoice.Lines.Length);
            Assert.InRange(life.Invoices.Sum(invoice => invoice.Totals.Total) - oracle.Owed(now), -lines, lines);
            RandomLivesTests.Check(life);
        },
        iter: 2000);
}
