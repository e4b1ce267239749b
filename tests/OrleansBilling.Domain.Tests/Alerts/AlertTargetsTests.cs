using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Alerts;

public sealed class AlertTargetsTests
{
    private static readonly DateTimeZone Berlin = TimeZones.Of("Europe/Berlin");
    private static readonly Instant Noon = Instant.FromUtc(2026, 5, 10, 12, 0);
    private static readonly Alert OfAccount = new("alert_1", AlertKind.Usage, [1], Noon) { Account = "acct_1", Meter = "calls" };
    private static readonly Alert OfPlan = OfAccount with { Account = null, Plan = "pro" };

    [Theory]
    [InlineData("", "acct_1 2026-04-30T22 2026-05-31T22")]
    [InlineData("a/pro/03", "acct_1 2026-05-03T09 2026-06-03T09")]
    [InlineData("a/pro/03 b/pro/05/calls", "acct_1 2026-05-05T09 2026-06-05T09")]
    [InlineData("a/pro/03/calls b/pro/05/calls", "acct_1 2026-05-03T09 2026-06-03T09")]
    [InlineData("a/pro/03/calls/canceled b/pro/05/calls", "acct_1 2026-05-05T09 2026-06-05T09")]
    public void Usage_of_an_account_runs_in_the_period_of_its_oldest_subscription_that_prices_the_meter(string subscriptions, string expected) =>
        Assert.Equal(expected, Shown(Of(OfAccount, subscriptions, Noon)));

    [Theory]
    [InlineData("", "")]
    [InlineData("a/other/03/calls", "")]
    [InlineData("a/pro/03", "sub_a 2026-05-03T09 2026-06-03T09 of sub_a")]
    [InlineData("a/pro/03/calls b/pro/05/calls", "sub_a 2026-05-03T09 2026-06-03T09 of sub_a; sub_b 2026-05-05T09 2026-06-05T09 of sub_b")]
    [InlineData("a/other/03/calls b/pro/05/calls", "sub_b 2026-05-05T09 2026-06-05T09 of sub_b")]
    [InlineData("a/other/03 b/pro/05/calls", "sub_b 2026-05-05T09 2026-06-05T09 of sub_b")]
    [InlineData("a/pro/03/calls/canceled", "")]
    [InlineData("a/pro/03/calls/incomplete", "")]
    public void Each_subscription_of_a_plan_is_a_target(string subscriptions, string expected) =>
        Assert.Equal(expected, Shown(Of(OfPlan, subscriptions, Noon)));

    [Fact]
    public void For_an_hour_the_period_before_is_watched_too()
    {
        var start = Instant.FromUtc(2026, 5, 3, 9, 0);
        Assert.Equal("sub_a 2026-04-03T09 2026-05-03T09 of sub_a; sub_a 2026-05-03T09 2026-06-03T09 of sub_a", Shown(Of(OfPlan, "a/pro/03", start + Duration.FromMinutes(59))));
        Assert.Equal("sub_a 2026-05-03T09 2026-06-03T09 of sub_a", Shown(Of(OfPlan, "a/pro/03", start + Duration.FromHours(1))));
        var midnight = Instant.FromUtc(2026, 4, 30, 22, 0);
        Assert.Equal("acct_1 2026-03-31T22 2026-04-30T22; acct_1 2026-04-30T22 2026-05-31T22", Shown(Of(OfAccount, "", midnight)));

        // Nothing is before the first period.
        var first = Subscription("a/pro/03", startAt: start);
        Assert.Equal("sub_a 2026-05-03T09 2026-06-03T09 of sub_a", Shown(AlertTargets.Of(OfPlan, "acct_1", [first], [], Berlin, start)));
    }

