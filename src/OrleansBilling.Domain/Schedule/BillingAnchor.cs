using NodaTime;

namespace OrleansBilling.Domain.Schedule;

/// <summary>Which rule an anchor came from; it decides what a change of the time zone keeps.</summary>
public enum AnchorKind
{
    /// <summary>The first paid instant.</summary>
    Start,

    /// <summary>The grid of the calendar, at local midnight.</summary>
    Calendar,

    /// <summary>A day of the month, at local midnight.</summary>
    DayOfMonth,

    /// <summary>A given instant.</summary>
    At,
}

/// <summary>
/// What a subscription stores of its calendar. Every boundary is computed from it and never from the boundary
/// before, so that a February does not turn day 31 into day 28 for ever.
/// </summary>
/// <param name="Kind">The rule that it came from.</param>
/// <param name="Local">Local date and time of boundary 0 in <paramref name="TimeZone"/>.</param>
/// <param name="TimeZone">IANA id of the zone in which the time of day is kept.</param>
/// <param name="Day">Wanted day of the month, clamped per month, or null for the day of <paramref name="Local"/>.</param>
/// <param name="Interval">Distance of two boundaries.</param>
/// <param name="Origin">
/// The exact instant of boundary 0 where the caller named one; a local time that exists twice would lose which.
/// </param>
/// <param name="Earlier">What the boundaries up to a change of the time zone are computed from, or null.</param>
public sealed record BillingAnchor(
    AnchorKind Kind,
    LocalDateTime Local,
    string TimeZone,
    int? Day,
    BillingInterval Interval,
    Instant? Origin = null,
    EarlierAnchor? Earlier = null);

/// <summary>The anchor in force before a change of the time zone.</summary>
/// <param name="LastIndex">Boundaries up to and including this one are computed from <paramref name="Anchor"/>.</param>
/// <param name="Anchor">The former anchor, in its former zone.</param>
public sealed record EarlierAnchor(int LastIndex, BillingAnchor Anchor);
