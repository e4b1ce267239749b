using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Invoicing.Proration;

/// <summary>
/// Parts of a period and what they cost (rules.md, "Shares of a period" and "Credits for unused time").
/// </summary>
/// <remarks>
/// Each policy is a scale from 0 at the start of the nominal period to its total at the end; a share is the distance
/// of two points on it. Shares of adjoining parts therefore always sum to the whole.
/// </remarks>
public static class Proration
{
    /// <summary>
    /// The part of the nominal period for which a line was billed and that is still unused at an instant. The day of a
    /// change belongs to the new terms, and at a cancellation to nobody: it counts as unused.
    /// </summary>
    /// <param name="policy">The line's own policy or the call's: see <see cref="CreditPolicy"/>.</param>
    /// <param name="nominal">The full period.</param>
    /// <param name="at">The instant of the change; before the billed period all of it is unused, after it nothing.</param>
    /// <param name="billed">The period that the line was billed for, within the nominal one.</param>
    /// <param name="interval">The length of the nominal period.</param>
    /// <param name="timeZone">IANA id of the zone in which days are counted.</param>
    /// <returns>Nothing under <c>none</c> and <c>full_difference</c>, which credit nothing.</returns>
    public static Share UnusedShare(
        ProrationPolicy policy, Period nominal, Instant at, Period billed, BillingInterval interval, string timeZone) =>
        policy is ProrationPolicy.None or ProrationPolicy.FullDifference
            ? Share.Zero
            : Between(policy, nominal, billed.Clamp(at), billed.End, interval, timeZone);

    /// <summary>The share with which a period within the nominal one is charged.</summary>
    /// <returns>
    /// The whole nominal period is whole under every policy. For a part, <c>none</c> charges nothing and
    /// <c>full_difference</c>, which measures no time, goes by <c>day</c>; what it charges at a change is
    /// <see cref="FullDifference"/>.
    /// </returns>
    public static Share ChargedShare(
        ProrationPolicy policy, Period nominal, Instant from, Instant to, BillingInterval interval, string timeZone)
    {
        if (policy is ProrationPolicy.None)
        {
            return from <= nominal.Start && to >= nominal.End ? Share.One : Share.Zero;
        }

        var scale = policy is ProrationPolicy.FullDifference ? ProrationPolicy.Day : policy;
        return Between(scale, nominal, from, to, interval, timeZone);
    }

    /// <summary>What a share of an exact price in minor units costs, rounded once.</summary>
    public static long Charge(decimal exactPrice, Share share) => Rounding.ToMinorUnits(share.Of(exactPrice));

    /// <summary>
    /// What a change under <c>full_difference</c> charges: the new price times the share with which the period was
    /// billed, less all that was billed for the item in this period, never below zero.
    /// </summary>
    /// <param name="newPrice">Exact price of a whole period, in minor units.</param>
    /// <param name="billedShare">The share with which the period was billed.</param>
    /// <param name="billedNet">Billed in this period, before discounts and net of credits.</param>
    public static long FullDifference(decimal newPrice, Share billedShare, long billedNet) =>
        Math.Max(0, Charge(newPrice, billedShare) - billedNet);

    /// <summary>
    /// The policy that measures the credit of a line. A prorated line uses its own, a line billed whole (null) or by
    /// <c>full_difference</c> the call's. Where the call says <c>none</c> or <c>full_difference</c> nothing is credited.
    /// </summary>
    public static ProrationPolicy CreditPolicy(ProrationPolicy? own, ProrationPolicy call) =>
        call is ProrationPolicy.None or ProrationPolicy.FullDifference ? call
        : own is null or ProrationPolicy.None or ProrationPolicy.FullDifference ? call
        : own.Value;

    /// <summary>The part of a line that is unused: its unused part over its own numerator (9/30 billed, 3 days left: 3/9).</summary>
    public static Share CreditShare(Share unused, Share billedShare)
    {
        if (billedShare.IsZero || unused.IsZero)
        {
            return Share.Zero;
        }

        var share = unused.Denominator == billedShare.Denominator
            ? new Share(unused.Numerator, billedShare.Numerator)
            : new Share(unused.Numerator * billedShare.Denominator, unused.Denominator * billedShare.Numerator);
        return share.Numerator > share.Denominator ? Share.One : share;
    }

    /// <summary>
    /// The unused part of what a line was billed, in minor units, rounded once, with the sign of the billed amount (the
    /// caller turns it); never more than was billed.
    /// </summary>
    public static long CreditOf(long billedAmount, Share unused, Share billedShare) =>
        Rounding.ToMinorUnits(CreditShare(unused, billedShare).Of(billedAmount));

    /// <summary>The same, and together with what was credited before never more than was billed.</summary>
    /// <param name="billedAmount">What the line was billed.</param>
    /// <param name="credited">Earlier proration credits and credit notes of the line, with the sign of the billed amount.</param>
    /// <param name="unused">The unused part of the nominal period.</param>
    /// <param name="billedShare">The share with which the line was billed; whole for a line that was not prorated.</param>
    public static long CreditOf(long billedAmount, long credited, Share unused, Share billedShare)
    {
        var left = billedAmount - credited;
        var credit = CreditOf(billedAmount, unused, billedShare);
        return billedAmount >= 0 ? Math.Clamp(credit, 0, Math.Max(left, 0)) : Math.Clamp(credit, Math.Min(left, 0), 0);
    }

    private static Share Between(
        ProrationPolicy policy, Period nominal, Instant from, Instant to, BillingInterval interval, string timeZone)
    {
        var scale = ProrationScale.Of(policy, nominal, interval, timeZone);
        return new Share(Math.Max(0, scale.At(to) - scale.At(from)), scale.Total);
    }
}
