using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Negotiated prices. Every document that a life makes is redone from its explanations (<see cref="Life"/>).</summary>
public sealed class PriceOverrideTests
{
    private static readonly PriceOverride Third = new(null, 33.3m);
    private static readonly PriceOverride Own = new(new FlatModel(2500), null);

    [Fact]
    public void A_negotiated_price_is_billed_and_explained()
    {
        var life = new Life(Team).Start("2026-06-01", order => order with
        {
            Quantities = order.Quantities.Add("seats", 3),
            Overrides = order.Overrides.Add("base", Own with { Until = Life.Utc("2027-01-01") }).Add("seats", Third),
        });
        var lines = life.Invoices[0].Lines;
        // 3000 less 33.3 % is 2001.
        Assert.Equal([2500, 2001], lines.Select(line => line.Draft.Amount));
        Assert.Equal(["model", "percent_off 33.3"], lines.Select(line => line.Explain.Facts["price_override"]));
        Assert.Equal("2027-01-01T00:00:00Z", lines[0].Explain.Facts["price_override_until"]);
        Assert.Equal(["multiply", "percent_off", "round"], lines[1].Explain.Steps.Select(step => step.Operation));
        life.Until("2026-07-01");
        Assert.Equal(4501, life.Invoices[1].Totals.Total);
    }

