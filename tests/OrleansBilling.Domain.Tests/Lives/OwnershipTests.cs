using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// For each price and instant the customer is billed for exactly one plan: random lives of changes between prices in
/// advance and in arrears, quantities, phases, negotiated prices, pauses, moved billing days and an end must cost what an
/// independent account says.
/// </summary>
public sealed class OwnershipTests
{
    private static readonly (PlanVersion Plan, Owned Owned)[] Plans =
    [
        Offer("advance", 300_001, 0, Life.PerUnit("base", 300_001)),
        Offer("arrears", 500_003, 0, Life.InArrears(Life.PerUnit("base", 500_003))),
        Offer("dearer", 900_007, 0, Life.PerUnit("base", 900_007)),
        Offer("cheaper", 100_003, 0, Life.InArrears(Life.PerUnit("base", 100_003))),
        Offer("volume", 200_003, 0, Life.InArrears(new Price("base", PriceKind.Recurring, BillingTiming.InAdvance, new VolumeModel([new Tier(null, 200_003)])))),
        Phased(Offer("phased", 600_011, 0, Life.PerUnit("base", 600_011)), Life.PerUnit("base", 70_001), 70_001, 2),
    ];

    private static readonly (PlanVersion Plan, Owned Owned)[] Committed =
    [
        Offer("free", 400_001, 0, Life.PerUnit("base", 400_001)),
        Offer("low", 300_001, 700_001, Life.PerUnit("base", 300_001)),
        Offer("same", 200_003, 700_001, Life.InArrears(Life.PerUnit("base", 200_003))),
        Offer("high", 500_003, 1_500_003, Life.InArrears(Life.PerUnit("base", 500_003))),
    ];

