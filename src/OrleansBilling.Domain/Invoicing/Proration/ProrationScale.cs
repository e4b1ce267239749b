using NodaTime;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Invoicing.Proration;

/// <summary>How far through a nominal period an instant lies, counted the way a policy counts.</summary>
internal readonly record struct ProrationScale(ProrationPolicy Policy, Period Nominal, string TimeZone, decimal Total)
{
    private const decimal NanosecondsPerSecond = 1_000_000_000m;

    /// <summary>The scale of <c>second</c>, <c>day</c> or <c>day_30</c> over a nominal period.</summary>
    public static ProrationScale Of(ProrationPolicy policy, Period nominal, BillingInterval interval, string timeZone)
    {
        if (policy is ProrationPolicy.Day30 && interval.Months is { } months)
        {
            return new(policy, nominal, timeZone, 30 * months);
        }

        // A period of less than one local day has no days to count: read in a zone that is not its own.
        var days = PeriodCalendar.LocalDays(nominal.Start, nominal.End, timeZone);
        return policy is ProrationPolicy.Second || days < 1
            ? new(ProrationPolicy.Second, nominal, timeZone, Seconds(nominal.Duration))
            : new(ProrationPolicy.Day, nominal, timeZone, days);
    }

    /// <summary>Seconds or days from the start of the nominal period; instants outside of it count as its ends.</summary>
    public decimal At(Instant instant)
    {
        if (instant <= Nominal.Start)
        {
            return 0;
        }

        if (instant >= Nominal.End)
        {
            return Total;
        }

        return Policy switch
        {
            ProrationPolicy.Second => Seconds(instant - Nominal.Start),
            ProrationPolicy.Day30 => Math.Clamp(ThirtyDayDays(instant), 0, Total),
            _ => Math.Clamp(PeriodCalendar.LocalDays(Nominal.Start, instant, TimeZone), 0, Total),
        };
    }

    private decimal ThirtyDayDays(Instant instant)
    {
        var from = TimeZones.LocalOf(Nominal.Start, TimeZone).Date;
        var to = TimeZones.LocalOf(instant, TimeZone).Date;
        return (360 * (to.Year - from.Year)) + (30 * (to.Month - from.Month)) + Math.Min(to.Day, 30) - Math.Min(from.Day, 30);
    }

    private static decimal Seconds(Duration duration) => (decimal)duration.ToInt128Nanoseconds() / NanosecondsPerSecond;
}
