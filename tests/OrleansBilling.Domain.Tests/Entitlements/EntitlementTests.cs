using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Entitlements;
using OrleansBilling.Domain.Tests.Subscriptions;

namespace OrleansBilling.Domain.Tests.Entitlements;

/// <summary>Entitlements of plans, and what a subscription has of them.</summary>
public sealed class EntitlementTests
{
    [Theory]
    [InlineData("10", "10", true)]
    [InlineData("2.50", "2.5", true)]
    [InlineData("0", "0", true)]
    [InlineData("gold", "gold", false)]
    [InlineData("007", "007", false)]
    [InlineData("1e5", "1e5", false)]
    [InlineData("1,000", "1,000", false)]
    [InlineData("10 ", "10 ", false)]
    public void A_plain_decimal_is_a_number_anything_else_is_text(string given, string shown, bool isNumber)
    {
        var value = Entitlement.Of(given);

        Assert.Equal((shown, isNumber), (value.Shown, value.Number is not null));
    }

    [Fact]
    public void Numbers_add_up_one_switch_is_enough_and_of_texts_and_of_two_kinds_the_plans_own_holds()
    {
        var own = With("own", ("calls", "100"), ("sso", false), ("tier", "gold"), ("mixed", "text"), ("seats", "2.5"));
        var extra = With("extra", ("calls", "50"), ("sso", true), ("tier", "silver"), ("mixed", "7"), ("disk", "10"));

        var all = EffectiveEntitlements.Of([own, extra, With("third", ("calls", "1"), ("sso", false))]);

        Assert.Equal(
            ["calls 151", "disk 10", "mixed text", "seats 2.5", "sso True", "tier gold"],
            all.Select(each => $"{each.Key} {each.Value.Shown}"));
    }

    [Fact]
    public void They_follow_the_plans_as_changes_take_effect_and_end_with_the_subscription()
    {
        var (small, large, extra) = (With("small", ("calls", "100")), With("large", ("calls", "1000")), With("extra", ("calls", "50")));
        var life = new Life(small).Start("2026-04-01");
        Assert.Equal("small@1", Plans(life));

        Assert.True(life.Add("2026-04-03", extra with { Prices = [Life.Flat("more", 100), Life.Flat("most", 100)] }).IsAccepted);
        Assert.True(life.Change("2026-04-04", large, order: order => order with { At = null, WhenGiven = true }).IsAccepted);
        Assert.Equal("small@1, extra@1", Plans(life));
        Assert.Equal("large@1, extra@1", Plans(life.Until("2026-05-01")));

        Assert.True(life.Pause("2026-05-02").IsAccepted);
        Assert.Equal("", Plans(life));
        Assert.True(life.Resume("2026-05-03").IsAccepted);
        Assert.Equal("large@1, extra@1", Plans(life));
        Assert.True(life.Cancel("2026-05-04", Life.Utc("2026-05-04")).IsAccepted);
        Assert.Equal("", Plans(life));
    }

    [Theory]
    [InlineData("Calls", "1", "invalid_code")]
    [InlineData("calls", "-1", "negative_quantity")]
    [InlineData("calls", "10000000000000000", "quantity_too_large")]
    [InlineData("calls", "0.1234567890123", "too_many_decimals")]
    [InlineData("tier", " ", "invalid_entitlement")]
    [InlineData("tier", "gold", null)]
    public void What_does_not_hold_is_refused(string code, string value, string? refused) =>
        Assert.Equal(refused, PlanRules.Check(With("plan", (code, value)))?.Code);

    [Fact]
    public void At_most_a_hundred() =>
        Assert.Equal("too_many", PlanRules.Check(With("plan", [.. Enumerable.Range(0, 101).Select(i => ($"e{i}", (object)true))]))?.Code);

    private static string Plans(Life life) => string.Join(", ", EffectiveEntitlements.PlansOf(life.State).Select(plan => $"{plan.Plan}@{plan.Version}"));

    private static PlanVersion With(string code, params (string Code, object Value)[] entitlements) => Offers.Named(code, Life.Plan()) with
    {
        Entitlements = entitlements.ToImmutableSortedDictionary(
            pair => pair.Code, pair => pair.Value is bool flag ? Entitlement.Of(flag) : Entitlement.Of((string)pair.Value), StringComparer.Ordinal),
    };
}
