using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Tests.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Invoicing.Proration;

public sealed class ProrationQuoteTests
{
    private const string Berlin = "Europe/Berlin";

    // April 2026, changed on the 22nd at 10:00 from 3000 to 6000. Columns: credit, its fraction, charge, its fraction, net.
    [Theory]
    [InlineData("day", 3000L, 6000L, 900, "9/30", 1800, "9/30", 900)]
    [InlineData("day", 6000L, 3000L, 1800, "9/30", 900, "9/30", -900)]
    [InlineData("day", 3000L, null, 900, "9/30", 0, "0/1", -900)]
    [InlineData("day", null, 6000L, 0, "0/1", 1800, "9/30", 1800)]
    [InlineData("second", 3000L, 6000L, 858, "741600/2592000", 1717, "741600/2592000", 859)]
    [InlineData("day_30", 3000L, 6000L, 900, "9/30", 1800, "9/30", 900)]
    [InlineData("full_difference", 3000L, 6000L, 0, "0/1", 3000, "1/1", 3000)]
    [InlineData("full_difference", 6000L, 3000L, 0, "0/1", 0, "1/1", 0)]
    [InlineData("full_difference", 3000L, null, 0, "0/1", 0, "0/1", 0)]
    [InlineData("full_difference", null, 6000L, 0, "0/1", 6000, "1/1", 6000)]
    [InlineData("none", 3000L, 6000L, 0, "0/1", 0, "0/1", 0)]
    [InlineData("none", 3000L, null, 0, "0/1", 0, "0/1", 0)]
    [InlineData("none", null, 6000L, 0, "0/1", 0, "0/1", 0)]
    public void A_change_within_the_period(
        string policy, long? old, long? @new, long credit, string creditFraction, long charge, string chargeFraction, long net)
    {
        var answer = ProrationQuote.Decide(April() with { Policy = ProrationPolicyNames.Find(policy)!.Value, Old = old, New = @new }).Value;
        Assert.Equal((credit, creditFraction), (answer.Credit.Amount, answer.Credit.Fraction.ToString()));
        Assert.Equal((charge, chargeFraction), (answer.Charge.Amount, answer.Charge.Fraction.ToString()));
        Assert.Equal(net, answer.Net);
    }

    [Fact]
    public void A_change_at_the_end_moves_no_money_and_one_at_the_start_moves_all()
    {
        foreach (var policy in Enum.GetValues<ProrationPolicy>())
        {
            var atEnd = ProrationQuote.Decide(April() with { Policy = policy, ChangeAt = April().Period.End }).Value;
            Assert.Equal((0, 0), (atEnd.Credit.Amount, atEnd.Charge.Amount));
            var atStart = ProrationQuote.Decide(April() with { Policy = policy, ChangeAt = April().Period.Start }).Value;
            Assert.Equal(policy is ProrationPolicy.None ? 0 : 3000, atStart.Net);
        }
    }

    [Theory]
    [InlineData("2026-01-31T10:00", "2026-02-28T10:00", 1, "month", true)]
    [InlineData("2026-02-28T10:00", "2026-03-31T10:00", 1, "month", true)]
    [InlineData("2026-02-28T10:00", "2026-03-28T10:00", 1, "month", true)]
    [InlineData("2026-02-28T10:00", "2026-03-30T10:00", 1, "month", true)]
    [InlineData("2026-02-27T10:00", "2026-03-31T10:00", 1, "month", false)]
    [InlineData("2026-04-30T00:00", "2026-05-31T00:00", 1, "month", true)]
    [InlineData("2026-04-30T00:00", "2026-05-29T00:00", 1, "month", false)]
    [InlineData("2026-04-01T00:00", "2026-05-01T01:00", 1, "month", false)]
    [InlineData("2026-04-01T00:00", "2026-05-02T00:00", 1, "month", false)]
    [InlineData("2026-04-01T00:00", "2026-06-01T00:00", 1, "month", false)]
    [InlineData("2026-04-01T00:00", "2026-06-01T00:00", 2, "month", true)]
    [InlineData("2024-02-29T00:00", "2025-02-28T00:00", 1, "year", true)]
    [InlineData("2025-02-28T00:00", "2024-02-29T00:00", 1, "year", false)]
    [InlineData("2027-02-28T00:00", "2028-02-29T00:00", 1, "year", true)]
    [InlineData("2026-03-29T00:00", "2026-03-30T00:00", 1, "day", true)]
    [InlineData("2026-03-28T02:30", "2026-03-29T03:30", 1, "day", true)]
    [InlineData("2026-03-29T03:30", "2026-03-30T02:30", 1, "day", true)]
    [InlineData("2026-03-27T03:30", "2026-03-28T02:30", 1, "day", false)]
    [InlineData("2026-01-19T00:00", "2026-02-02T00:00", 2, "week", true)]
    [InlineData("2026-01-19T00:00", "2026-01-26T00:00", 2, "week", false)]
    public void The_period_must_be_one_interval_of_some_anchor(string start, string end, int count, string unit, bool accepted)
    {
        var period = new Period(Times.At(start, Berlin), Times.At(end, Berlin));
        var quote = ProrationQuote.Decide(April() with { Period = period, Interval = Times.Every(count, unit), ChangeAt = period.Start });
        Assert.Equal(accepted ? null : "period_not_one_interval", quote.Refusal?.Code);
    }

