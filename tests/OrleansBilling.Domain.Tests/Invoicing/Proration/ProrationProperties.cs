using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Tests.Schedule;
using Prorate = OrleansBilling.Domain.Invoicing.Proration.Proration;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Invoicing.Proration;

public sealed class ProrationProperties
{
    private const int Runs = 3000;

    private static readonly Gen<ProrationPolicy> Measured =
        Gen.OneOf(ProrationPolicy.Second, ProrationPolicy.Day, ProrationPolicy.Day30);

    /// <summary>A policy, the nominal period of a random anchor and cuts of it in order of time.</summary>
    private static readonly Gen<(ProrationPolicy Policy, BillingAnchor Anchor, Period Nominal, Instant[] Cuts)> Cases =
        from policy in Measured
        from anchor in Times.Anchors
        from n in Gen.Int[-20, 20]
        let nominal = PeriodCalendar.Nominal(anchor.Anchor, n)
        from parts in Gen.Double[0, 1].Array[1, 6]
        select (policy, anchor.Anchor, nominal, parts.Order().Select(part => nominal.Start + (nominal.Duration * part)).ToArray());

    [Fact]
    public void What_is_used_and_what_is_unused_make_the_whole() =>
        Cases.Sample(
            x =>
            {
                foreach (var cut in x.Cuts)
                {
                    var used = Charged(x.Policy, x.Anchor, x.Nominal, x.Nominal.Start, cut);
                    var unused = Unused(x.Policy, x.Anchor, x.Nominal, cut);
                    Assert.Equal(used.Denominator, unused.Denominator);
                    Assert.Equal(used.Denominator, used.Numerator + unused.Numerator);
                    Assert.True(unused.Numerator >= 0 && used.Numerator >= 0);
                }
            },
            iter: Runs);

    [Fact]
    public void Pieces_of_a_period_cut_anywhere_sum_to_the_whole_and_to_its_price() =>
        Gen.Select(Cases, Gen.Long[0, 10_000_000]).Sample(
            (x, price) =>
            {
                Instant[] points = [x.Nominal.Start, .. x.Cuts, x.Nominal.End];
                var shares = points.Zip(points.Skip(1), (from, to) => Charged(x.Policy, x.Anchor, x.Nominal, from, to)).ToList();
                Assert.Equal(shares[0].Denominator, shares.Sum(share => share.Numerator));
                Assert.True(Math.Abs(shares.Sum(share => Prorate.Charge(price, share)) - price) <= shares.Count);
            },
            iter: Runs);

    [Fact]
    public void The_unused_share_shrinks_with_time() =>
        Cases.Sample(
            x => Assert.All(
                x.Cuts.Zip(x.Cuts.Skip(1)),
                pair => Assert.True(
                    Unused(x.Policy, x.Anchor, x.Nominal, pair.First).Numerator
                    >= Unused(x.Policy, x.Anchor, x.Nominal, pair.Second).Numerator)),
            iter: Runs);

    [Fact]
    public void A_credit_never_exceeds_what_was_billed_and_a_line_undone_at_its_start_is_credited_whole() =>
        Gen.Select(Cases, Gen.Long[-1_000_000, 10_000_000]).Sample(
            (x, price) =>
            {
                var billed = x.Nominal with { Start = x.Cuts[0] };
                var share = Charged(x.Policy, x.Anchor, x.Nominal, billed.Start, billed.End);
                var amount = Prorate.Charge(price, share);
                Assert.Equal(amount, Prorate.CreditOf(amount, Part(x, billed, billed.Start), share));
                foreach (var cut in x.Cuts)
                {
                    var credit = Prorate.CreditOf(amount, Part(x, billed, cut), share);
                    Assert.True(Math.Abs(credit) <= Math.Abs(amount));
                    Assert.True(credit == 0 || Math.Sign(credit) == Math.Sign(amount));
                }
            },
            iter: Runs);

    [Fact]
    public void Repeated_partial_credits_never_exceed_what_was_billed() =>
        Gen.Select(Cases, Gen.Long[-1_000_000, 10_000_000]).Sample(
            (x, amount) =>
            {
                long credited = 0;
                foreach (var cut in x.Cuts)
                {
                    var credit = Prorate.CreditOf(amount, credited, Unused(x.Policy, x.Anchor, x.Nominal, cut), Share.One);
                    Assert.True(credit == 0 || Math.Sign(credit) == Math.Sign(amount));
                    credited += credit;
                    Assert.True(Math.Abs(credited) <= Math.Abs(amount));
                }
            },
            iter: Runs);

    [Fact]
    public void A_change_and_its_way_back_at_one_instant_cost_nothing() =>
        Gen.Select(Cases, Gen.Long[0, 10_000_000], Gen.Long[0, 10_000_000]).Sample(
            (x, old, other) =>
            {
                var rest = x.Nominal with { Start = x.Cuts[0] };
                var share = Charged(x.Policy, x.Anchor, x.Nominal, rest.Start, rest.End);
                var there = Prorate.Charge(other, share) - Prorate.CreditOf(old, share, Share.One);
                var back = Prorate.Charge(old, share) - Prorate.CreditOf(Prorate.Charge(other, share), Part(x, rest, rest.Start), share);
                Assert.Equal(0, there + back);
            },
            iter: Runs);

    private static Share Charged(ProrationPolicy policy, BillingAnchor anchor, Period nominal, Instant from, Instant to) =>
        Prorate.ChargedShare(policy, nominal, from, to, anchor.Interval, anchor.TimeZone);

    private static Share Unused(ProrationPolicy policy, BillingAnchor anchor, Period nominal, Instant at) =>
        Prorate.UnusedShare(policy, nominal, at, nominal, anchor.Interval, anchor.TimeZone);

    private static Share Part(
        (ProrationPolicy Policy, BillingAnchor Anchor, Period Nominal, Instant[] Cuts) x, Period billed, Instant at) =>
        Prorate.UnusedShare(x.Policy, x.Nominal, at, billed, x.Anchor.Interval, x.Anchor.TimeZone);
}
