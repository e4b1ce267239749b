using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Tests.Subscriptions;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>Lines made by hand: what they come to, and what is refused.</summary>
public sealed class PendingLineTests
{
    private static readonly Instant Now = Life.Utc("2024-03-10");

    private static readonly AccountFacts Account = new(
        "acct_1", 1, Currency.Of("usd"), "UTC", AccountFacts.LiveClock, TaxSettings.None, CollectionMode.Automatic, 0, InvoiceGrouping.Subscription, null, "default");

    [Theory]
    [InlineData("3", "0.35", 1)]
    [InlineData("7", "0.5", 4)]
    [InlineData("7", "-0.5", -4)]
    [InlineData("1.5", "333", 500)]
    [InlineData("0.000000000001", "999999999999", 1)]
    public void Quantity_times_unit_amount_is_rounded_once(string quantity, string unit, long amount)
    {
        var line = Made(new PendingLineOrder("Hours") { Quantity = Decimal(quantity), UnitAmount = Decimal(unit) }).Value.Draft;
        Assert.Equal(amount, line.Amount);
        ExplainEvaluator.Check(InvoiceCalculator.Compute([line], [], Account.Tax, Account.Currency, new IdSource("t", Now)));
    }

    [Theory]
    [InlineData(null, null, null, "amount_or_quantity")]
    [InlineData(100L, "1", "2", "amount_or_quantity")]
    [InlineData(null, "1", null, "amount_or_quantity")]
    [InlineData(null, null, "2", "amount_or_quantity")]
    [InlineData(100L, null, "2", "amount_or_quantity")]
    [InlineData(null, "-1", "2", "negative_quantity")]
    [InlineData(null, "1000000000000", "2", "amount_too_large")]
    [InlineData(1_000_000_000_000L, null, null, "amount_too_large")]
    [InlineData(-1_000_000_000_000L, null, null, "amount_too_large")]
    [InlineData(0L, null, null, "amount_zero")]
    [InlineData(null, "1", "0.4", "amount_zero")]
    public void What_is_no_line_is_refused(long? amount, string? quantity, string? unit, string code) =>
        Assert.Equal(code, Made(new PendingLineOrder("x") { Amount = amount, Quantity = Decimal(quantity), UnitAmount = Decimal(unit) }).Refusal?.Code);

    [Fact]
    public void A_period_does_not_end_before_its_start() => Assert.Equal(
        "period_ends_before_start",
        Made(new PendingLineOrder("x") { Amount = 1, Period = new Period(Now, Now - Duration.FromHours(1)) }).Refusal?.Code);

    [Fact]
    public void A_thousand_lines_wait_and_no_more()
    {
        Assert.True(PendingLines.ByHand(new PendingLineOrder("x") { Amount = 1 }, Account, PendingLines.MaxManual - 1, "line_1", Now).IsAccepted);
        Assert.Equal("too_many_pending_lines", PendingLines.ByHand(new PendingLineOrder("x") { Amount = 1 }, Account, PendingLines.MaxManual, "line_1", Now).Refusal?.Code);
    }

    private static decimal? Decimal(string? text) => text is null ? null : decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static Decided<PendingLine> Made(PendingLineOrder order) => PendingLines.ByHand(order, Account, 0, "line_1", Now);
}
