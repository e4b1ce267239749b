using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>
/// Coupons on what usage uses of prepaid credit before it is billed: seen is what the invoice will take, so that no top-up is sold for
/// usage that costs nothing. 60 calls at 10 cost 600, beside a fee of 1,000.
/// </summary>
public sealed class ProvisionalDiscountTests
{
    private static readonly PlanVersion Metered = Life.Plan(prices: Life.Metered("calls", new PerUnitModel(10)));
    private static readonly PlanVersion WithFee = Life.Plan(prices: [Life.Metered("calls", new PerUnitModel(10)), Life.Flat("base", 1000)]);
    private static readonly Coupon Free = Promos.Percent(100, CouponDuration.Forever);

    public static TheoryData<string, long> Cases => new()
    {
        { "none", 600 },
        { "free", 0 },
        { "half", 300 },
        { "free, fee", 0 },
        // Its amount is spread over the fee of the next period, too: 400 x 600 / 1600.
        { "amount, fee", 450 },
        // The first fee has used it: nothing is left for the usage of its period.
        { "once, fee", 600 },
        { "once", 0 },
        { "of the fee, fee", 600 },
        { "half and amount", 0 },
        { "free, late", 0 },
        { "free, piece", 0 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Seen_of_usage_is_what_coupons_will_leave_of_it(string @case, long expected)
    {
        var plan = @case.EndsWith("fee", StringComparison.Ordinal) ? WithFee : Metered;
        plan = @case.EndsWith("late", StringComparison.Ordinal) ? plan with { UsageGraceHours = 900 } : plan;
        Coupon[] coupons = @case.Split(',')[0] switch
        {
            "free" => [Free],
            "half" => [Promos.Percent(50, CouponDuration.Forever)],
            "amount" => [Promos.Amount(400, CouponDuration.Forever)],
            "once" => [Promos.Percent(100, CouponDuration.Once)],
            "of the fee" => [Free.For("base")],
            "half and amount" => [Promos.Percent(50, CouponDuration.Forever), Promos.Amount(400, CouponDuration.Forever)],
            _ => [],
        };
        var life = new Life(plan).Start("2026-06-01", order => order.With(coupons)).Use("2026-06-10", 60);
        var (at, billed) = (Life.Utc("2026-06-30"), Life.Utc("2026-09-01"));
        if (@case.EndsWith("piece", StringComparison.Ordinal))
        {
            life.Use("2026-06-03", 20).Piece("2026-06-05");
        }

        Assert.Equal(expected, Seen(life.Until(at), at));
        Assert.Equal(expected, life.Until(billed).Invoices.SelectMany(static invoice => invoice.Lines)
            .Where(line => line.Draft.Kind is LineKind.Usage && line.Draft.Period.End > at).Sum(static line => line.Draft.Amount - line.DiscountAmount));
    }

    [Fact]
    public void Usage_that_waits_for_stragglers_and_what_runs_have_each_its_own()
    {
        var life = new Life(Metered with { UsageGraceHours = 100 }).Start("2026-06-01", order => order.With(Promos.Percent(100, CouponDuration.Once)))
            .Use("2026-06-10", 60).Use("2026-07-02", 7);
        var at = Life.Utc("2026-07-03");
        Assert.Equal(70, Seen(life.Until(at), at));
        Assert.Equal([0L, 70L], life.Until("2026-08-20").Invoices.SelectMany(static invoice => invoice.Lines).Select(static line => line.Draft.Amount - line.DiscountAmount));
    }

    [Theory]
    [InlineData("2026-07-01", true, 0)]
    [InlineData("2026-07-01", false, 600)]
    // The renewal before the end bills it.
    [InlineData("2026-07-10", true, 600)]
    public void Usage_that_a_scheduled_end_leaves_out_uses_nothing(string ends, bool leaves, long expected)
    {
        var life = new Life(Metered).Start("2026-06-01").Use("2026-06-10", 60);
        var at = Life.Utc("2026-06-20");
        var context = new StepContext(at, at, new IdSource("cancel", at), "cancel");
        var scheduled = SubscriptionCancellation.Cancel(life.Until(at).State, Life.Utc(ends), null, life.Facts(), context, leaves).Value.State;
        Assert.Equal(expected, Seen(life, at, scheduled));
    }

    private static decimal Seen(Life life, Instant at, SubscriptionState? state = null)
    {
        var wallet = new Wallet("wal_1", "acct_1", Currency.Of("usd"), Life.Utc("2026-01-01"));
        ImmutableArray<PrepaidGrant> grants = [new PrepaidGrant(wallet, new Grant("a", "wal_1", "acct_1", 5000, 0, Life.Utc("2026-01-01"), null, Life.Utc("2026-01-01")) { Remaining = 5000 })];
        return ProvisionalBurn.Of("acct_1", grants, AccruedUsage.Of(state ?? life.State, life.Facts(), at, parted: true), [], at).GetValueOrDefault("a");
    }
}