    [Fact]
    public void The_same_instants_are_a_month_in_one_zone_and_not_in_another()
    {
        var march = new Period(Times.At("2026-03-01T00:00", Berlin), Times.At("2026-04-01T00:00", Berlin));
        var request = April() with { Period = march, ChangeAt = march.Start };
        Assert.True(ProrationQuote.Decide(request).IsAccepted);
        Assert.Equal("period_not_one_interval", ProrationQuote.Decide(request with { TimeZone = "UTC" }).Refusal?.Code);
    }

    [Theory]
    [InlineData("2026-10-25T01:30:00Z", "2026-11-25T01:30:00Z", true)]
    [InlineData("2026-10-25T00:30:00Z", "2026-11-25T01:30:00Z", true)]
    [InlineData("2026-09-25T00:30:00Z", "2026-10-25T00:30:00Z", true)]
    [InlineData("2026-09-25T00:30:00Z", "2026-10-25T01:30:00Z", true)]
    [InlineData("2026-09-25T00:30:00Z", "2026-10-25T02:30:00Z", false)]
    public void Either_end_may_be_either_of_two_equal_local_times_where_it_is_the_anchor(string start, string end, bool accepted)
    {
        var period = new Period(Times.Utc(start), Times.Utc(end));
        var quote = ProrationQuote.Decide(April() with { Period = period, ChangeAt = period.Start });
        Assert.Equal(accepted, quote.IsAccepted);
    }

    [Fact]
    public void Refusals_in_their_order()
    {
        var early = Instant.FromUtc(1, 1, 1, 0, 0);
        var bad = new ProrationQuoteRequest(
            "Mars", Times.Every(99, "year"), new Period(early, early), Instant.MaxValue, Old: null, New: null, ProrationPolicy.Day);
        Assert.Equal("unknown_time_zone time_zone", Refused(bad));
        bad = bad with { TimeZone = Berlin };
        Assert.Equal("invalid_interval interval.count", Refused(bad));
        bad = bad with { Interval = Times.Every(1, "month") };
        Assert.Equal("instant_out_of_range period.start", Refused(bad));
        bad = bad with { Period = April().Period with { End = Instant.FromUtc(9999, 12, 31, 0, 0) } };
        Assert.Equal("instant_out_of_range period.end", Refused(bad));
        bad = bad with { Period = April().Period with { End = April().Period.Start } };
        Assert.Equal("missing_amount old", Refused(bad));
        bad = bad with { Old = -1, New = -1 };
        Assert.Equal("invalid_amount old.amount", Refused(bad));
        bad = bad with { Old = 0 };
        Assert.Equal("invalid_amount new.amount", Refused(bad));
        bad = bad with { New = 0 };
        Assert.Equal("period_not_one_interval period", Refused(bad));
        bad = bad with { Period = April().Period };
        Assert.Equal("change_outside_period change_at", Refused(bad));
        bad = bad with { ChangeAt = April().Period.Start - Duration.Epsilon };
        Assert.Equal("change_outside_period change_at", Refused(bad));
        bad = bad with { ChangeAt = April().Period.Start };
        Assert.True(ProrationQuote.Decide(bad).IsAccepted);
    }

    [Fact]
    public void Every_period_of_every_anchor_can_be_quoted_and_nothing_exceeds_its_price() =>
        Gen.Select(Times.Anchors, Gen.Int[0, 5], Gen.Double[0, 1], Gen.Long[0, 1_000_000], Gen.Enum<ProrationPolicy>())
            .Sample(
                (x, n, part, price, policy) =>
                {
                    var nominal = PeriodCalendar.Nominal(x.Anchor, n);
                    var at = nominal.Start + (nominal.Duration * part);
                    var quote = ProrationQuote.Decide(new ProrationQuoteRequest(
                        x.Anchor.TimeZone, x.Anchor.Interval, nominal, at, price, price * 2, policy)).Value;
                    Assert.InRange(quote.Credit.Amount, 0, price);
                    Assert.InRange(quote.Charge.Amount, 0, price * 2);
                },
                iter: 2000);

    private static string Refused(ProrationQuoteRequest request)
    {
        var refusal = ProrationQuote.Decide(request).Refusal;
        return $"{refusal?.Code} {refusal?.Field}";
    }

    private static ProrationQuoteRequest April() => new(
        Berlin,
        Times.Every(1, "month"),
        new Period(Times.At("2026-04-01T00:00", Berlin), Times.At("2026-05-01T00:00", Berlin)),
        Times.At("2026-04-22T10:00", Berlin),
        Old: 3000,
        New: 6000,
        ProrationPolicy.Day);
}
