using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Subscriptions that are made with an end (<c>ends_at</c>), with a start ahead, and with both.</summary>
public sealed class ScheduledEndTests
{
    /// <summary>3,000 a month from 1 June, with as many days of trial; unused time comes back by the day.</summary>
    [Theory]
    [InlineData(14, "2026-06-10", "", "2026-06-10")]
    [InlineData(14, "2026-06-15", "", "2026-06-15")]
    [InlineData(14, "2026-06-25", "2026-06-15 3000, 2026-06-25 -2000", "2026-06-25")]
    [InlineData(14, "2026-07-15", "2026-06-15 3000", "2026-07-15")]
    [InlineData(0, "2026-06-16", "2026-06-01 3000, 2026-06-16 -1500", "2026-06-16")]
    [InlineData(0, "2026-06-01T00:00:01Z", "2026-06-01 3000, 2026-06-01 -3000", "2026-06-01T00:00:01Z")]
    [InlineData(0, "2026-07-01", "2026-06-01 3000", "2026-07-01")]
    [InlineData(0, "2026-07-01T00:00:01Z", "2026-06-01 3000, 2026-07-01 3000, 2026-07-01 -3000", "2026-07-01T00:00:01Z")]
    [InlineData(0, "2026-08-01", "2026-06-01 3000, 2026-07-01 3000", "2026-08-01")]
    public void An_end_bills_until_it_and_nothing_after(int trialDays, string endsAt, string invoices, string ended)
    {
        var life = new Life(Life.Plan(prices: Life.Flat("base", 3000))).Start(
            "2026-06-01", order => order with { EndsAt = Life.Utc(endsAt), TrialDays = trialDays == 0 ? null : trialDays });
        life.Until("2026-10-01");
        Assert.Equal(invoices, Shown(life));
        Assert.Equal((SubscriptionStatus.Canceled, Life.Utc(ended)), (life.State.Status, life.State.EndedAt));
        Assert.Empty(SubscriptionDueWork.Of(life.State));
    }

    /// <summary>The same from a start on 10 June that lies ahead; nothing is billed, and no trial runs, before it.</summary>
    [Theory]
    [InlineData(0, null, "2026-06-10 3000, 2026-07-10 3000")]
    [InlineData(14, null, "2026-06-24 3000, 2026-07-24 3000")]
    [InlineData(14, "2026-06-20", "")]
    [InlineData(14, "2026-06-24", "")]
    [InlineData(14, "2026-07-24", "2026-06-24 3000")]
    [InlineData(0, "2026-07-10", "2026-06-10 3000")]
    public void A_start_ahead_bills_from_the_start_or_the_end_of_its_trial(int trialDays, string? endsAt, string invoices)
    {
        var life = new Life(Life.Plan(prices: Life.Flat("base", 3000))).Start("2026-06-01", order => order with
        {
            StartAt = Life.Utc("2026-06-10"),
            TrialDays = trialDays == 0 ? null : trialDays,
            EndsAt = endsAt is null ? null : Life.Utc(endsAt),
        });
        Assert.Equal(SubscriptionStatus.Incomplete, life.State.Status);
        life.Until("2026-06-10T00:00:01Z");
        Assert.Equal(trialDays == 0 ? SubscriptionStatus.Active : SubscriptionStatus.Trialing, life.State.Status);
        Assert.Equal(Life.Utc("2026-06-10"), life.Periods[0].Start);
        life.Until("2026-08-09");
        Assert.Equal(invoices, Shown(life));
        Assert.Equal(endsAt is null ? null : Life.Utc(endsAt), life.State.EndedAt);
    }

    [Theory]
    [InlineData("2026-06-10", "2026-06-10")]
    [InlineData("2026-06-10", "2026-06-09")]
    [InlineData(null, "2026-06-01")]
    public void An_end_at_or_before_the_start_is_refused(string? start, string end) => Assert.Equal(
        "ends_before_start",
        new Life(Life.Plan()).Refused("2026-06-01", order => order with { StartAt = start is null ? null : Life.Utc(start), EndsAt = Life.Utc(end) })!.Code);

    [Fact]
    public void A_credit_of_the_end_is_of_the_line_that_it_takes_back()
    {
        var life = new Life(Life.Plan(prices: Life.Flat("base", 3000))).Start("2026-06-01", order => order with { EndsAt = Life.Utc("2026-06-16") });
        life.Until("2026-06-16");
        var credit = life.Invoices[^1].Lines[0].Draft;
        Assert.Equal((LineKind.ProrationCredit, life.Invoices[0].Lines[0].Id), (credit.Kind, credit.CreditedLine));
    }

    /// <summary>Every invoice by the day from which its first line counts, and its total.</summary>
    private static string Shown(Life life) => string.Join(
        ", ", life.Invoices.Select(invoice => $"{invoice.Lines[0].Draft.Period.Start.ToString("uuuu-MM-dd", null)} {invoice.Totals.Total}"));
}
