using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Schedule;

/// <summary>Where a caller asks billing periods to begin (rules.md, "Anchors"). A closed set of four.</summary>
public abstract record AnchorRule
{
    private protected AnchorRule()
    {
    }

    /// <summary>Why this anchor does not fit the interval, or null where it does.</summary>
    /// <returns>400 <c>invalid_anchor_day</c>, 422 <c>anchor_needs_months</c>, or null.</returns>
    public virtual Refusal? RefusalFor(BillingInterval interval) => null;
}

/// <summary>Periods begin at the first paid instant.</summary>
public sealed record StartAnchor : AnchorRule;

/// <summary>
/// Periods begin with the calendar: local midnight of the next day, of Monday, of the first of a month (the grid from
/// January where the count divides twelve), or of 1 January.
/// </summary>
public sealed record CalendarAnchor : AnchorRule;

/// <summary>
/// Periods begin at local midnight of a day of the month, clamped to the month's last day. Months and years only:
/// days and weeks have no day of the month that they could keep.
/// </summary>
/// <param name="Day">1 to 31.</param>
public sealed record DayOfMonthAnchor(int Day) : AnchorRule
{
    /// <inheritdoc/>
    public override Refusal? RefusalFor(BillingInterval interval)
    {
        if (Day is < 1 or > 31)
        {
            return Refusal.Invalid("invalid_anchor_day", "Give a day of the month from 1 to 31.", "anchor.day");
        }

        return interval.Months is null
            ? Refusal.Rule(
                "anchor_needs_months",
                "A day of the month anchors intervals of months or years; use start, calendar or at for days and weeks.",
                "anchor.type")
            : null;
    }
}

/// <summary>Periods begin at an instant and at that instant plus or minus whole intervals.</summary>
/// <param name="At">May lie before or after the start.</param>
public sealed record AtAnchor(Instant At) : AnchorRule;
