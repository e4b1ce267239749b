using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>What is sold: plans, negotiated prices, coupons and taxes.</summary>
internal static partial class RandomWorld
{
    /// <summary>Currencies with none, two and three decimals.</summary>
    private static readonly string[] Currencies = ["usd", "jpy", "kwd"];

    private static readonly PricingModel Volume = new VolumeModel([new Tier(3, 40_001), new Tier(null, 25_003)]);

    private static readonly PricingModel Graduated = new GraduatedModel([new Tier(2, 50_001, 1_000), new Tier(null, 20_003)]) { MinimumAmount = 90_000, MaximumAmount = 130_000 };

    private static readonly PlanVersion[] Plans =
    [
        Sold("small", Life.Plan(prices: [Life.Flat("base", 300_001), Life.PerUnit("seats", 100_003)])),
        Sold("later", Life.Plan(prices: [Life.InArrears(Life.Flat("base", 500_003)), Life.InArrears(Life.PerUnit("seats", 90_001, ProrationPolicy.Second))]), 900_007),
        Sold("mixed", Life.Plan(prices: [Life.Flat("base", 700_003), Later("seats", Graduated), Life.OneTime("setup", 50_000)]), 1_000_003),
        Sold("phased", Life.Plan(prices: [Later("seats", Volume), Life.Flat("base", 200_003, ProrationPolicy.FullDifference)]) with
        {
            Phases = [Phase(1, Life.Flat("base", 50_001)), Phase(2, Life.Flat("base", 120_007, ProrationPolicy.Second))],
        }),
        Sold("week", Life.Plan("week", prices: [Life.Flat("base", 100_001), Life.InArrears(Life.PerUnit("seats", 30_001, ProrationPolicy.None))])),
        Sold("year", Life.Plan("year", prices: [Life.InArrears(Life.Flat("base", 3_000_001)), Life.PerUnit("seats", 50_003)]), 3_500_001),
    ];

    private static readonly PlanVersion Support = Sold("support", Life.Plan(prices: [Life.Flat("help", 60_007), Life.InArrears(Life.PerUnit("calls", 7_001))]), 90_001);

    private static TaxSettings Tax(int money) => new(
        (money % 3) switch
        {
            0 => [new AccountTaxRate("vat", 19.6m, [])],
            1 => [new AccountTaxRate("state", 7.25m, []), new AccountTaxRate("city", 1.375m, [])],
            _ => [],
        },
        Inclusive: money % 2 == 0, money % 4 == 1 ? TaxRounding.Line : TaxRounding.Document, Exempt: false, TaxId: null);

    private static ImmutableSortedDictionary<string, PriceOverride> Overrides(int share, PlanVersion plan, Instant now)
    {
        var none = ImmutableSortedDictionary<string, PriceOverride>.Empty;
        PriceOverride? given = (share % 11) switch
        {
            1 => new PriceOverride(new FlatModel(250_001), null),
            2 => new PriceOverride(null, 33.3m) { Until = now + Duration.FromDays(40) },
            3 => new PriceOverride(null, 0),
            4 => new PriceOverride(new FlatModel(110_003), null) { Until = now + Duration.FromDays(20) },
            _ => null,
        };
        return given is null || plan.Find("base") is null ? none : none.Add("base", given);
    }

    private static Coupon Coupon(Deed deed)
    {
        var duration = (CouponDuration)(deed.Policy % 3);
        var coupon = deed.Share % 2 == 0 ? Promos.Percent((deed.Share / 10) + 1, duration) : Promos.Amount((deed.Share * 700L) + 1, duration);
        return coupon with
        {
            Code = "c" + (deed.Count % 3),
            Currency = coupon.Currency is null ? null : Currency.Of(Currencies[deed.Hours % 3]),
            Periods = duration is CouponDuration.Repeating ? 2 : null,
            AppliesTo = deed.When switch { 0 => ["seats"], 1 => ["small"], _ => [] },
        };
    }

    private static PlanPhase Phase(int periods, Price price) => new(periods, [In(price)]);

    private static PlanVersion Sold(string code, PlanVersion plan, long minimum = 0) => Named(code, plan) with
    {
        Prices = [.. plan.Prices.Select(In)],
        Minimum = minimum == 0 ? plan.Minimum : Currencies.ToImmutableSortedDictionary(currency => currency, _ => minimum),
    };

    /// <summary>The price in every currency, at the same number of minor units.</summary>
    private static Price In(Price price) => price with
    {
        CurrencyModels = Currencies.Where(currency => currency != "usd").ToImmutableSortedDictionary(currency => currency, _ => price.Model),
    };

    private static Price Later(string code, PricingModel model) => new(code, PriceKind.Recurring, BillingTiming.InArrears, model);
}