    [Fact]
    public void The_start_of_the_service_period_decides_whether_it_still_holds()
    {
        var life = new Life(Pro).Start("2026-05-01", order => order with { Overrides = order.Overrides.Add("base", Own with { Until = Life.Utc("2026-06-15") }) });
        life.Until("2026-06-01");
        Assert.Equal([2500, 2500], life.Invoices.Select(invoice => invoice.Totals.Total));

        // June was begun before its end: nothing is cut when it passes, and July costs the catalog's price.
        life.Until("2026-07-01");
        Assert.Equal([2500, 2500, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
        Assert.DoesNotContain("price_override", life.Invoices[2].Lines[0].Explain.Facts.Keys);
    }

    [Fact]
    public void A_period_that_begins_at_its_end_costs_the_catalogs_price()
    {
        var life = new Life(Pro).Start("2026-05-01", order => order with { Overrides = order.Overrides.Add("base", Own with { Until = Life.Utc("2026-06-01") }) });
        life.Until("2026-06-01");
        Assert.Equal([2500, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    [Fact]
    public void The_rest_of_a_period_after_a_change_goes_by_the_instant_of_the_change()
    {
        var life = new Life(Team).Start("2026-06-01", order => order with
        {
            Quantities = order.Quantities.Add("seats", 2),
            Overrides = order.Overrides.Add("seats", new PriceOverride(null, 50) { Until = Life.Utc("2026-06-16") }),
        });
        life.Change("2026-06-16", null, ProrationPolicy.Day, order => order with { Quantities = order.Quantities.Add("seats", 4) });
        // Half of what was billed at half price; four seats at full price for the rest.
        Assert.Equal([-500, 2000], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
    }

    [Theory]
    [InlineData(ProrationPolicy.Day, new[] { -1500L, 1250L })]
    [InlineData(ProrationPolicy.FullDifference, new long[0])]
    [InlineData(ProrationPolicy.None, new long[0])]
    public void A_price_negotiated_within_a_period_is_a_change_of_terms(ProrationPolicy policy, long[] amounts)
    {
        var life = new Life(Pro).Start("2026-06-01", order => order with { AddOns = [new AddOnOrder(Storage)] });
        Assert.True(life.Change("2026-06-16", null, policy, order => order with { Overrides = order.Overrides.Add("base", Own) }).IsAccepted);
        Assert.Equal(amounts, life.Invoices.Skip(1).SelectMany(invoice => invoice.Lines).Select(line => line.Draft.Amount));
        life.Until("2026-07-01");
        Assert.Equal([2500, 900, 600], life.Invoices[^1].Lines.Select(line => line.Draft.Amount));
    }

    [Fact]
    public void It_holds_over_quantities_and_versions_and_ends_with_the_plan_or_when_taken_back()
    {
        var life = new Life(Pro).Start("2026-06-01", order => order with { Overrides = order.Overrides.Add("base", Own) });
        life.Change("2026-06-02", Pro with { Version = 2 }, ProrationPolicy.Day);
        Assert.Equal(Own, life.State.Items[0].Override);
        Assert.Single(life.Invoices);
        life.Change("2026-06-16", null, ProrationPolicy.Day, order => order with { Overrides = order.Overrides.Add("base", new PriceOverride(null, 0)) });
        Assert.Equal((null, 250), (life.State.Items[0].Override, life.Invoices[1].Totals.Total));
        life.Change("2026-06-16", null, ProrationPolicy.Day, order => order with { Overrides = order.Overrides.Add("base", Own) });
        life.Change("2026-06-16", Max, ProrationPolicy.None);
        Assert.Null(life.State.Items[0].Override);
    }

    [Fact]
    public void Added_plans_take_negotiated_prices_by_code_by_id_and_on_their_way_in()
    {
        var half = new PriceOverride(null, 50);
        var life = new Life(Pro).Start("2026-06-01", order => order with { AddOns = [new AddOnOrder(Storage)], Overrides = order.Overrides.Add("disk", half) });
        Assert.Equal([3000, 450, 600], life.Invoices[0].Lines.Select(line => line.Draft.Amount));
        life.Change("2026-06-16", null, ProrationPolicy.Day, order => order with { Overrides = order.Overrides.Add(life.ItemOf("backup").Id, half) });
        Assert.Equal([-300, 150], life.Invoices[1].Lines.Select(line => line.Draft.Amount));
        life.Add("2026-06-16", Support, ProrationPolicy.Day, order => order with { Overrides = order.Overrides.Add("onboarding", half) });
        Assert.Equal([750, 2000], life.Invoices[2].Lines.Select(line => line.Draft.Amount));
    }

    [Theory]
    [InlineData("unknown", "unknown_price")]
    [InlineData("neither", "override_needs_one")]
    [InlineData("both", "override_needs_one")]
    [InlineData("percent", "percent_off_out_of_range")]
    [InlineData("below", "percent_off_out_of_range")]
    [InlineData("over", "override_over")]
    [InlineData("negative", "negative_amount")]
    [InlineData("usage", "only_for_usage")]
    [InlineData("tiers", "tiers_not_ascending")]
    [InlineData("large", "amount_too_large")]
    [InlineData("twice", "named_twice")]
    [InlineData("ambiguous", "ambiguous_price")]
    public void Negotiated_prices_that_do_not_fit_are_refused(string fault, string code)
    {
        var (name, given) = fault switch
        {
            "unknown" => ("seats", Own),
            "neither" => ("base", new PriceOverride(null, null)),
            "both" => ("base", Own with { PercentOff = 5 }),
            "percent" => ("base", new PriceOverride(null, 100.5m)),
            "below" => ("base", new PriceOverride(null, -1)),
            "over" => ("base", Own with { Until = Life.Utc("2026-06-01") }),
            "negative" => ("base", new PriceOverride(new FlatModel(-1), null)),
            "usage" => ("base", new PriceOverride(new DynamicModel("amount"), null)),
            "tiers" => ("base", new PriceOverride(new GraduatedModel([new Tier(10, 1), new Tier(5, 1), new Tier(null, 1)]), null)),
            "large" => ("base", new PriceOverride(new PerUnitModel(900_000_000_000_000m), null)),
            "ambiguous" => ("backup", Own),
            _ => ("disk", Own),
        };
        var none = ImmutableSortedDictionary<string, PriceOverride>.Empty;
        ImmutableArray<AddOnOrder> added = fault switch
        {
            "twice" => [new AddOnOrder(Storage) { Overrides = none.Add("disk", Third) }],
            "ambiguous" => [new AddOnOrder(Storage), new AddOnOrder(Named("other", Storage))],
            _ => [],
        };
        var quantities = new AddOnOrder(Pro).Quantities.Add("base", 2);
        Assert.Equal(code, new Life(Pro).Refused("2026-06-01", order => order with { AddOns = added, Quantities = quantities, Overrides = none.Add(name, given) })?.Code);
        if (fault is not ("twice" or "ambiguous"))
        {
            var life = new Life(Pro).Start("2026-06-01");
            Assert.Equal(code, life.Change("2026-06-01", null, order: order => order with { Quantities = quantities, Overrides = none.Add(name, given) }).Refusal?.Code);
        }
    }

    [Fact]
    public void Asking_for_the_price_that_is_there_changes_nothing()
    {
        var life = new Life(Pro).Start("2026-06-01", order => order with { Overrides = order.Overrides.Add("base", Own) });
        Assert.Equal("nothing_to_change", life.Change("2026-06-02", null, order: order => order with { Overrides = order.Overrides.Add("base", Own) }).Refusal?.Code);
    }
}
