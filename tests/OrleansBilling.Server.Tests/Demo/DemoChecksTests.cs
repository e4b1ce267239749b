using OrleansBilling.Server.Demo;
using static OrleansBilling.Server.Tests.Demo.DemoSamples;

namespace OrleansBilling.Server.Tests.Demo;

/// <summary>The demo says "kept" only where it was kept: every check is seen broken.</summary>
public sealed class DemoChecksTests
{
    [Fact]
    public void A_server_that_does_everything_right_keeps_every_promise() => Assert.All(Check(Outcome), check => Assert.True(check.Kept, string.Join('\n', check.Faults)));

    [Fact]
    public void A_period_invoiced_twice_is_seen() => Broken("invoiced once", Outcome with { Invoices = [Invoice with { Lines = [.. Invoice.Lines, .. Invoice.Lines] }] });

    [Fact]
    public void A_period_never_invoiced_is_seen() => Broken("invoiced once", Outcome with { Invoices = [] });

    [Fact]
    public void A_period_that_begins_a_day_late_is_seen() => Broken(
        "invoiced once", Outcome with { Invoices = [Invoice with { Lines = [Invoice.Lines[0] with { Period = new DemoPeriod(Noon.AddDays(1), Noon.AddDays(2)) }] }] });

    [Fact]
    public void A_cent_more_is_seen() => Broken("by hand", Outcome with { Invoices = [Invoice with { Total = 1901 }] });

    [Fact]
    public void Another_status_is_seen() => Broken("status", Outcome with { Subscriptions = [Outcome.Subscriptions[0] with { Status = "past_due" }] });

    [Fact]
    public void A_try_too_many_is_seen() => Broken("tries", Outcome with { Payments = [Payment with { Attempts = [Attempt(1, "failed"), Attempt(2)] }] });

    [Fact]
    public void An_attempt_without_an_outcome_is_seen() => Broken("tries", Outcome with { Payments = [Payment with { Attempts = [Attempt(1, "sent")] }] });

    [Fact]
    public void Money_taken_twice_is_seen() => Broken("tries", Outcome with { Payments = [Payment, Payment with { Id = "pay_2" }] });

    [Fact]
    public void An_unpaid_invoice_is_seen() => Broken("tries", Outcome with { Invoices = [Invoice with { Status = "open" }] });

    [Fact]
    public void A_balance_that_nobody_gave_is_seen() => Broken("credit balance", Outcome with { Account = Outcome.Account with { Balance = 1 } });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_missing_posting_is_seen(int index) => Broken("books", Outcome with { Postings = [.. Outcome.Postings.Where((_, i) => i != index)] });

    [Fact]
    public void A_trial_balance_beside_zero_is_seen()
    {
        var check = DemoChecks.Of([Outcome], [new DemoTrialBalance("eur", 0), new DemoTrialBalance("usd", 5)]).Single(c => !c.Kept);

        Assert.Equal(["usd: 5"], check.Faults);
    }

    [Fact]
    public void Dropped_attempts_are_no_tries() =>
        Assert.All(Check(Outcome with { Payments = [Payment with { Attempts = [Attempt(1, "dropped"), Attempt(2)] }] }), check => Assert.True(check.Kept));

    private static void Broken(string promise, DemoOutcome outcome)
    {
        var check = Check(outcome).Single(check => check.Promise.Contains(promise, StringComparison.Ordinal));

        Assert.False(check.Kept);
        Assert.NotEmpty(check.Faults);
    }

    private static IReadOnlyList<DemoCheck> Check(DemoOutcome outcome) => DemoChecks.Of([outcome], [new DemoTrialBalance("eur", 0)]);
}
