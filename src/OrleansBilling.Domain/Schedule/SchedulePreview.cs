using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Schedule;

/// <summary>What a period of a schedule is.</summary>
public enum SchedulePeriodKind
{
    /// <summary>Before the first paid period.</summary>
    Trial,

    /// <summary>A first paid period that starts within its nominal period.</summary>
    Partial,

    /// <summary>From one boundary to the next.</summary>
    Full,
}

/// <summary>One period of a schedule.</summary>
/// <param name="Period">Start and end.</param>
/// <param name="Kind">Trial, partial or full.</param>
/// <param name="Fraction">Part of the nominal period in local days; a trial is a period of its own and always whole.</param>
public sealed record SchedulePeriod(Period Period, SchedulePeriodKind Kind, Share Fraction);

/// <summary>The periods that a subscription would have.</summary>
internal static class SchedulePreview
{
    /// <summary>The trial where there is one, then so many paid periods.</summary>
    /// <param name="startAt">Start of the subscription.</param>
    /// <param name="timeZone">IANA id of the account's zone.</param>
    /// <param name="interval">Length of one period.</param>
    /// <param name="rule">Must fit the interval.</param>
    /// <param name="trialDays">Local days of trial; 0 for none.</param>
    /// <param name="periods">Paid periods, the partial one included.</param>
    public static IReadOnlyList<SchedulePeriod> Of(
        Instant startAt, string timeZone, BillingInterval interval, AnchorRule rule, int trialDays, int periods)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(periods);
        var result = new List<SchedulePeriod>(periods + 1);
        var paidFrom = TrialCalendar.End(startAt, trialDays, timeZone);
        if (paidFrom > startAt)
        {
            var trial = new Period(startAt, paidFrom);
            result.Add(new SchedulePeriod(trial, SchedulePeriodKind.Trial, Fraction(trial, trial, timeZone)));
        }

        var anchor = PeriodCalendar.Resolve(rule, interval, startAt, paidFrom, timeZone);
        var first = PeriodCalendar.First(anchor, paidFrom);
        for (var i = 0; i < periods; i++)
        {
            var nominal = i == 0 ? first.Nominal : PeriodCalendar.Nominal(anchor, first.Index + i);
            var period = i == 0 ? first.Period : nominal;
            var kind = period == nominal ? SchedulePeriodKind.Full : SchedulePeriodKind.Partial;
            result.Add(new SchedulePeriod(period, kind, Fraction(period, nominal, timeZone)));
        }

        return result;
    }

    private static Share Fraction(Period period, Period nominal, string timeZone) => new(
        PeriodCalendar.LocalDays(period.Start, period.End, timeZone),
        PeriodCalendar.LocalDays(nominal.Start, nominal.End, timeZone));
}
