using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Invoicing;
using OrleansBilling.Domain.Wallets;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>What usage that is not billed yet has used of grants, and who sees it.</summary>
public sealed class ProvisionalBurnTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 6, 1, 0, 0);
    private static readonly Instant Now = Day(20);

    [Theory]
    [InlineData(300, 0, "a 300")]
    [InlineData(1200, 0, "a 1000, b 200")]
    [InlineData(5000, 0, "a 1000, b 700")]
    // What is held is not there for usage; what it was worth is used of the next grant.
    [InlineData(1200, 400, "a 600, b 600")]
    [InlineData(0, 0, "")]
    public void Usage_uses_grants_in_their_order_as_its_invoice_would(long amount, long held, string expected)
    {
        var grants = Grants(Grant("a", 1000, priority: 0) with { Held = held }, Grant("b", 700, priority: 1));
        Assert.Equal(expected, Shown(ProvisionalBurn.Of("acct_1", grants, [Used(amount)], [], Now)));
    }

    [Fact]
    public void Each_part_of_a_span_is_used_of_the_grants_of_its_time_also_of_one_that_has_expired()
    {
        var grants = Grants(Grant("a", 1000) with { ExpiresAt = Day(10) }, Grant("b", 700) with { EffectiveAt = Day(10) });
        var used = Used(900) with { UsedIn = [new UsageShare(new Period(Start, Day(10)), 300), new UsageShare(new Period(Day(10), Now), 600)] };
        Assert.Equal("a 300, b 600", Shown(ProvisionalBurn.Of("acct_1", grants, [used], [], Now)));
        // Parts that were not told apart are used of grants that counted throughout.
        Assert.Equal("", Shown(ProvisionalBurn.Of("acct_1", grants, [Used(900)], [], Now)));
    }

    [Fact]
    public void Lines_that_wait_count_less_their_discounts_and_other_lines_do_not()
    {
        var line = new LineDraft(LineKind.Usage, "Calls", new Period(Start, Day(5)), 500, Explain.Empty) { Price = "calls", HasWaited = true, CarriedDiscounts = [new LineDiscount("cd_1", "c", 120)] };
        var waiting = new[] { line, line with { Kind = LineKind.Recurring } };
        Assert.Equal("a 480", Shown(ProvisionalBurn.Of("acct_1", Grants(Grant("a", 1000)), [Used(100)], waiting, Now)));
    }

    [Fact]
    public void A_wallet_is_used_by_its_prices_alone_and_units_by_their_worth()
    {
        var wallet = new Wallet("wal_1", "acct_1", Currency.Of("usd"), Start) { Unit = "token", UnitValue = 0.5m, AppliesTo = ["calls"] };
        ImmutableArray<PrepaidGrant> grants = [new PrepaidGrant(wallet, Grant("a", 1000))];
        Assert.Equal("a 602", Shown(ProvisionalBurn.Of("acct_1", grants, [Used(301)], [], Now)));
        Assert.Equal("", Shown(ProvisionalBurn.Of("acct_1", grants, [Used(300) with { Price = "other" }], [], Now)));
    }

    [Fact]
    public void What_was_seen_before_changes_nothing_of_what_is_seen_now()
    {
        var grants = Grants(Grant("a", 1000) with { Provisional = 900 }, Grant("b", 700) with { Provisional = 50 });
        Assert.Equal("a 300", Shown(ProvisionalBurn.Of("acct_1", grants, [Used(300)], [], Now)));
    }

    [Fact]
    public void Holds_debits_and_commits_above_their_hold_leave_it_alone_and_top_ups_see_it()
    {
        var purse = Tests.Wallets.Purse.OfMoney();
        purse.Grant(1000);
        purse.Look(0, 700);
        Assert.Equal(("insufficient_credit", "insufficient_credit"), (purse.Hold("h", 301)?.Code, purse.Debit(301)?.Code));
        Assert.Null(purse.Hold("h", 200));
        Assert.Null(purse.Debit(50));
        Assert.Equal((950m, 200m, 700m, 50m), (purse.State.Balance(purse.Now), purse.State.Held(purse.Now), purse.State.Provisional(purse.Now), purse.Available));
        Assert.Null(purse.Commit("h", 400, OverHold.Charge));
        Assert.Equal((700m, 0m), (purse.State.Balance(purse.Now), purse.Available));
        Assert.Equal(150, Assert.Single(purse.Waiting).Draft.Amount);

        var topUp = purse.State with { Wallet = purse.State.Wallet with { TopUp = new TopUp(100, 500) } };
        Assert.True(WalletDecider.NeedsTopUp(topUp, purse.Now));
        Assert.False(WalletDecider.NeedsTopUp(topUp with { Grants = [topUp.Grants[0] with { Provisional = 0 }] }, purse.Now));
    }

    [Fact]
    public void More_than_is_left_is_shown_as_all_that_is_left_and_nothing_goes_below_zero()
    {
        var grant = Grant("a", 100) with { Provisional = 250, Held = 30 };
        Assert.Equal((70m, 0m), (grant.Burnt, grant.Available));
        Assert.Equal((0m, 70m), ((grant with { Provisional = -5 }).Burnt, (grant with { Provisional = -5 }).Available));
    }

    [Fact]
    public void An_invoice_takes_what_it_bills_and_moves_what_was_seen_only_by_the_usage_on_it()
    {
        var grants = Grants(Grant("a", 1000) with { Provisional = 300 });
        var lines = new[]
        {
            new LineDraft(LineKind.Usage, "Calls", new Period(Start, Now), 250, Explain.Empty) { Price = "calls" },
            new LineDraft(LineKind.Recurring, "Base", new Period(Now, Day(50)), 900, Explain.Empty) { Price = "base" },
        };
        var ids = new IdSource("turn", Now);
        var purse = Domain.Wallets.Purse.Open("acct_1", grants, PaidLines.None, ids, Now)!;
        var computed = InvoiceCalculator.Compute(lines, [], Drafts.Tax(""), Currency.Of("usd"), ids, new PrepaidUse(purse, "inv_1"));
        Assert.Equal(1000, computed.Totals.WalletApplied);
        var write = Assert.Single(computed.Prepaid.Wallets.Grants);
        Assert.Equal((true, -250m), (write.IsMove, write.Grant.Provisional - write.Before!.Provisional));
    }

    [Fact]
    public void A_reset_takes_what_was_used_before_it_along()
    {
        var purse = Tests.Wallets.Purse.OfMoney();
        purse.Grant(new GrantOrder(700) { Recurrence = new BillingInterval(IntervalUnit.Month, 1) });
        purse.Look(0, 250);
        purse.Await(0);
        purse.At(Tests.Wallets.Purse.Start + Duration.FromDays(31)).Due();
        Assert.Equal((0m, 250m, 700m), (purse.State.Grants[0].Provisional, purse.State.Grants[1].Provisional, purse.Available));
    }

    [Fact]
    public void An_invoice_beside_a_reset_may_take_more_of_what_the_reset_set_apart_than_was_seen()
    {
        var monthly = Grant("a", 1000) with { Recurrence = new BillingInterval(IntervalUnit.Month, 1), Provisional = 100 };
        var reset = Instant.FromUtc(2026, 7, 1, 0, 0);
        var line = new LineDraft(LineKind.Usage, "Calls", new Period(Start, reset), 250, Explain.Empty) { Price = "calls" };
        var ids = new IdSource("turn", reset);
        var purse = Domain.Wallets.Purse.Open("acct_1", Grants(monthly), PaidLines.None, ids, reset)!;
        var computed = InvoiceCalculator.Compute([line], [], Drafts.Tax(""), Currency.Of("usd"), ids, new PrepaidUse(purse, "inv_1"));
        Assert.Equal(250, computed.Totals.WalletApplied);
        var apart = Assert.Single(computed.Prepaid.Wallets.Grants, static write => write.Before is null);
        Assert.Equal((750m, -150m, 750m), (apart.Grant.Remaining, apart.Grant.Provisional, apart.Grant.Available));
    }

    private static Instant Day(int days) => Start + Duration.FromDays(days);

    private static AccruedUsage Used(long amount) => new("item_1", "use", "calls", "calls", new Period(Start, Now), 1, 1, amount, Runs: true);

    private static Grant Grant(string id, decimal amount, int priority = 0) => new(id, "wal_1", "acct_1", amount, priority, Start, null, Start) { Remaining = amount };

    private static ImmutableArray<PrepaidGrant> Grants(params Grant[] grants) =>
        [.. grants.Select(static grant => new PrepaidGrant(new Wallet("wal_1", "acct_1", Currency.Of("usd"), Start), grant))];

    private static string Shown(ImmutableDictionary<string, decimal> burnt) =>
        string.Join(", ", burnt.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => FormattableString.Invariant($"{one.Key} {one.Value:0.###}")));
}
