using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>A group or an event below zero costs nothing, takes nothing off others, and keeps nothing from being billed.</summary>
public sealed class UsageBelowZeroTests
{
    private static readonly MatrixModel Matrix =
        new(["region"], [new MatrixCell(ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("region", ["eu"]), 10)], 5);

    public static TheoryData<string, PricingModel, long, long> Models => new()
    {
        { "matrix", Matrix, 5000, 5070 },
        { "percentage with a maximum per event", new PercentageModel(10, MaxPerEvent: 30), 30, 31 },
        { "percentage with a minimum per event", new PercentageModel(10, MinPerEvent: 5), 50, 55 },
        { "percentage with a fixed amount and a free event", new PercentageModel(10, FixedAmount: 3, FreeEvents: 1), 0, 4 },
        { "percentage with a free value", new PercentageModel(10, FreeValue: 500), 0, 1 },
        { "dynamic", new DynamicModel("cost"), 70, 90 },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void What_is_below_zero_costs_nothing(string name, PricingModel model, long onTime, long withLate)
    {
        Assert.NotEmpty(name);
        var life = new Life(Named("metered", Plan(prices: Life.Metered("calls", model)))).Start("2026-04-01")
            .Use("2026-04-03", -1, ("region", "us"), ("cost", "-9")).Use("2026-04-05", 500, ("region", "eu"), ("cost", "70")).Until("2026-05-01");

        Assert.Equal([$"04-01 to 05-01 calls 499 = {onTime}"], life.UsageLines());
        Assert.Empty(life.State.SetAside);

        life.Use("2026-04-06", 7, ("region", "eu"), ("cost", "20")).Use("2026-04-07", -3, ("region", "us"), ("cost", "-1")).Late("2026-05-02", LatePolicy.Rerate).Until("2026-06-02");

        Assert.Equal($"04-01 to 05-01 calls 4 = {withLate - onTime}", life.UsageLines().Last());
    }

    [Fact]
    public void The_line_tells_how_many_events_were_below_zero()
    {
        var life = new Life(Named("metered", Plan(prices: Life.Metered("calls", new PercentageModel(10, MaxPerEvent: 30))))).Start("2026-04-01")
            .Use("2026-04-03", -100).Use("2026-04-04", -100).Use("2026-04-05", 800).Until("2026-05-01");

        var step = Assert.Single(life.Invoices[^1].Lines[0].Explain.Steps, step => step.Description == "Events below zero");
        Assert.Equal(("2", "0"), (step.Inputs["quantity"], step.Result));
    }
}
