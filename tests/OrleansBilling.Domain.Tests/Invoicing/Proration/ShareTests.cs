using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Tests.Schedule;
using Prorate = OrleansBilling.Domain.Invoicing.Proration.Proration;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Invoicing.Proration;

public sealed class ShareTests
{
    private const string Berlin = "Europe/Berlin";

    // Columns: policy, interval, nominal start, nominal end, change, unused share.
    [Theory]
    [InlineData("second", 1, "month", "2026-04-01T00:00", "2026-05-01T00:00", "2026-04-22T00:00", "777600/2592000")]
    [InlineData("second", 1, "month", "2026-04-01T00:00", "2026-05-01T00:00", "2026-04-01T00:00", "2592000/2592000")]
    [InlineData("second", 1, "month", "2026-04-01T00:00", "2026-05-01T00:00", "2026-05-01T00:00", "0/2592000")]
    [InlineData("second", 1, "month", "2026-03-01T00:00", "2026-04-01T00:00", "2026-03-31T00:00", "86400/2674800")]
    [InlineData("second", 1, "day", "2026-03-29T00:00", "2026-03-30T00:00", "2026-03-29T12:00", "43200/82800")]
    [InlineData("day", 1, "month", "2026-04-01T00:00", "2026-05-01T00:00", "2026-04-22T00:00", "9/30")]
    [InlineData("day", 1, "month", "2026-04-01T00:00", "2026-05-01T00:00", "2026-04-22T23:59", "9/30")]
    [InlineData("day", 1, "month", "2026-04-01T00:00", "2026-05-01T00:00", "2026-04-30T23:59", "1/30")]
    [InlineData("day", 1, "month", "2026-04-01T00:00", "2026-05-01T00:00", "2026-04-01T08:00", "30/30")]
    [InlineData("day", 1, "month", "2026-03-01T00:00", "2026-04-01T00:00", "2026-03-29T03:00", "3/31")]
    [InlineData("day", 1, "month", "2026-01-15T10:00", "2026-02-15T10:00", "2026-01-15T12:00", "31/31")]
    [InlineData("day", 1, "month", "2026-01-15T10:00", "2026-02-15T10:00", "2026-02-15T08:00", "0/31")]
    [InlineData("day", 1, "year", "2024-01-01T00:00", "2025-01-01T00:00", "2024-02-29T10:00", "307/366")]
    [InlineData("day", 1, "week", "2026-01-19T00:00", "2026-01-26T00:00", "2026-01-22T10:00", "4/7")]
    [InlineData("day", 1, "day", "2026-03-29T00:00", "2026-03-30T00:00", "2026-03-29T23:00", "1/1")]
    [InlineData("day_30", 1, "month", "2026-04-01T00:00", "2026-05-01T00:00", "2026-04-22T00:00", "9/30")]
    [InlineData("day_30", 1, "month", "2026-02-01T00:00", "2026-03-01T00:00", "2026-02-15T10:00", "16/30")]
    [InlineData("day_30", 1, "month", "2026-02-01T00:00", "2026-03-01T00:00", "2026-02-28T10:00", "3/30")]
    [InlineData("day_30", 1, "month", "2026-01-01T00:00", "2026-02-01T00:00", "2026-01-31T10:00", "1/30")]
    [InlineData("day_30", 1, "month", "2026-01-01T00:00", "2026-02-01T00:00", "2026-01-30T10:00", "1/30")]
    [InlineData("day_30", 1, "month", "2026-01-01T00:00", "2026-02-01T00:00", "2026-01-01T00:00", "30/30")]
    [InlineData("day_30", 1, "month", "2026-01-31T00:00", "2026-02-28T00:00", "2026-02-15T00:00", "15/30")]
    [InlineData("day_30", 1, "month", "2026-01-31T00:00", "2026-02-28T00:00", "2026-02-28T00:00", "0/30")]
    [InlineData("day_30", 1, "month", "2026-02-28T00:00", "2026-03-31T00:00", "2026-03-30T00:00", "0/30")]
    [InlineData("day_30", 3, "month", "2026-01-01T00:00", "2026-04-01T00:00", "2026-02-15T10:00", "46/90")]
    [InlineData("day_30", 1, "year", "2026-01-01T00:00", "2027-01-01T00:00", "2026-07-01T00:00", "180/360")]
    [InlineData("day_30", 2, "week", "2026-01-19T00:00", "2026-02-02T00:00", "2026-01-22T10:00", "11/14")]
    [InlineData("day_30", 10, "day", "2026-01-20T00:00", "2026-01-30T00:00", "2026-01-22T10:00", "8/10")]
    [InlineData("full_difference", 1, "month", "2026-04-01T00:00", "2026-05-01T00:00", "2026-04-22T00:00", "0/1")]
    [InlineData("none", 1, "month", "2026-04-01T00:00", "2026-05-01T00:00", "2026-04-22T00:00", "0/1")]
    public void The_unused_share_of_a_whole_period(
        string policy, int count, string unit, string start, string end, string at, string share)
    {
        var nominal = new Period(Times.At(start, Berlin), Times.At(end, Berlin));
        var unused = Prorate.UnusedShare(
            ProrationPolicyNames.Find(policy)!.Value, nominal, Times.At(at, Berlin), nominal, Times.Every(count, unit), Berlin);
        Assert.Equal(share, unused.ToString());
    }

