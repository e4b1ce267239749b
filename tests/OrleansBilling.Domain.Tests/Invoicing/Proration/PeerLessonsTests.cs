using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Tests.Schedule;
using Prorate = OrleansBilling.Domain.Invoicing.Proration.Proration;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Invoicing.Proration;

/// <summary>Bugs of other billing engines that concern shares of a period, one named test each.</summary>
public sealed class PeerLessonsTests
{
    private const string Berlin = "Europe/Berlin";

    private static readonly Period January = new(Times.At("2026-01-01T00:00", Berlin), Times.At("2026-02-01T00:00", Berlin));

    [Fact]
    public void The_denominator_is_the_whole_nominal_period_when_a_partial_one_is_changed_lago_api_6194_218()
    {
        // Billed from the 22nd by 10/31 of 3100; changed on the 27th to 6200.
        var billed = January with { Start = Times.At("2026-01-22T10:00", Berlin) };
        var at = Times.At("2026-01-27T09:00", Berlin);
        var month = Times.Every(1, "month");
        var share = Prorate.ChargedShare(ProrationPolicy.Day, January, billed.Start, billed.End, month, Berlin);
        var unused = Prorate.UnusedShare(ProrationPolicy.Day, January, at, billed, month, Berlin);
        Assert.Equal(("10/31", "5/31"), (share.ToString(), unused.ToString()));
        Assert.Equal(1000, Prorate.Charge(3100, share));
        Assert.Equal(500, Prorate.CreditOf(1000, unused, share));
        Assert.Equal(1000, Prorate.Charge(6200, Prorate.ChargedShare(ProrationPolicy.Day, January, at, billed.End, month, Berlin)));
    }

    [Fact]
    public void Changing_up_and_down_all_month_never_farms_credit_polar_10482()
    {
        long paid = 0;
        var (amount, share, start) = (3000L, Share.One, January.Start);
        paid += amount;
        for (var day = 2; day <= 31; day++)
        {
            var at = Times.At($"2026-01-{day:00}T18:00", Berlin);
            var price = day % 2 == 0 ? 9000 : 3000;
            var unused = Prorate.UnusedShare(ProrationPolicy.Day, January, at, January with { Start = start }, Times.Every(1, "month"), Berlin);
            var credit = Prorate.CreditOf(amount, unused, share);
            Assert.InRange(credit, 0, amount);
            (share, start) = (unused, at);
            amount = Prorate.Charge(price, share);
            paid += amount - credit;
        }

        // 16 days at 3000 (odd ones) and 15 at 9000, of 31 days each; a cent of rounding a change at most.
        Assert.InRange(paid, 5903 - 31, 5903 + 31);
    }

    [Fact]
    public void Two_changes_on_one_day_credit_the_first_wholly_killbill_73()
    {
        var month = Times.Every(1, "month");
        var (morning, evening) = (Times.At("2026-01-10T09:00", Berlin), Times.At("2026-01-10T21:00", Berlin));
        var share = Prorate.ChargedShare(ProrationPolicy.Day, January, morning, January.End, month, Berlin);
        var charge = Prorate.Charge(5000, share);
        var unused = Prorate.UnusedShare(ProrationPolicy.Day, January, evening, January with { Start = morning }, month, Berlin);
        Assert.Equal("22/31", unused.ToString());
        Assert.Equal(charge, Prorate.CreditOf(charge, unused, share));
    }
}
