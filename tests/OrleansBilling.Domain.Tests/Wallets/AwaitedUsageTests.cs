using NodaTime;
using OrleansBilling.Domain.Invoicing;
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
    public void An_invoice_that_comes_before_the_wallets_own_turn_leaves_usage_what_was_there_before_a_reset()
    {
        // Such as of a child, whose renewal at the instant of the reset runs beside its payer's wallet.
        var state = Opened(new GrantOrder(700) { Recurrence = new BillingInterval(IntervalUnit.Month, 1) });
        var now = Start + Duration.FromDays(30);
        var ids = new IdSource("invoice", now);
        var purse = Domain.Wallets.Purse.Open("acct_1", [new PrepaidGrant(state.Wallet, state.Grants[0])], PaidLines.None, ids, now)!;
        var line = new LineDraft(LineKind.Usage, "Calls", new Period(Start, now), 500, Explain.Empty) { Price = "calls" };
        var computed = InvoiceCalculator.Compute([line], [], Drafts.Tax(""), Currency.Of("usd"), ids, new PrepaidUse(purse, "inv_1"));

        Assert.Equal(500, computed.Totals.WalletApplied);
        var after = computed.Prepaid.Wallets.Grants.Select(write => write.Grant).ToList();
        Assert.Equal((700m, 700L), (after[0].Remaining, after[0].Deferred));
        Assert.Equal((200m, 200L, (Instant?)now), (after[1].Remaining, after[1].Deferred, after[1].ExpiresAt));
        // The wallet's own turn lapses what is left of it.
        var lapsed = WalletDecider.Due(state with { Grants = [.. after.Select(grant => grant with { AwaitsUsage = false })] }, Drafts.Facts(), new IdSource("due", now), now).State;
        Assert.Equal([700m, 0m], lapsed.Grants.Select(grant => grant.Remaining));
    }

    /// <summary>What usage has used before the reset is no balance that rolls over: it is set apart, and the new cycle has what the rule gives.</summary>
    [Theory]
    [InlineData(null, 1500L, 800, 1000, 800)]
    [InlineData(200L, 500L, 800, 200, 800)]
    [InlineData(100L, 900L, 300, 700, 300)]
    [InlineData(100L, 500L, 300, 500, 500)]
    [InlineData(100L, 500L, 0, 500, 500)]
    [InlineData(100L, 500L, 1000, 100, 1000)]
    public void A_rollover_counts_what_usage_has_left(long? minimum, long? maximum, long used, long after, long apart)
    {
        var state = Opened(new GrantOrder(1000) { Recurrence = new BillingInterval(IntervalUnit.Month, 1), RolloverMinimum = minimum, RolloverMaximum = maximum });
        state = state with { Grants = [state.Grants[0] with { AwaitsUsage = true, Provisional = used }] };
        var now = Start + Duration.FromDays(30);
        var turn = WalletDecider.Due(state, Drafts.Facts(), new IdSource("due", now), now);

        Assert.Equal([(decimal)after, apart], turn.State.Grants.Select(grant => grant.Remaining));
        Assert.Equal(turn.State.Grants.Sum(grant => grant.Remaining), turn.State.Grants.Sum(grant => (decimal)grant.Deferred));
        Assert.Equal(after, turn.State.Available(now));
        // The usage is paid by what was set apart, as far as that reaches.
        var ids = new IdSource("invoice", now);
        var purse = Domain.Wallets.Purse.Open("acct_1", [.. turn.State.Grants.Select(grant => new PrepaidGrant(state.Wallet, grant))], PaidLines.None, ids, now)!;
        var line = new LineDraft(LineKind.Usage, "Calls", new Period(Start, now), Math.Min(used, apart), Explain.Empty) { Price = "calls" };
        var computed = InvoiceCalculator.Compute([line], [], Drafts.Tax(""), Currency.Of("usd"), ids, new PrepaidUse(purse, "inv_1"));
        Assert.Equal(Math.Min(used, apart), computed.Totals.WalletApplied);
        Assert.DoesNotContain(computed.Prepaid.Wallets.Grants, write => write.Grant.Id == turn.State.Grants[0].Id && write.Grant.Remaining != after);
    }

    [Fact]
    public void A_recurring_grant_that_expires_is_not_set_back_after_that()
    {
        var state = Opened(new GrantOrder(700) { Recurrence = new BillingInterval(IntervalUnit.Month, 1), ExpiresAt = Start + Duration.FromDays(30) });
        Assert.Null(state.Grants[0].ResetsAt);
        Assert.Equal(Start + Duration.FromDays(30), WalletCalendar.NextAt(state, DueKind.GrantExpiry, Start));
    }

    /// <summary>Turns ask whether usage is awaited only then: before, no decision may depend on it.</summary>
    [Theory]
    [InlineData(false, null)]
    [InlineData(false, 10)]
    [InlineData(true, null)]
    [InlineData(true, 45)]
    public void Whether_usage_is_awaited_matters_once_a_grant_is_due_and_not_before(bool recurs, int? days)
    {
        var state = Opened(new GrantOrder(1000)
        {
            Recurrence = recurs ? new BillingInterval(IntervalUnit.Month, 1) : null,
            ExpiresAt = days is { } last ? Start + Duration.FromDays(last) : null,
        });
        var due = 0;
        for (var hours = 0; hours <= 24 * 50; hours += 6)
        {
            var now = Start + Duration.FromHours(hours);
            var (plain, awaiting) = (Moved(state, now), Moved(Awaiting(state), now));
            Assert.Equal(state.Grants[0].IsDueAt(now), plain != awaiting);
            due += plain == awaiting ? 0 : 1;
        }

        Assert.Equal(recurs || days is not null, due > 0);

        static string Moved(WalletState state, Instant now)
        {
            var turn = WalletDecider.Due(state, Drafts.Facts(), new IdSource("due", now), now);
            return string.Join(
                ' ', turn.Documents.Wallets.Movements.Select(movement => $"{movement.Kind} {movement.Amount} {movement.At}").Append(string.Join('/', turn.State.Grants.Select(grant => $"{grant.Status} {grant.Remaining}"))));
        }
    }

    private static WalletState Opened(GrantOrder order)
    {
        var opened = WalletDecider.Open("wal_1", new WalletOrder { Currency = "usd" }, Drafts.Account(), new IdSource("open", Start), Start).Value.State;
        return WalletDecider.Grant(opened, order, Drafts.Facts(), new IdSource("grant", Start), Start).Value.State;
    }

    private static WalletState Awaiting(WalletState state) => state with { Grants = [.. state.Grants.Select(grant => grant with { AwaitsUsage = true })] };
}