    private static readonly Gen<(int Start, int Zone, int Plan, Act[] Acts)> Lives = Gen.Select(
        Gen.Int[0, 900 * 24],
        Gen.Int[0, RandomLife.Zones.Length - 1],
        Gen.Int[0, 5],
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 24 * 25], Gen.Int[0, 5], Gen.Int[0, 9], Gen.Int[1, 31], Gen.Int[0, 4], (kind, hours, plan, off, day, quantity) => new Act(kind, hours, plan, off, day, quantity)).Array[1, 9],
        (start, zone, plan, acts) => (start, zone, plan, acts));

    [Theory]
    [InlineData(ProrationPolicy.Second)]
    [InlineData(ProrationPolicy.Day)]
    [InlineData(ProrationPolicy.Day30)]
    public void Each_instant_is_billed_for_exactly_one_plan(ProrationPolicy policy) => Lives.Sample(script => Holds(script, life => Check(life, Plans, policy)), iter: Math.Max(2000, CsCheck.Check.Iter));

    [Fact]
    public void A_minimum_is_reached_by_each_part_of_a_period_for_which_it_holds() => Lives.Sample(script => Holds(script, life => Check(life, Committed, ProrationPolicy.Day)), iter: Math.Max(2000, CsCheck.Check.Iter));

    private static void Holds((int Start, int Zone, int Plan, Act[] Acts) script, Action<(int Start, int Zone, int Plan, Act[] Acts)> play) => Shrink.Holds(
        script,
        life => Shrink.List(life.Acts, Shrink.Of).Select(acts => life with { Acts = acts })
            .Concat(new[] { life with { Start = 0 }, life with { Zone = 0 }, life with { Plan = 0 } }.Where(next => next != life)),
        life => $"start {life.Start}, zone {life.Zone}, plan {life.Plan}: {string.Join(", ", life.Acts)}",
        play);

    private static void Check((int Start, int Zone, int Plan, Act[] Acts) script, (PlanVersion Plan, Owned Owned)[] plans, ProrationPolicy policy)
    {
        var now = Life.Utc("2024-01-01") + Duration.FromHours(script.Start);
        var zone = RandomLife.Zones[script.Zone];
        var (plan, owned) = plans[script.Plan % plans.Length];
        var oracle = new OwnershipOracle(now, zone, policy, owned);
        var life = new Life(plan, zone).Start(now);
        var isPaused = false;
        foreach (var act in script.Acts)
        {
            now += Duration.FromHours(act.Hours);
            switch (act.Kind)
            {
                case <= 3:
                    var (to, wanted) = plans[act.Plan % plans.Length];
                    var given = Override(act, now);
                    if (life.Change(now, to, policy, order => order with
                    {
                        Quantities = order.Quantities.Add("base", act.Quantity),
                        Overrides = order.Overrides.Add("base", given),
                        Invoice = act.Hours % 3 == 0 ? InvoiceTiming.Next : InvoiceTiming.Now,
                    }).IsAccepted)
                    {
                        oracle.Owns(now, wanted with
                        {
                            Price = wanted.Price * act.Quantity,
                            Intro = wanted.Intro * act.Quantity,
                            PercentOff = given.PercentOff ?? 0,
                            Until = given.Until,
                        });
                    }

                    break;
                case 4 when !isPaused:
                    Assert.True(life.Pause(now, now, policy, null).IsAccepted);
                    isPaused = true;
                    oracle.Pauses(now);
                    break;
                case 5 when isPaused:
                    Assert.True(life.Resume(now, now).IsAccepted);
                    isPaused = false;
                    oracle.Resumes(now);
                    break;
                case 6 when life.Change(now, null, policy, order => order with { Anchor = new DayOfMonthAnchor(act.When) }).IsAccepted:
                    oracle.Moves(now, act.When);
                    break;
            }
        }

        now += Duration.FromHours(7);
        Assert.True(life.Cancel(now, now, policy).IsAccepted);
        var lines = life.Invoices.Sum(invoice => invoice.Lines.Length);
        Assert.InRange(life.Invoices.Sum(invoice => invoice.Totals.Total) - oracle.Owed(now), -lines, lines);
        RandomLivesTests.Check(life);
    }

    /// <summary>By <c>none</c> and <c>full_difference</c>, which measure no time: the last is told for prices that are billed at one end of the month.</summary>
    [Theory]
    [InlineData(ProrationPolicy.None, "advance arrears dearer cheaper volume")]
    [InlineData(ProrationPolicy.FullDifference, "advance dearer")]
    [InlineData(ProrationPolicy.FullDifference, "arrears cheaper volume")]
    public void Policies_that_measure_no_time_bill_what_an_independent_account_says(ProrationPolicy policy, string plans) => Lives.Sample(
        script => Holds(script, life => Check(life, [.. Plans.Where(plan => plans.Split(' ').Contains(plan.Plan.Code))], policy == ProrationPolicy.None)),
        iter: Math.Max(2000, CsCheck.Check.Iter));

    private static void Check((int Start, int Zone, int Plan, Act[] Acts) script, (PlanVersion Plan, Owned Owned)[] plans, bool byNone)
    {
        var now = Life.Utc("2024-01-01") + Duration.FromHours(script.Start);
        var zone = RandomLife.Zones[script.Zone];
        var (plan, owned) = plans[script.Plan % plans.Length];
        var next = new NextPeriodOracle(now, zone, owned.Price, IsInAdvance(plan));
        var difference = new DifferenceOracle(now, zone, owned.Price);
        var life = new Life(plan, zone).Start(now);
        var isPaused = false;
        ProrationPolicy? ofTime = byNone ? ProrationPolicy.None : ProrationPolicy.Day;
        foreach (var act in script.Acts)
        {
            now += Duration.FromHours(act.Hours);
            var (to, wanted) = plans[act.Plan % plans.Length];
            switch (act.Kind)
            {
                case <= 3 or 6 when life.Change(now, to, byNone ? ProrationPolicy.None : ProrationPolicy.FullDifference, order => order with
                {
                    Quantities = order.Quantities.Add("base", act.Quantity),
                    Invoice = act.Hours % 3 == 0 ? InvoiceTiming.Next : InvoiceTiming.Now,
                }).IsAccepted:
                    next.Owns(now, wanted.Price * act.Quantity, IsInAdvance(to));
                    difference.Owns(now, wanted.Price * act.Quantity);
                    break;
                case 4 when !isPaused:
                    Assert.True(life.Pause(now, now, ofTime, null).IsAccepted);
                    isPaused = true;
                    next.Pauses(now);
                    difference.Pauses(now);
                    break;
                case 5 when isPaused:
                    Assert.True(life.Resume(now, now).IsAccepted);
                    isPaused = false;
                    next.Resumes(now);
                    difference.Resumes(now);
                    break;
            }
        }

        now += Duration.FromHours(7);
        Assert.True(life.Cancel(now, now, ofTime).IsAccepted);
        var lines = life.Invoices.Sum(invoice => invoice.Lines.Length);
        Assert.InRange(life.Invoices.Sum(invoice => invoice.Totals.Total) - (byNone ? next.Owed(now) : difference.Owed(now)), -lines, lines);
        RandomLivesTests.Check(life);
    }

    private static bool IsInAdvance(PlanVersion plan) => plan.Prices[0].Billing is BillingTiming.InAdvance;

    private static PriceOverride Override(Act act, Instant now) => act.Policy switch
    {
        1 => new PriceOverride(null, 30),
        2 => new PriceOverride(null, 45.5m) { Until = now + Duration.FromDays(17) },
        _ => new PriceOverride(null, 0),
    };

    private static (PlanVersion Plan, Owned Owned) Offer(string code, decimal unit, long minimum, Price price) =>
        (Named(code, Life.Plan(prices: price)) with { Minimum = minimum == 0 ? Life.Plan().Minimum : Life.Plan().Minimum.Add("usd", minimum) }, new Owned(code, unit, Minimum: minimum));

    private static (PlanVersion Plan, Owned Owned) Phased((PlanVersion Plan, Owned Owned) offer, Price intro, decimal unit, int periods) =>
        (offer.Plan with { Phases = [new PlanPhase(periods, [intro])] }, offer.Owned with { Intro = unit, Months = periods });
}
