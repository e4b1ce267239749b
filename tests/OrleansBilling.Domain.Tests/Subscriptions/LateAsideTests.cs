using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>A closed span that late usage made impossible to rate waits for a person, and keeps no other span from being looked at.</summary>
public sealed class LateAsideTests
{
    private static Life Billed()
    {
        var plan = Named("metered", Plan(prices: [Life.Metered("big", new PerUnitModel(Rater.MaxAmount / 10)), Life.Metered("calls", new PerUnitModel(10))]));
        var life = new Life(plan).Start("2026-04-01").Use("2026-04-10", 5).Until("2026-05-01");
        Assert.Equal(["04-01 to 05-01 big 5 = 500000000000000", "04-01 to 05-01 calls 5 = 50"], life.UsageLines());
        return life.Use("2026-04-11", 30).Late("2026-05-02", LatePolicy.Rerate);
    }

    [Fact]
    public void The_others_are_billed_and_it_waits_with_its_reason()
    {
        var life = Billed().Late("2026-05-03", LatePolicy.Rerate).Until("2026-06-01");

        Assert.Equal(["04-01 to 05-01 calls 30 = 300"], life.UsageLines().Skip(2));
        var aside = Assert.Single(life.State.SetAside);
        Assert.Equal(("big", "late_usage", Utc("2026-04-01")), (aside.Price, aside.Why.Code, aside.Period.Start));
        Assert.Contains("amount_too_large", aside.Why.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_retry_looks_again_and_what_can_be_rated_by_then_is_billed_once()
    {
        var life = Billed();
        var first = life.State.SetAside[0].Id;

        var step = life.Retry(first);
        Assert.True(step.IsAccepted);
        Assert.Equal((0, 1), (life.State.SetAside.Length, life.State.UsageReturned.Length));
        life.Late("2026-05-04", LatePolicy.Rerate);
        Assert.Empty(life.State.UsageReturned);
        Assert.NotEqual(first, Assert.Single(life.State.SetAside).Id);

        life.Used[1] = life.Used[1] with { Value = 4 };
        life.Late("2026-05-05", LatePolicy.Rerate).Late("2026-05-06", LatePolicy.Rerate).Until("2026-06-01");

        Assert.Empty(life.State.SetAside);
        Assert.Equal(90, life.Invoices.SelectMany(invoice => invoice.Lines).Where(line => line.Draft.Price == "calls").Sum(line => line.Draft.Amount));
        Assert.Equal(900_000_000_000_000, life.Invoices.SelectMany(invoice => invoice.Lines).Where(line => line.Draft.Price == "big").Sum(line => line.Draft.Amount));
    }

    public static TheoryData<PricingModel> Percentages => [new PercentageModel(12), new PercentageModel(12, MaxPerEvent: 31), new PercentageModel(12, FreeEvents: 1)];

    [Theory]
    [MemberData(nameof(Percentages))]
    public void Where_late_ones_are_ignored_voiding_all_events_of_a_span_is_ignored(PricingModel model)
    {
        var life = new Life(Named("metered", Plan(prices: Life.Metered("calls", model)))).Start("2026-04-01").Use("2026-04-10", 100).Use("2026-04-11", 100).Until("2026-05-01");
        var billed = life.UsageLines().ToList();
        life.Used.RemoveAt(0);
        life.Late("2026-05-02", LatePolicy.Ignore);
        life.Used.Clear();

        life.Late("2026-05-03", LatePolicy.Ignore).Until("2026-06-01");

        Assert.Equal(billed, life.UsageLines());
        Assert.Empty(life.State.SetAside);
    }
}
