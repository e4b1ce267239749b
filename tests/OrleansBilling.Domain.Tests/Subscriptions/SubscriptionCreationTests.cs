using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

public sealed class SubscriptionCreationTests
{
    /// <summary>Each case breaks its own rule and all later ones, so that the order of refusals is tested too.</summary>
    public static TheoryData<string, Func<SubscriptionOrder, SubscriptionOrder>> Refusals => new()
    {
        { "unknown_price", order => Bad(order) with { Quantities = order.Quantities.Add("none", 1) } },
        { "negative_quantity", order => Bad(order) with { Quantities = order.Quantities.Add("base", -1) } },
        { "amount_too_large", order => Bad(order) with { Plan = Life.Plan(prices: [Life.PerUnit("seats", 999_999_999_999)]), Quantities = order.Quantities.Add("seats", 1_000_000) } },
        { "start_out_of_range", order => Bad(order) with { StartAt = Life.Utc("2020-01-01") } },
        { "full_difference_needs_change", order => Bad(order) },
        { "trial_given_twice", order => Bad(order) with { Proration = null } },
        { "invalid_trial_days", order => Bad(order) with { Proration = null, TrialEnd = null } },
        { "trial_end_out_of_range", order => Bad(order) with { Proration = null, TrialDays = null } },
        { "ends_before_start", order => Bad(order) with { Proration = null, TrialDays = null, TrialEnd = null } },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Refusals_come_in_a_fixed_order(string code, Func<SubscriptionOrder, SubscriptionOrder> order) =>
        Assert.Equal(code, new Life(Life.Plan()).Refused("2026-01-01", order)!.Code);

    [Fact]
    public void A_plan_without_the_accounts_currency_is_refused()
    {
        var life = new Life(Life.Plan());
        var euro = Life.Plan() with { Currency = Currency.Of("eur") };
        Assert.Equal("currency_not_sold", life.Refused("2026-01-01", order => order with { Plan = euro })!.Code);
    }

    [Fact]
    public void Quantities_default_to_one_and_items_follow_the_plans_prices()
    {
        var plan = Life.Plan(prices: [Life.Flat("base", 1000), Life.PerUnit("seats", 250)]);
        var life = new Life(plan).Start("2026-01-01", order => order with { Quantities = order.Quantities.Add("seats", 4) });
        Assert.Equal([("base", 1m), ("seats", 4m)], life.State.Items.Select(item => (item.Price, item.Quantity)));
        Assert.Equal(2000, Assert.Single(life.Invoices).AmountDue);
    }

    private static SubscriptionOrder Bad(SubscriptionOrder order) => order with
    {
        Proration = ProrationPolicy.FullDifference,
        TrialDays = -1,
        TrialEnd = Life.Utc("2025-01-01"),
        EndsAt = Life.Utc("2025-01-01"),
    };
}
