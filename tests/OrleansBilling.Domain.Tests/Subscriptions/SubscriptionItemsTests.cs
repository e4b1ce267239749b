using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Several plans on one subscription, and items added and removed one by one.</summary>
public sealed class SubscriptionItemsTests
{
    [Fact]
    public void A_subscription_starts_with_items_of_several_plans()
    {
        var life = new Life(Pro).Start("2026-06-01", With(Storage, Support));
        Assert.Equal(
            [("pro", "base", false), ("storage", "disk", true), ("storage", "backup", true), ("support", "desk", true), ("support", "onboarding", true)],
            life.State.Items.Select(item => (item.Plan, item.Price, item.AddOn)));
        Assert.Equal([3000, 900, 1200, 1500, 4000], life.Invoices[0].Lines.Select(line => line.Draft.Amount));
        life.Until("2026-07-01");
        Assert.Equal([3000, 900, 1200, 1500], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void A_change_of_the_plan_leaves_added_plans_alone()
    {
        var life = new Life(Pro).Start("2026-06-01", With(Storage));
        life.Change("2026-06-11", Max, ProrationPolicy.Day);
        Assert.Equal([("base", -2000L), ("base", 4000L)], life.Invoices[1].Lines.Select(line => (line.Draft.Price!, line.Draft.Amount)));
        Assert.Equal(["max", "storage", "storage"], life.State.Items.Select(item => item.Plan));
        life.Until("2026-07-01");
        Assert.Equal([6000, 900, 1200], life.Invoices[2].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void A_new_anchor_credits_and_bills_added_plans_too()
    {
        var life = new Life(Pro).Start("2026-06-01", With(Storage));
        life.Change("2026-06-16", Max, ProrationPolicy.Day, order => order with { AnchorReset = true });
        Assert.Equal([-1500, -450, -600, 6000, 900, 1200], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        Assert.Equal(Life.Utc("2026-07-16"), life.State.CurrentPeriod.End);
    }

    [Theory]
    // Twenty of thirty days are left; a one-time price is never prorated.
    [InlineData(ProrationPolicy.Day, new[] { 1000L, 4000L })]
    [InlineData(ProrationPolicy.Second, new[] { 969L, 4000L })]
    [InlineData(ProrationPolicy.Day30, new[] { 1000L, 4000L })]
    [InlineData(ProrationPolicy.FullDifference, new[] { 1500L, 4000L })]
    [InlineData(ProrationPolicy.None, new long[0])]
    public void An_added_plan_is_charged_for_the_rest_of_the_period(ProrationPolicy policy, long[] amounts)
    {
        var life = new Life(Pro).Start("2026-06-01");
        Assert.True(life.Add("2026-06-11T15:00:00Z", Support, policy).IsAccepted);
        Assert.Equal(amounts, life.Invoices.Skip(1).SelectMany(invoice => invoice.Lines).Select(line => line.Draft.Amount));
        life.Until("2026-07-01");
        Assert.Equal(policy is ProrationPolicy.None ? [3000, 1500, 4000] : [3000, 1500], life.Invoices[^1].Lines.Select(line => line.Draft.Amount));
    }

    [Theory]
    [InlineData(ProrationPolicy.Day)]
    [InlineData(ProrationPolicy.Second)]
    [InlineData(ProrationPolicy.Day30)]
    public void Adding_and_removing_an_item_within_a_period_nets_to_the_part_that_was_used(ProrationPolicy policy)
    {
        var life = new Life(Pro).Start("2026-06-01");
        life.Add("2026-06-11", Storage, policy, order => order with { Price = "disk" });
        var item = life.ItemOf("disk").Id;
        life.Remove("2026-06-16", "disk", policy);
        Assert.Equal([600, -450], life.Invoices.Skip(1).Select(invoice => invoice.Totals.Total));

        // It returns under its id and pays for what is left.
        life.Add("2026-06-21", Storage, policy, order => order with { Price = "disk" });
        Assert.Equal((item, 300), (life.ItemOf("disk").Id, life.Invoices[^1].Totals.Total));
        Assert.True(life.Cancel("2026-06-21", Life.Utc("2026-06-21"), policy).IsAccepted);
        Assert.Equal([-1000, -300], life.Invoices[^1].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void An_item_removed_without_credit_returns_without_a_charge()
    {
        var life = new Life(Pro).Start("2026-06-01", With(Storage));
        life.Remove("2026-06-11", "disk", ProrationPolicy.None);
        life.Add("2026-06-21", Storage, ProrationPolicy.Day, order => order with { Price = "disk" });
        Assert.Single(life.Invoices);
        life.Until("2026-07-01");
        Assert.Equal(5100, life.Invoices[1].Totals.Total);
    }

    [Fact]
    public void A_one_time_price_that_returns_within_its_period_is_not_billed_again_and_in_a_later_one_it_is()
    {
        var life = new Life(Pro).Start("2026-06-01", With(Support));
        life.Remove("2026-06-11", "onboarding", ProrationPolicy.Day);
        life.Add("2026-06-12", Support, ProrationPolicy.Day, order => order with { Price = "onboarding" });
        Assert.Single(life.Invoices);
        life.Remove("2026-06-13", "onboarding", ProrationPolicy.Day);
        life.Add("2026-07-12", Support, ProrationPolicy.Day, order => order with { Price = "onboarding" });
        Assert.Equal([8500, 4500, 4000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void A_price_taken_out_of_the_plan_stays_out_until_it_is_added_again_or_the_plan_changes()
    {
        var life = new Life(Team).Start("2026-06-01", order => order with { Quantities = order.Quantities.Add("seats", 3) });
        life.Remove("2026-06-11", "seats", ProrationPolicy.Day);
        Assert.Equal(-2000, life.Invoices[1].Totals.Total);
        life.Change("2026-07-02", Team with { Version = 2 }, ProrationPolicy.Day);
        Assert.Equal(["base"], life.State.Items.Select(item => item.Price));
        Assert.Equal("unknown_price", life.Change("2026-07-03", null, order: order => order with { Quantities = order.Quantities.Add("seats", 2) }).Refusal!.Code);
        life.Add("2026-07-04", Team with { Version = 2 }, ProrationPolicy.None, order => order with { Price = "seats", Quantities = order.Quantities.Add("seats", 2) });
        Assert.Equal([("base", false), ("seats", false)], life.State.Items.Select(item => (item.Price, item.AddOn)));
        life.Remove("2026-07-05", "seats", ProrationPolicy.Day);
        life.Change("2026-07-06", Named("team-b", Team), ProrationPolicy.None);
        Assert.Equal(["base", "seats"], life.State.Items.Select(item => item.Price));
    }

    [Fact]
    public void Items_are_added_and_removed_at_the_end_of_the_period_and_at_an_instant_ahead()
    {
        var life = new Life(Pro).Start("2026-06-01", With(Storage));
        life.Add("2026-06-05", Support, order: order => order with { At = null });
        Assert.Equal((Life.Utc("2026-07-01"), 2), (life.State.PendingChange!.At, life.State.PendingChange.Added.Length));
        life.Remove(Life.Utc("2026-06-06"), life.ItemOf("disk").Id, Life.Utc("2026-06-16"), ProrationPolicy.Day);
        Assert.Contains(life.Events, told => told.Type == "subscription.change_dropped");
        life.Until("2026-06-20");
        Assert.Equal((-450, null), (life.Invoices[1].Totals.Total, life.State.PendingChange));
        life.Add("2026-06-21", Support, order: order => order with { At = null });
        life.Until("2026-07-01");
        Assert.Equal([3000, 1200, 1500, 4000], life.Invoices[2].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void In_a_trial_items_come_and_go_without_lines()
    {
        var life = new Life(Pro with { TrialDays = 14 }).Start("2026-06-01", With(Storage));
        life.Add("2026-06-05", Support, ProrationPolicy.Day);
        life.Remove("2026-06-06", "disk", ProrationPolicy.Day);
        Assert.Empty(life.Invoices);
        life.Until("2026-06-15");
        Assert.Equal([3000, 1200, 1500, 4000], Assert.Single(life.Invoices).Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void Quantities_name_prices_of_the_plan_first_then_of_the_one_added_plan_that_has_them_or_items_by_id()
    {
        var life = new Life(Team).Start("2026-06-01", With(Storage, Named("more", Life.Plan(prices: [Life.PerUnit("seats", 100), Life.PerUnit("backup", 50)]))));
        life.Change("2026-06-16", null, ProrationPolicy.Day, order => order with { Quantities = order.Quantities.Add("seats", 2).Add(life.ItemOf("disk").Id, 1).Add(life.ItemOf("seats").Id, 5) });
        Assert.Equal([("seats", 2m), ("seats", 5m)], life.State.Items.Where(item => item.Price == "seats").Select(item => (item.Price, item.Quantity)));
        Assert.Equal("ambiguous_price", Refused("backup"));
        Assert.Equal("unknown_price", Refused("nothing"));
        Assert.Equal("unknown_price", Refused("item_gone"));
        Assert.Equal("named_twice", Refused("seats", life.State.Items[1].Id));
        Assert.Equal("negative_quantity", life.Change("2026-06-17", null, order: order => order with { Quantities = order.Quantities.Add("disk", -1) }).Refusal!.Code);

        string Refused(params string[] names) => life.Change("2026-06-17", null, order: order => order with
        {
            Quantities = names.Aggregate(order.Quantities, (all, name) => all.Add(name, 7)),
        }).Refusal!.Code;
    }

    [Fact]
    public void What_cannot_be_added_is_refused()
    {
        var life = new Life(Pro).Start("2026-06-01", With(Storage));
        var yen = Named("yen", Life.Plan()) with { Currency = Currency.Of("jpy") };
        Assert.Equal("plan_already_sold", Refused(Pro));
        Assert.Equal("plan_already_sold", Refused(Storage));
        Assert.Equal("item_exists", Refused(Storage, order => order with { Price = "disk" }));
        Assert.Equal("unknown_price", Refused(Support, order => order with { Price = "disk" }));
        Assert.Equal("unknown_price", Refused(Support, order => order with { Quantities = order.Quantities.Add("disk", 1) }));
        Assert.Equal("unknown_price", Refused(Support, order => order with { Price = "desk", Quantities = order.Quantities.Add("onboarding", 1) }));
        Assert.Equal("negative_quantity", Refused(Support, order => order with { Quantities = order.Quantities.Add("desk", -1) }));
        Assert.Equal("add_on_interval_differs", Refused(Annual));
        Assert.Equal("currency_not_sold", Refused(yen));
        Assert.Equal("outside_period", Refused(Support, order => order with { At = Life.Utc("2026-07-02") }));
        Assert.Equal("outside_period", Refused(Support, order => order with { At = Life.Utc("2026-05-31") }));
        life.Change("2026-06-12", Max, ProrationPolicy.Day);
        Assert.Equal("before_last_change", life.Add("2026-06-13", Support, order: order => order with { At = Life.Utc("2026-06-10") }).Refusal!.Code);
        Assert.Equal("plan_already_sold", life.Change("2026-06-13", Storage).Refusal!.Code);
        Assert.Equal("add_on_interval_differs", life.Change("2026-06-13", Annual).Refusal!.Code);
        life.Cancel("2026-06-14", Life.Utc("2026-06-14"));
        Assert.Equal("subscription_ended", life.Add("2026-06-15", Support).Refusal!.Code);
        Assert.Equal("subscription_ended", life.Remove("2026-06-15", "disk").Refusal!.Code);

        string Refused(PlanVersion plan, Func<AddOrder, AddOrder>? order = null) => life.Add("2026-06-11", plan, order: order).Refusal!.Code;
    }

    [Fact]
    public void What_cannot_be_removed_is_refused()
    {
        var life = new Life(Pro).Start("2026-06-01", With(Storage));
        var now = Life.Utc("2026-06-11");
        Assert.Equal((RefusalKind.NotFound, "item_not_found"), Kind(life.Remove(now, "item_other", now).Refusal!));
        Assert.Equal("full_difference_needs_change", life.Remove("2026-06-11", "disk", ProrationPolicy.FullDifference).Refusal!.Code);
        Assert.Equal("outside_period", life.Remove(now, life.ItemOf("disk").Id, Life.Utc("2026-07-03")).Refusal!.Code);
        life.Remove("2026-06-11", "disk");
        Assert.Equal("item_not_found", life.Remove(now, life.State.Former[0].Id, now).Refusal!.Code);
        life.Remove("2026-06-11", "backup");
        Assert.Equal((RefusalKind.Rule, "last_item"), Kind(life.Remove("2026-06-11", "base").Refusal!));

        static (RefusalKind, string) Kind(Refusal refusal) => (refusal.Kind, refusal.Code);
    }

    [Theory]
    [InlineData("twice", "plan_already_sold")]
    [InlineData("own", "plan_already_sold")]
    [InlineData("year", "add_on_interval_differs")]
    [InlineData("yen", "currency_not_sold")]
    [InlineData("price", "unknown_price")]
    [InlineData("quantity", "negative_quantity")]
    public void Add_ons_that_do_not_fit_are_refused(string fault, string code)
    {
        AddOnOrder[] added = fault switch
        {
            "twice" => [new(Storage), new(Storage)],
            "own" => [new(Pro)],
            "year" => [new(Annual)],
            "yen" => [new(Named("yen", Life.Plan()) with { Currency = Currency.Of("jpy") })],
            "price" => [new(Storage) { Quantities = new AddOnOrder(Storage).Quantities.Add("seats", 1) }],
            _ => [new(Storage) { Quantities = new AddOnOrder(Storage).Quantities.Add("backup", -1) }],
        };
        var refusal = new Life(Pro).Refused("2026-06-01", order => order with { AddOns = [.. added] })!;
        Assert.Equal(code, refusal.Code);
        Assert.StartsWith($"add_ons[{added.Length - 1}].", refusal.Field, StringComparison.Ordinal);
    }

    private static Func<SubscriptionOrder, SubscriptionOrder> With(params PlanVersion[] plans) =>
        order => order with { AddOns = [.. plans.Select(plan => new AddOnOrder(plan) { Quantities = plan.Find("backup") is null ? order.Quantities : order.Quantities.Add("backup", 2) })] };
}
