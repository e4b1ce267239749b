using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Tests.Subscriptions;

namespace OrleansBilling.Domain.Tests.Catalog;

/// <summary>Phases that a plan may not be published with.</summary>
public sealed class PhaseRulesTests
{
    private static readonly Price Base = Life.Flat("base", 1000);

    private static readonly Price InEuros = Base with
    {
        CurrencyModels = ImmutableSortedDictionary<string, PricingModel>.Empty.Add("eur", new FlatModel(900)),
    };

    [Fact]
    public void A_plan_with_phases_is_published() =>
        Assert.Null(PlanRules.Check(PlanOf(Base, new PlanPhase(3, [Life.PerUnit("base", 5)]), new PlanPhase(1, [Base]))));

    [Theory]
    [InlineData("periods", "invalid_periods", "phases[0].periods")]
    [InlineData("none", "too_few", "phases[0].prices")]
    [InlineData("many", "too_many", "phases")]
    [InlineData("unknown", "unknown_price", "phases[0].prices[0].code")]
    [InlineData("twice", "duplicate_code", "phases[0].prices[1].code")]
    [InlineData("kind", "phase_kind_differs", "phases[0].prices[0]")]
    [InlineData("negative", "negative_amount", "phases[0].prices[0].model.amount")]
    [InlineData("currency", "currency_not_priced", "phases[0].prices[0].currency_models")]
    public void A_phase_that_does_not_fit_is_refused(string fault, string code, string field)
    {
        var plan = fault switch
        {
            "periods" => PlanOf(Base, new PlanPhase(0, [Base])),
            "none" => PlanOf(Base, new PlanPhase(1, [])),
            "many" => PlanOf(Base, [.. Enumerable.Repeat(new PlanPhase(1, [Base]), CatalogLimits.Phases + 1)]),
            "unknown" => PlanOf(Base, new PlanPhase(1, [Life.Flat("other", 5)])),
            "twice" => PlanOf(Base, new PlanPhase(1, [Base, Base])),
            "kind" => PlanOf(Base, new PlanPhase(1, [Life.OneTime("base", 5)])),
            "negative" => PlanOf(Base, new PlanPhase(1, [Life.Flat("base", -5)])),
            _ => PlanOf(InEuros, new PlanPhase(1, [Base])),
        };
        var refusal = PlanRules.Check(plan);
        Assert.Equal((code, field), (refusal?.Code, refusal?.Field));
    }

    [Fact]
    public void A_plan_is_sold_in_the_currencies_of_all_its_phases()
    {
        Assert.True(PlanOf(InEuros, new PlanPhase(1, [InEuros])).Sells(Currency.Of("eur")));
        Assert.False(PlanOf(InEuros, new PlanPhase(1, [Base])).Sells(Currency.Of("eur")));
    }

    private static PlanVersion PlanOf(Price price, params PlanPhase[] phases) => Life.Plan(prices: price) with { Phases = [.. phases] };
}
