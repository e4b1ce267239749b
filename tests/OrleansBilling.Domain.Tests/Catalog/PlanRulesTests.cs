using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Tests.Catalog;

public sealed class PlanRulesTests
{
    private static readonly Price Base = new("base", PriceKind.Recurring, BillingTiming.InAdvance, new FlatModel(2000));
    private static readonly Price Usage = new("calls", PriceKind.Usage, BillingTiming.InArrears, new PerUnitModel(0.1m)) { Meter = "calls" };

    private static readonly PlanVersion Pro = new("pro", 1, "Pro", Currency.Of("usd"), new BillingInterval(IntervalUnit.Month, 1), TrialDays: 14, [Base]);

    [Theory]
    [InlineData("a")]
    [InlineData("0-a.b_c")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")]
    public void Codes_are_taken_as_given(string code) => Assert.Null(PlanRules.Check(Pro with { Code = code }));

    [Fact]
    public void Plans_that_the_product_bills_are_accepted()
    {
        var plan = Pro with
        {
            Prices =
            [
                Base with { TaxCode = "saas", CurrencyModels = Models(("eur", new FlatModel(1900)), ("jpy", new FlatModel(300_000))) },
                new Price("seats", PriceKind.Recurring, BillingTiming.InAdvance, new GraduatedModel([new(10, 500), new(null, 400)])),
                new Price("setup", PriceKind.OneTime, BillingTiming.InAdvance, new PerUnitModel(5000)),
            ],
        };

        Assert.Null(PlanRules.Check(plan));
    }

    public static TheoryData<string, PlanVersion, string, string> Plans => new()
    {
        { "code first", Pro with { Code = "Pro", Name = "", TrialDays = -1, Prices = [] }, "invalid_code", "code" },
        { "code too long", Pro with { Code = new string('a', 65) }, "invalid_code", "code" },
        { "code begins with a sign", Pro with { Code = "-pro" }, "invalid_code", "code" },
        { "no code", Pro with { Code = "" }, "invalid_code", "code" },
        { "then the name", Pro with { Name = " ", TrialDays = -1, Interval = new(IntervalUnit.Month, 0) }, "invalid_name", "name" },
        { "a name too long", Pro with { Name = new string('a', 201) }, "invalid_name", "name" },
        { "then the interval", Pro with { TrialDays = -1, Interval = new(IntervalUnit.Month, 37) }, "invalid_interval", "interval.count" },
        { "then the trial", Pro with { TrialDays = 731, Prices = [] }, "invalid_trial_days", "trial_days" },
        { "a trial below nought", Pro with { TrialDays = -1 }, "invalid_trial_days", "trial_days" },
        { "no prices", Pro with { Prices = [] }, "too_few", "prices" },
        { "too many prices", Pro with { Prices = Enumerable.Range(0, 101).Select(i => Base with { Code = $"p{i}" }).ToImmutableArray() }, "too_many", "prices" },
        { "a price is checked before its twin is noticed", Pro with { Prices = [Base, Base with { Model = new FlatModel(-1) }] }, "negative_amount", "prices[1].model.amount" },
        { "one code twice", Pro with { Prices = [Base, Base] }, "duplicate_code", "prices[1].code" },
        { "prices in order", Pro with { Prices = [Base with { TaxCode = "?" }, Base] }, "invalid_code", "prices[0].tax_code" },
        { "a minimum in no currency", Pro with { Minimum = Least("xyz", 1) }, "unknown_currency", "minimum.xyz" },
        { "a minimum below nought", Pro with { Minimum = Least("usd", -1) }, "negative_amount", "minimum.usd" },
        { "a minimum in a currency that is not sold", Pro with { Minimum = Least("jpy", 1) }, "minimum_currency_not_sold", "minimum.jpy" },
        { "what is not billed comes last", Pro with { Prices = [Usage, Base, Base] }, "duplicate_code", "prices[2].code" },
        { "usage charged twice", Pro with { Prices = [Base, Usage, Usage with { Code = "eu", Filters = Eu }] }, "overlapping_filters", "prices[2].filters" },
        { "a grace below nought", Pro with { UsageGraceHours = -1 }, "invalid_usage_grace_hours", "usage_grace_hours" },
        { "a grace of more than a month", Pro with { UsageGraceHours = 745 }, "invalid_usage_grace_hours", "usage_grace_hours" },
    };

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Eu => ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("region", ["eu"]);

    private static ImmutableSortedDictionary<string, long> Least(string currency, long amount) =>
        ImmutableSortedDictionary<string, long>.Empty.Add(currency, amount);

    [Theory]
    [MemberData(nameof(Plans))]
    public void Refuses_plans_in_this_order(string why, PlanVersion plan, string code, string field) => Expect(why, PlanRules.Check(plan), code, field);

    public static TheoryData<string, Price, string, string> Prices => new()
    {
        { "code first", Base with { Code = "", Meter = "calls" }, "invalid_code", "p.code" },
        { "usage in advance", Usage with { Billing = BillingTiming.InAdvance, Meter = null }, "usage_in_arrears_only", "p.billing" },
        { "one-time in arrears", Base with { Kind = PriceKind.OneTime, Billing = BillingTiming.InArrears }, "one_time_in_advance_only", "p.billing" },
        { "usage without meter", Usage with { Meter = null, TaxCode = "?" }, "meter_needed", "p.meter" },
        { "meter's code", Usage with { Meter = "Calls" }, "invalid_code", "p.meter" },
        { "filter without values", Usage with { Filters = Filter("region") }, "too_few", "p.filters.region" },
        { "filter with a blank value", Usage with { Filters = Filter("region", " ") }, "invalid_name", "p.filters.region" },
        { "filter with a value twice", Usage with { Filters = Filter("region", "eu", "eu") }, "duplicate_value", "p.filters.region" },
        { "meter on a recurring price", Base with { Meter = "calls" }, "only_for_usage", "p.meter" },
        { "filters on a recurring price", Base with { Filters = Filter("region", "eu") }, "only_for_usage", "p.filters" },
        { "charge_in_trial on a recurring price", Base with { ChargeInTrial = true }, "only_for_usage", "p.charge_in_trial" },
        { "tax code", Base with { TaxCode = "S A" , Model = new FlatModel(-1) }, "invalid_code", "p.tax_code" },
        { "events on a recurring price", Base with { Model = new PercentageModel(1) }, "only_for_usage", "p.model.type" },
        { "matrix on a recurring price", Base with { Model = new MatrixModel([], []) }, "only_for_usage", "p.model.type" },
        { "its model before others", Base with { Model = new FlatModel(-1), CurrencyModels = Models(("xxx", new FlatModel(1))) }, "negative_amount", "p.model.amount" },
        { "unknown currency", Base with { CurrencyModels = Models(("xxx", new FlatModel(-1))) }, "unknown_currency", "p.currency_models.xxx" },
        { "currency in capitals", Base with { CurrencyModels = Models(("EUR", new FlatModel(1))) }, "unknown_currency", "p.currency_models.EUR" },
        { "the plan's currency again", Base with { CurrencyModels = Models(("usd", new FlatModel(1))) }, "currency_twice", "p.currency_models.usd" },
        { "model of a currency", Base with { CurrencyModels = Models(("eur", new FlatModel(-1))) }, "negative_amount", "p.currency_models.eur.amount" },
        { "events in another currency", Base with { CurrencyModels = Models(("eur", new DynamicModel("x"))) }, "only_for_usage", "p.currency_models.eur.type" },
    };

    [Theory]
    [MemberData(nameof(Prices))]
    public void Refuses_prices_in_this_order(string why, Price price, string code, string field) =>
        Expect(why, PriceRules.Check(price, Pro.Currency, "p"), code, field);

    private static void Expect(string why, Refusal? refusal, string code, string field) =>
        Assert.True((code, field) == (refusal?.Code, refusal?.Field), $"{why}: {refusal}");

    private static ImmutableSortedDictionary<string, PricingModel> Models(params (string Code, PricingModel Model)[] models) =>
        models.ToImmutableSortedDictionary(pair => pair.Code, pair => pair.Model, StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Filter(string property, params string[] values) =>
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add(property, [.. values]);
}
