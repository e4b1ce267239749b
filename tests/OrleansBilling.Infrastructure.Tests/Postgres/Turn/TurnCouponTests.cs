using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Catalog;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Turn;

/// <summary>Redemptions of coupons, taken by many grains at once.</summary>
public abstract partial class TurnCommitterTests
{
    [Fact]
    public async Task Many_who_redeem_a_coupon_at_once_never_exceed_its_limit()
    {
        await CouponAsync("few", limit: 5);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => RedeemAsync($"few{i}", "few")));

        Assert.Equal((5, 35), (answers.Count(a => a.Status == 200), answers.Count(a => a.Refusal?.Code == "try_again")));
        Assert.Equal(1, await _cluster.CountAsync("coupon where code = 'few' and redemptions = 5"));
        Assert.Equal(5, await _cluster.CountAsync("coupon_redemption where coupon = 'few'"));
        Assert.Equal(5, await _cluster.CountAsync("event where subject like 'few%'"));
    }

    [Fact]
    public async Task Coupons_redeemed_in_any_order_do_not_stop_each_other()
    {
        await CouponAsync("a", limit: null);
        await CouponAsync("b", limit: 30);

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => i % 2 == 0 ? RedeemAsync($"ab{i}", "a", "b") : RedeemAsync($"ab{i}", "b", "a")));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(2, await _cluster.CountAsync("coupon where redemptions = 30"));
    }

    [Fact]
    public async Task An_archived_coupon_is_not_redeemed_and_archiving_keeps_what_was()
    {
        await CouponAsync("old", limit: null);
        Assert.Equal(200, (await RedeemAsync("old1", "old")).Status);
        await CouponAsync("old", limit: null, archivedAt: Given.Now);

        Assert.Equal("try_again", (await RedeemAsync("old2", "old")).Refusal?.Code);
        var facts = await new PostgresCoupons(new BillingDatabase(_cluster.ConnectionString)).FindAsync("old");
        Assert.Equal((1, Given.Now), (facts!.Redemptions, facts.ArchivedAt));
        Assert.Equal(1, await _cluster.CountAsync("coupon_redemption"));
    }

    [Fact]
    public async Task A_turn_that_cannot_redeem_writes_nothing_and_harms_no_other()
    {
        await CouponAsync("none", limit: 1);
        await RedeemAsync("none0", "none");

        var refused = RedeemAsync("none1", "none");
        var others = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _cluster.RunAsync($"n{i}", s => Given.Next(s, Given.Write(Given.Told($"n{i}"))))));

        Assert.All(others, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(409, (await refused).Status);
        Assert.Equal(1, await _cluster.CountAsync("coupon_redemption"));
        Assert.Equal(0, await _cluster.CountAsync("grain_state where grain_key = 'tally_none1'"));
        Assert.Equal(1, await _cluster.CountAsync("grain_state where grain_key = 'tally_none0'"));
    }

    private Task<CommandAnswer> CouponAsync(string code, long? limit, Instant? archivedAt = null)
    {
        var coupon = new Coupon(code, CouponDuration.Once) { PercentOff = 10, MaxRedemptions = limit };
        return _cluster.RunAsync("coupon_" + code, s => Given.Next(s, Given.Write() with { Rows = [new CouponRow(coupon, Given.Now, archivedAt)] }));
    }

    private Task<CommandAnswer> RedeemAsync(string who, params string[] coupons) => _cluster.RunAsync(who, s => Given.Next(s, Given.Write(new Documents
    {
        Redemptions = [.. coupons.Select(coupon => new CouponRedemption($"disc_{who}_{coupon}", coupon, "acct_" + who, "sub_" + who))],
        Events = [Given.Event("coupon.redeemed", "acct_" + who, who)],
    })));
}
