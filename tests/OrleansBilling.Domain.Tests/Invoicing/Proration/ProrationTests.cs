using OrleansBilling.Domain.Invoicing.Proration;
using Prorate = OrleansBilling.Domain.Invoicing.Proration.Proration;

namespace OrleansBilling.Domain.Tests.Invoicing.Proration;

public sealed class ProrationTests
{
    [Theory]
    [InlineData("3000", 9, 30, 900)]
    [InlineData("1000", 1, 3, 333)]
    [InlineData("1000", 2, 3, 667)]
    [InlineData("999", 1, 2, 500)]
    [InlineData("-999", 1, 2, -500)]
    [InlineData("0.35", 10, 30, 0)]
    [InlineData("1999", 10, 31, 645)]
    [InlineData("2500", 0, 31, 0)]
    [InlineData("100000000000000", 777600, 2592000, 30000000000000)]
    public void A_charge_is_the_share_of_the_exact_price_rounded_once(string price, int numerator, int denominator, long charge) =>
        Assert.Equal(
            charge,
            Prorate.Charge(decimal.Parse(price, System.Globalization.CultureInfo.InvariantCulture), new Share(numerator, denominator)));

    // A line billed 9/30 of 3000 = 900; with three days left 3/9 of it are unused.
    [Theory]
    [InlineData(900, "3/30", "9/30", "3/9", 300)]
    [InlineData(900, "9/30", "9/30", "9/9", 900)]
    [InlineData(900, "0/30", "9/30", "0/1", 0)]
    [InlineData(3000, "9/30", "1/1", "9/30", 900)]
    [InlineData(3000, "777600/2592000", "1/1", "777600/2592000", 900)]
    [InlineData(1000, "1/31", "10/31", "1/10", 100)]
    [InlineData(645, "5/31", "10/31", "5/10", 323)]
    [InlineData(-900, "3/30", "9/30", "3/9", -300)]
    [InlineData(900, "12/30", "9/30", "1/1", 900)]
    [InlineData(900, "3/30", "0/1", "0/1", 0)]
    [InlineData(1000, "1/4", "1/2", "2/4", 500)]
    public void A_credit_is_the_unused_part_over_the_lines_own_numerator(
        long billed, string unused, string billedShare, string share, long credit)
    {
        Assert.Equal(share, Prorate.CreditShare(Parse(unused), Parse(billedShare)).ToString());
        Assert.Equal(credit, Prorate.CreditOf(billed, Parse(unused), Parse(billedShare)));
    }

    [Theory]
    [InlineData(1000, 0, 500)]
    [InlineData(1000, 400, 500)]
    [InlineData(1000, 700, 300)]
    [InlineData(1000, 1000, 0)]
    [InlineData(1000, 1200, 0)]
    [InlineData(-1000, 0, -500)]
    [InlineData(-1000, -700, -300)]
    [InlineData(-1000, -1000, 0)]
    [InlineData(0, 0, 0)]
    public void Credits_of_a_line_together_never_exceed_what_was_billed(long billed, long credited, long credit) =>
        Assert.Equal(credit, Prorate.CreditOf(billed, credited, new Share(15, 30), Share.One));

    [Theory]
    [InlineData("5000", "1/1", 3000, 2000)]
    [InlineData("5000", "9/30", 900, 600)]
    [InlineData("3000", "1/1", 5000, 0)]
    [InlineData("3000", "1/1", 3000, 0)]
    [InlineData("5000", "1/1", 0, 5000)]
    [InlineData("1999", "10/31", 0, 645)]
    [InlineData("5000", "1/1", -200, 5200)]
    public void The_full_difference_is_never_below_zero(string price, string share, long billedNet, long charge) =>
        Assert.Equal(
            charge,
            Prorate.FullDifference(decimal.Parse(price, System.Globalization.CultureInfo.InvariantCulture), Parse(share), billedNet));

    [Theory]
    [InlineData(null, ProrationPolicy.Day, ProrationPolicy.Day)]
    [InlineData(null, ProrationPolicy.Second, ProrationPolicy.Second)]
    [InlineData(null, ProrationPolicy.None, ProrationPolicy.None)]
    [InlineData(ProrationPolicy.Second, ProrationPolicy.Day, ProrationPolicy.Second)]
    [InlineData(ProrationPolicy.Day30, ProrationPolicy.Second, ProrationPolicy.Day30)]
    [InlineData(ProrationPolicy.FullDifference, ProrationPolicy.Day, ProrationPolicy.Day)]
    [InlineData(ProrationPolicy.Day, ProrationPolicy.None, ProrationPolicy.None)]
    [InlineData(ProrationPolicy.Day, ProrationPolicy.FullDifference, ProrationPolicy.FullDifference)]
    public void A_prorated_line_is_credited_by_its_own_policy_and_a_whole_one_by_the_calls(
        ProrationPolicy? own, ProrationPolicy call, ProrationPolicy used) =>
        Assert.Equal(used, Prorate.CreditPolicy(own, call));

    private static Share Parse(string text)
    {
        var parts = text.Split('/');
        return new Share(
            decimal.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture),
            decimal.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
    }
}
