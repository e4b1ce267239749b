using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// A pause that a command asked for and that has begun. A paused subscription without one waits, after a trial that ended
/// without a payment method, for its first paid period.
/// </summary>
/// <param name="Returns">The status that a resume gives back: the trial, or how collection stands meanwhile.</param>
public sealed record PauseTerms(SubscriptionStatus Returns)
{
    /// <summary>How the rest of a period is credited and charged; null takes each price's own, else <c>day</c>.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>When it ends by itself, or null.</summary>
    public Instant? ResumesAt { get; init; }
}

/// <summary>A pause that waits for its instant; a new one replaces it.</summary>
/// <param name="At">When it begins.</param>
public sealed record PendingPause(Instant At)
{
    /// <summary>How the rest of a period is credited and charged; null takes each price's own, else <c>day</c>.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>When it ends by itself, or null.</summary>
    public Instant? ResumesAt { get; init; }
}