    // A line was billed from the 22nd: before that all of it is unused, after the end nothing.
    [Theory]
    [InlineData("2026-04-10T00:00", "9/30")]
    [InlineData("2026-04-22T00:00", "9/30")]
    [InlineData("2026-04-28T15:00", "3/30")]
    [InlineData("2026-05-01T00:00", "0/30")]
    [InlineData("2026-06-01T00:00", "0/30")]
    public void The_unused_share_of_a_partial_period_is_of_the_whole_nominal_one(string at, string share)
    {
        var nominal = new Period(Times.At("2026-04-01T00:00", Berlin), Times.At("2026-05-01T00:00", Berlin));
        var billed = nominal with { Start = Times.At("2026-04-22T00:00", Berlin) };
        Assert.Equal(
            share,
            Prorate.UnusedShare(ProrationPolicy.Day, nominal, Times.At(at, Berlin), billed, Times.Every(1, "month"), Berlin).ToString());
    }

    [Theory]
    [InlineData("second", "2026-04-22T00:00", "2026-05-01T00:00", "777600/2592000")]
    [InlineData("day", "2026-04-22T10:00", "2026-05-01T00:00", "9/30")]
    [InlineData("day", "2026-04-01T00:00", "2026-04-22T10:00", "21/30")]
    [InlineData("day", "2026-04-01T00:00", "2026-05-01T00:00", "30/30")]
    [InlineData("day_30", "2026-04-22T10:00", "2026-05-01T00:00", "9/30")]
    [InlineData("full_difference", "2026-04-22T10:00", "2026-05-01T00:00", "9/30")]
    [InlineData("none", "2026-04-22T10:00", "2026-05-01T00:00", "0/1")]
    [InlineData("none", "2026-04-01T00:00", "2026-05-01T00:00", "1/1")]
    public void The_share_with_which_a_part_is_charged(string policy, string from, string to, string share)
    {
        var nominal = new Period(Times.At("2026-04-01T00:00", Berlin), Times.At("2026-05-01T00:00", Berlin));
        var charged = Prorate.ChargedShare(
            ProrationPolicyNames.Find(policy)!.Value, nominal, Times.At(from, Berlin), Times.At(to, Berlin), Times.Every(1, "month"), Berlin);
        Assert.Equal(share, charged.ToString());
    }

    [Fact]
    public void Parts_of_a_second_are_exact()
    {
        var start = Times.Utc("2026-04-01T00:00:00Z");
        var nominal = new Period(start, Times.Utc("2026-04-02T00:00:00Z"));
        var at = Times.Utc("2026-04-01T12:00:00.123456789Z");
        Assert.Equal(
            "43199.876543211/86400",
            Prorate.UnusedShare(ProrationPolicy.Second, nominal, at, nominal, Times.Every(1, "day"), "UTC").ToString());
    }

    [Fact]
    public void A_period_without_a_local_day_of_the_zone_is_measured_by_the_second()
    {
        // The day on which New York sets its clocks forward, read in a zone where it is 23 hours of one date.
        var nominal = new Period(Times.Utc("2026-03-08T05:00:00Z"), Times.Utc("2026-03-09T04:00:00Z"));
        var at = Times.Utc("2026-03-08T16:30:00Z");
        Assert.Equal(
            "41400/82800",
            Prorate.UnusedShare(ProrationPolicy.Day, nominal, at, nominal, Times.Every(1, "day"), "America/Bogota").ToString());
    }

    [Fact]
    public void Where_clocks_go_back_over_midnight_no_more_than_the_whole_is_unused()
    {
        // St. John's went from 29 October 2006, 00:01, back to the 28th: five minutes into the period its date is the day before.
        const string zone = "America/St_Johns";
        var start = Times.Utc("2006-10-29T02:30:00Z");
        var nominal = new Period(start, Times.At("2006-11-29T00:00", zone));
        var at = Times.Utc("2006-10-29T02:35:00Z");
        Assert.Equal("2006-10-28T23:05", Times.Local(at, zone));
        Assert.Equal(
            "31/31",
            Prorate.UnusedShare(ProrationPolicy.Day, nominal, at, nominal, Times.Every(1, "month"), zone).ToString());
    }

    [Fact]
    public void A_part_that_ends_before_it_begins_is_charged_nothing()
    {
        var nominal = new Period(Times.At("2026-04-01T00:00", Berlin), Times.At("2026-05-01T00:00", Berlin));
        var share = Prorate.ChargedShare(
            ProrationPolicy.Day, nominal, nominal.End, nominal.Start, Times.Every(1, "month"), Berlin);
        Assert.Equal("0/30", share.ToString());
    }

    [Fact]
    public void A_share_is_a_fraction_and_no_quotient()
    {
        Assert.Equal(33.3m, new Share(1, 3).Of(99.9m));
        Assert.Equal(100m, new Share(3, 3).Of(100m));
        Assert.True(Share.One.IsWhole);
        Assert.True(Share.Zero.IsZero);
        Assert.False(new Share(9, 30).IsWhole);
        Assert.Equal(0.3m, new Share(9, 30).Value);
        Assert.Equal(new Share(9.0m, 30m), new Share(9, 30));
    }

    [Fact]
    public void Policies_are_spelled_as_the_API_spells_them()
    {
        string[] names = ["day", "second", "day_30", "full_difference", "none"];
        Assert.Equal(names, Enum.GetValues<ProrationPolicy>().Select(ProrationPolicyNames.Of));
        Assert.All(Enum.GetValues<ProrationPolicy>(), p => Assert.Equal(p, ProrationPolicyNames.Find(ProrationPolicyNames.Of(p))));
        Assert.Null(ProrationPolicyNames.Find("days"));
        Assert.Null(ProrationPolicyNames.Find(name: null));
    }
}