    [Fact]
    public void A_wallet_has_the_local_month_as_its_period()
    {
        var balance = OfAccount with { Kind = AlertKind.Balance, Meter = null };
        Assert.Equal(
            "wal_1 2026-04-30T22 2026-05-31T22 wallet wal_1; wal_2 2026-04-30T22 2026-05-31T22 wallet wal_2", Shown(Of(balance, "a/pro/03", Noon)));
        Assert.Equal("wal_2 2026-04-30T22 2026-05-31T22 wallet wal_2", Shown(Of(balance with { Wallet = "wal_2" }, "", Noon)));
        Assert.Empty(Of(balance with { Account = null, Plan = "pro" }, "a/other/03", Noon));
        Assert.Equal(2, Of(balance with { Account = null, Plan = "pro" }, "a/pro/03", Noon).Length);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a/pro/03 b/other/05", "acct_1 2026-05-03T09 2026-06-03T09 sums sub_a 2026-05-03T09, sub_b 2026-05-05T09")]
    [InlineData("a/pro/10 b/other/05", "acct_1 2026-04-10T09 2026-05-10T09 sums sub_a 2026-04-10T09, sub_b 2026-05-05T09; acct_1 2026-05-10T09 2026-06-10T09 sums sub_a 2026-05-10T09, sub_b 2026-05-05T09")]
    public void Spend_of_an_account_is_that_of_its_subscriptions_each_in_its_own_period(string subscriptions, string expected)
    {
        var spend = OfAccount with { Kind = AlertKind.Spend, Meter = null };
        Assert.Equal(expected, Shown(Of(spend, subscriptions, Instant.FromUtc(2026, 5, 10, 9, 30))));
    }

    [Fact]
    public void Spend_of_a_plan_is_that_of_each_subscription() => Assert.Equal(
        "sub_a 2026-05-03T09 2026-06-03T09 of sub_a sums sub_a 2026-05-03T09; sub_c 2026-05-06T09 2026-06-06T09 of sub_c sums sub_c 2026-05-06T09",
        Shown(Of(OfPlan with { Kind = AlertKind.Spend, Meter = null }, "a/pro/03 b/other/05 c/pro/06", Noon)));

    private static ImmutableArray<AlertTarget> Of(Alert alert, string subscriptions, Instant now) => AlertTargets.Of(
        alert, "acct_1", [.. subscriptions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => Subscription(one))], ["wal_1", "wal_2"], Berlin, now);

    // "name/plan/day of May, on which its period begins/meter/status".
    private static WatchedSubscription Subscription(string text, Instant? startAt = null)
    {
        var parts = text.Split('/');
        var start = Instant.FromUtc(2026, 5, int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture), 9, 0);
        var first = startAt ?? Instant.FromUtc(2026, 1, 3, 10, 0);
        var anchor = PeriodCalendar.Resolve(new StartAnchor(), new BillingInterval(IntervalUnit.Month, 1), start, "Europe/Berlin");
        var state = new SubscriptionState(
            "sub_" + parts[0], "acct_1", parts[1], 1, Currency.Of("eur"),
            parts.Length > 4 ? Enum.Parse<SubscriptionStatus>(parts[4], ignoreCase: true) : SubscriptionStatus.Active,
            first, first, new StartAnchor(), new Period(start, PeriodCalendar.Boundary(anchor, 1)), [])
        {
            Anchor = anchor,
            EndBoundary = 1,
        };
        return new WatchedSubscription(state, parts.Length > 3 ? [parts[3]] : []);
    }

    private static string Shown(ImmutableArray<AlertTarget> targets) => string.Join("; ", targets.Select(target =>
        $"{target.Id} {Hour(target.Period.Start)} {Hour(target.Period.End)}" + (target.Subscription is { } of ? " of " + of : "")
        + (target.Spans.IsEmpty ? "" : " sums " + string.Join(", ", target.Spans.Select(span => $"{span.Subscription} {Hour(span.Period.Start)}")))
        + (target.Wallet is { } wallet ? " wallet " + wallet : "")));

    private static string Hour(Instant at) => at.ToString("yyyy-MM-dd'T'HH", System.Globalization.CultureInfo.InvariantCulture);
}
