using System.Collections.Immutable;
using NodaTime;
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

    /// <summary>The same from the events alone, which takes as long as there are events: for checks.</summary>
    Task<ImmutableArray<UsageAmount>> RecomputeAsync(string account, Meter meter, UsageQuestion question);

    /// <summary>The same with the values of the single events, by time and then in the order of receipt; takes as long as there are events.</summary>
    /// <param name="account"><c>acct_...</c></param>
    /// <param name="meter">The meter.</param>
    /// <param name="question">Which events.</param>
    /// <param name="amountProperty">The property that holds an event's amount; null takes its value.</param>
    Task<SingleUsage> ReadSinglyAsync(string account, Meter meter, UsageQuestion question, string? amountProperty);

    /// <summary>The same as it would be after a correction, which is not written.</summary>
    Task<SingleUsage> ReadCorrectedAsync(string account, Meter meter, UsageQuestion question, string? amountProperty, UsageCorrection correction);

    /// <summary>The meters of which the account has events in a span, by code.</summary>
    Task<ImmutableArray<Meter>> FindMetersAsync(string account, Instant from, Instant to);

    /// <summary>A meter, or null.</summary>
    Task<Meter?> FindMeterAsync(string code);
}

/// <summary>Usage with the values of its events.</summary>
/// <param name="Amounts">As without them.</param>
/// <param name="Values">In event order; zero for an event without one.</param>
public sealed record SingleUsage(ImmutableArray<UsageAmount> Amounts, ImmutableArray<decimal> Values);
