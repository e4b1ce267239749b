using NodaTime;

namespace OrleansBilling.Domain.Schedule;

/// <summary>Which instants a caller wants as period boundaries (rules.md, "Anchors"). A closed set of four.</summary>
public abstract record AnchorRule;

/// <summary>The start instant and every n intervals after it.</summary>
public sealed record StartAnchor : AnchorRule;

/// <summary>The calendar's own boundaries: Mondays, months from January, 1 January, local midnights.</summary>
public sealed record CalendarAnchor : AnchorRule;

/// <summary>Local midnight of a day of the month, clamped to the month's last day.</summary>
/// <param name="Day">1 to 31.</param>
public sealed record DayOfMonthAnchor(int Day) : AnchorRule;

/// <summary>A given instant plus or minus n intervals.</summary>
public sealed record AtAnchor(Instant At) : AnchorRule;
