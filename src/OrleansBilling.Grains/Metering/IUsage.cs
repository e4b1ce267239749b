using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Grains.Metering;

/// <summary>Rolling up, for those who cannot wait for its pace.</summary>
public interface IUsageRollup
{
    /// <summary>
    /// Rolls up what is accepted by now; then the alerts that it touches are marked. A test clock settles its events before it
    /// moves on, so that they are looked at at their own time.
    /// </summary>
    Task SettleAsync();
}

/// <summary>
/// Reads usage: of rolled-up hours, of events that are not rolled up yet, and of the hours that the bounds of a question cut.
/// </summary>
public interface IUsage
{
    /// <summary>
    /// The usage of an account and meter, as of one moment: what <see cref="UsageSheet.Of"/> would give of all events that are
    /// durable then, with their corrections. This is the joint for billing: ask for the period of an item, its price's filters,
    /// and its subscription; each event of the meter is in exactly one answer where the questions do not overlap.
    /// </summary>
    /// <param name="account"><c>acct_...</c></param>
    /// <param name="meter">The meter.</param>
    /// <param name="question">Which events, and how they are split.</param>
    Task<ImmutableArray<UsageAmount>> ReadAsync(string account, Meter meter, UsageQuestion question);

    /// <summary>
    /// The same of a span up to several of its instants at once: the windows follow each other, and each answer is of all time from the begin of
    /// the first to the end of its window.
    /// </summary>
    Task<ImmutableArray<UsageAmount>> ReadUpToAsync(string account, Meter meter, UsageQuestion question);

    /// <summary>The same from the events alone, which takes as long as there are events: for checks.</summary>
    Task<ImmutableArray<UsageAmount>> RecomputeAsync(string account, Meter meter, UsageQuestion question);

    /// <summary>The same with what single events add up to for a price, as of the same moment, in bounded memory.</summary>
    /// <param name="account"><c>acct_...</c></param>
    /// <param name="meter">The meter.</param>
    /// <param name="question">Which events, in one window.</param>
    /// <param name="terms">How the price looks at single events.</param>
    Task<PricedUsage> ReadPricedAsync(string account, Meter meter, UsageQuestion question, EventTerms terms);

    /// <summary>The same as it would be after a correction, which is not written; takes as long as there are events.</summary>
    Task<PricedUsage> ReadCorrectedAsync(string account, Meter meter, UsageQuestion question, EventTerms? terms, UsageCorrection correction);

    /// <summary>The same of the events that had arrived by then, with the corrections that were made by then; takes as long as there are events.</summary>
    Task<PricedUsage> ReadArrivedAsync(string account, Meter meter, UsageQuestion question, EventTerms? terms, ArrivedBy arrived);

    /// <summary>The meters of which the account has events in a span, by code.</summary>
    Task<ImmutableArray<Meter>> FindMetersAsync(string account, Instant from, Instant to);

    /// <summary>A meter, or null.</summary>
    Task<Meter?> FindMeterAsync(string code);
}

/// <summary>Usage with what its events add up to for a price.</summary>
/// <param name="Amounts">As without it.</param>
/// <param name="Single">By the terms that were asked for; nothing without such.</param>
public sealed record PricedUsage(ImmutableArray<UsageAmount> Amounts, EventSums Single);
