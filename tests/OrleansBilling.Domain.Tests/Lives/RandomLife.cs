using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>What happens to a subscription: a kind of call, after some hours, with numbers that each kind reads its own way.</summary>
internal readonly record struct Act(int Kind, int Hours, int Plan, int Policy, int When, int Quantity);

/// <summary>A life as numbers, so that a failing one shrinks and prints whole.</summary>
internal sealed record Script(int Start, int Zone, int Anchor, int Trial, int Plan, int Money, Act[] Acts);

/// <summary>Plays random lives: create, change, items, pause, resume, cancel and take back, trials, at random instants, under all policies.</summary>
internal static class RandomLife
{
    public static readonly string[] Zones = ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];

    public static readonly ProrationPolicy?[] Policies =
        [ProrationPolicy.Day, ProrationPolicy.Second, ProrationPolicy.Day30, ProrationPolicy.None, ProrationPolicy.FullDifference, null];

    private static readonly PricingModel Volume = new VolumeModel([new Tier(3, 40_001), new Tier(null, 25_003)]);

    private static readonly PricingModel Graduated = new GraduatedModel([new Tier(2, 50_001, 1_000), new Tier(null, 20_003)]) { MinimumAmount = 90_000, MaximumAmount = 130_000 };

    private static readonly PlanVersion[] Plans =
    [
        Named("small", Life.Plan(prices: [Life.Flat("base", 300_001), Life.PerUnit("seats", 100_003)])),
        Named("later", Life.Plan(prices: [Life.InArrears(Life.Flat("base", 500_003)), Life.InArrears(Life.PerUnit("seats", 90_001, ProrationPolicy.Second))])) with { Minimum = Least(900_007) },
        Named("mixed", Life.Plan(prices: [Life.Flat("base", 700_003), Later("seats", Graduated), Life.OneTime("setup", 50_000)])) with { Minimum = Least(1_000_003) },
        Named("volume", Life.Plan(prices: [Later("seats", Volume), Life.Flat("base", 200_003, ProrationPolicy.FullDifference)])),
        Named("week", Life.Plan("week", prices: [Life.Flat("base", 100_001), Life.InArrears(Life.PerUnit("seats", 30_001, ProrationPolicy.None))])),
        Named("year", Life.Plan("year", prices: [Life.InArrears(Life.Flat("base", 3_000_001)), Life.PerUnit("seats", 50_003)])) with { Minimum = Least(3_500_001) },
    ];

    private static readonly PlanVersion Support = Named("support", Life.Plan(prices: [Life.Flat("help", 60_007), Life.InArrears(Life.PerUnit("calls", 7_001))])) with { Minimum = Least(90_001) };

    public static readonly Gen<Script> Scripts = Gen.Select(
        Gen.Select(Gen.Int[0, 900 * 24], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[-20, 10]),
        Gen.Int[0, Plans.Length - 1],
        Gen.Int[0, 2],
        Gen.Select(Gen.Int[0, 11], Gen.Int[0, 24 * 25], Gen.Int[0, Plans.Length - 1], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 4], (a, b, c, d, e, f) => new Act(a, b, c, d, e, f)).Array[1, 9],
        (begin, plan, money, acts) => new Script(begin.Item1, begin.Item2, begin.Item3, begin.Item4, plan, money, acts));

    /// <summary>The whole life, ended three days after the last act.</summary>
    public static Life Play(Script script)
    {
        var now = Life.Utc("2024-01-01") + Duration.FromHours(script.Start);
        var tax = new TaxSettings(
            [new AccountTaxRate("vat", 19.6m, [])], script.Start % 2 == 0, script.Money == 1 ? TaxRounding.Line : TaxRounding.Document, script.Money == 2, null);
        AnchorRule anchor = script.Anchor switch
        {
            0 => new StartAnchor(),
            1 => new CalendarAnchor(),
            2 => Plans[script.Plan].Interval.Months is null ? new StartAnchor() : new DayOfMonthAnchor(31),
            _ => new AtAnchor(now - Duration.FromDays(11)),
        };
        var life = new Life(Plans[script.Plan] with { TrialDays = Math.Max(script.Trial, 0) }, Zones[script.Zone], tax).Start(now, order => order with { Anchor = anchor });
        foreach (var act in script.Acts)
        {
            now += Duration.FromHours(act.Hours);
            life.Until(now);
            Do(life, act, now);
        }

        now += Duration.FromDays(3);
        life.Until(now);
        if (life.State.Status is not SubscriptionStatus.Canceled)
        {
            Assert.True(life.Cancel(now, now, script.Start % 3 == 0 ? ProrationPolicy.Second : ProrationPolicy.Day).IsAccepted);
        }

        return life;
    }

    private static void Do(Life life, Act act, Instant now)
    {
        var policy = Policies[act.Policy];
        Instant? at = act.When switch { 0 => null, 1 => now - Duration.FromHours(act.Hours % 50), 2 => now + Duration.FromHours(act.Hours % 90), _ => now };
        switch (act.Kind)
        {
            case <= 4:
                var plan = Plans[act.Plan];
                life.Change(now, plan, policy, order => order with
                {
                    At = at,
                    AnchorReset = act.Quantity switch { 0 => true, 1 => false, _ => null },
                    ChargeOneTime = act.Quantity % 2 == 0,
                    Quantities = order.Quantities.Add("seats", act.Quantity),
                });
                break;
            case 5:
                life.Add(now, Support, policy, order => order with { At = at, Quantities = order.Quantities.Add("calls", act.Quantity) });
                break;
            case 6 when life.State.Items.Length > 1:
                life.Remove(now, life.State.Items[act.Quantity % life.State.Items.Length].Id, at, policy);
                break;
            case 7 or 8:
                life.Pause(now, at, policy, act.Quantity > 2 ? now + Duration.FromHours(act.Hours + 1) : null);
                break;
            case 9:
                life.Resume(now, at);
                break;
            case 10:
                life.Cancel(now, act.When == 5 ? null : now + Duration.FromHours(act.Hours + 1), policy);
                break;
            case 11:
                life.Uncancel();
                break;
        }
    }

    private static ImmutableSortedDictionary<string, long> Least(long amount) => ImmutableSortedDictionary<string, long>.Empty.Add("usd", amount);

    private static Price Later(string code, PricingModel model) => new(code, PriceKind.Recurring, BillingTiming.InArrears, model);
}
