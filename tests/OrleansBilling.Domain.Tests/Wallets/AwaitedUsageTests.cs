using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Tests.Invoicing;
using OrleansBilling.Domain.Wallets;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>Grants that end while usage of their time is not billed yet.</summary>
public sealed class AwaitedUsageTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 6, 1, 0, 0);

    [Fact]
    public void An_expired_grant_stays_for_the_usage_of_its_time_and_is_not_waited_for()
    {
        var state = Opened(new GrantOrder(1000) { ExpiresAt = Start + Duration.FromDays(10) });
        var now = Start + Duration.FromDays(12);
        var awaited = WalletDecider.Due(Awaiting(state), Drafts.Facts(), new IdSource("due", now), now).State;
        var grant = Assert.Single(awaited.Grants);
        Assert.Equal((GrantStatus.Active, 1000m, 0m), (grant.Status, grant.Remaining, awaited.Available(now)));
        Assert.Null(WalletCalendar.NextAt(awaited, DueKind.GrantExpiry, Start));
        Assert.True(grant.CountsThroughout(new Period(Start, Start + Duration.FromDays(10))));
        Assert.False(grant.CountsThroughout(new Period(Start, Start + Duration.FromDays(11))));

        var lapsed = WalletDecider.Due(awaited with { Grants = [grant with { AwaitsUsage = false }] }, Drafts.Facts(), new IdSource("late", now), now);
        Assert.Equal((GrantStatus.Expired, 0m), (lapsed.State.Grants[0].Status, lapsed.State.Grants[0].Remaining));
        Assert.Equal(Start + Duration.FromDays(10), Assert.Single(lapsed.Documents.Wallets.Movements).At);
    }

    [Fact]
    public void A_reset_sets_what_was_left_apart_for_the_usage_before_it()
    {
        var state = Opened(new GrantOrder(700) { Recurrence = new BillingInterval(IntervalUnit.Month, 1) });
        var held = WalletDecider.Hold(state, "hold_1", 100, Duration.FromDays(31), new IdSource("hold", Start), Start).Value.State;
        var now = Start + Duration.FromDays(30);
        var turn = WalletDecider.Due(Awaiting(held), Drafts.Facts(), new IdSource("due", now), now);

        var (main, apart) = (turn.State.Grants[0], turn.State.Grants[1]);
        Assert.Equal((800m, 100m, 800L, now), (main.Remaining, main.Held, main.Deferred, main.CountsFrom));
        Assert.Equal((600m, 600L, Start, (Instant?)now), (apart.Remaining, apart.Deferred, apart.CountsFrom, apart.ExpiresAt));
        Assert.Equal(700, turn.State.Available(now));
        Assert.True(apart.CountsThroughout(new Period(Start, now)) && !main.CountsThroughout(new Period(Start, now)));
        Assert.Equal(0, turn.Documents.Wallets.Movements.Sum(movement => movement.Amount) - 700);
        Assert.Equal(700, turn.Documents.Wallets.Movements.Sum(movement => movement.Value));
    }

    [Fact]
    public void A_recurring_grant_that_expires_is_not_set_back_after_that()
    {
        var state = Opened(new GrantOrder(700) { Recurrence = new BillingInterval(IntervalUnit.Month, 1), ExpiresAt = Start + Duration.FromDays(30) });
        Assert.Null(state.Grants[0].ResetsAt);
        Assert.Equal(Start + Duration.FromDays(30), WalletCalendar.NextAt(state, DueKind.GrantExpiry, Start));
    }

    private static WalletState Opened(GrantOrder order)
    {
        var opened = WalletDecider.Open("wal_1", new WalletOrder { Currency = "usd" }, Drafts.Account(), new IdSource("open", Start), Start).Value.State;
        return WalletDecider.Grant(opened, order, Drafts.Facts(), new IdSource("grant", Start), Start).Value.State;
    }

    private static WalletState Awaiting(WalletState state) => state with { Grants = [.. state.Grants.Select(grant => grant with { AwaitsUsage = true })] };
}
