using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Usage towards commitments: its line counts by the days of its span that lie in their time, so that where a price goes on over a
/// change of the minimum each side counts its part, and both parts are the line.
/// </summary>
internal static class CommitmentUsage
{
    /// <summary>True while usage that counts towards a commitment which has ended is not billed: it waits for stragglers, or its span still runs.</summary>
    public static bool IsAwaited(SubscriptionState state, EndedCommitment ended)
    {
        var running = ended.Running;
        bool IsOf(bool addOn, string plan) => running.AddOn ? addOn && plan == running.Plan : !addOn;
        return state.UsageWaiting.Any(part => part.Span.End > running.From && part.Span.Start < ended.At && IsOf(part.AddOn, part.Sold.Plan))
            || state.Items.Any(item => item.Usage is { } usage && usage.From < ended.At && running.From < ended.At && IsOf(item.AddOn, item.Plan));
    }

    /// <summary>Minor units of a line that count towards a commitment.</summary>
    /// <param name="state">Knows the zone of the days.</param>
    /// <param name="running">The commitment.</param>
    /// <param name="draft">A line that counts for it.</param>
    /// <param name="end">Where the commitment ends; later than any line where it still runs.</param>
    public static long AmountOf(SubscriptionState state, Commitment running, LineDraft draft, Instant end) =>
        draft.Kind is LineKind.Usage ? PartOf(draft.Amount, draft.Period, running.From, end, state.Anchor!.TimeZone) : draft.Amount;

    /// <summary>
    /// The part of a line's amount that falls between two instants, by local days, where it is counted after its time began; what is due once
    /// counts where its time begins.
    /// </summary>
    /// <param name="kind">What the line bills.</param>
    /// <param name="amount">Minor units.</param>
    /// <param name="period">What it is for.</param>
    /// <param name="from">From when on.</param>
    /// <param name="to">Until when.</param>
    /// <param name="state">Knows the zone of the days.</param>
    public static long PartOf(LineKind kind, long amount, Period period, Instant from, Instant to, SubscriptionState state) =>
        kind is LineKind.OneTime ? (from <= period.Start ? amount : 0)
        : PartOf(amount, period, from, to, state.Anchor?.TimeZone ?? "UTC", restRounded: kind is not LineKind.Usage);

    /// <summary>The part of an amount for a span that falls between two instants, by local days; parts that tile the span sum to it.</summary>
    /// <param name="amount">Minor units.</param>
    /// <param name="span">What it is for.</param>
    /// <param name="from">From when on.</param>
    /// <param name="to">Until when.</param>
    /// <param name="zone">Of the days.</param>
    /// <param name="restRounded">True where the part after an instant is rounded, and not the one before it: of charges that run on over a change.</param>
    public static long PartOf(long amount, Period span, Instant from, Instant to, string zone, bool restRounded = false)
    {
        long Until(Instant at)
        {
            if (at <= span.Start || at >= span.End)
            {
                return at <= span.Start ? 0 : amount;
            }

            var days = PeriodCalendar.LocalDays(span.Start, span.End, zone);
            return days == 0 ? 0
                : restRounded ? amount - Rounding.ToMinorUnits((decimal)amount * PeriodCalendar.LocalDays(at, span.End, zone) / days)
                : Rounding.ToMinorUnits((decimal)amount * PeriodCalendar.LocalDays(span.Start, at, zone) / days);
        }

        return span.Start >= from && span.End <= to ? amount : Until(to) - Until(from);
    }
}
