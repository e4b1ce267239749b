using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What runs for an item that is billed in arrears, until the period ends or something cuts it: a change, a pause, the end.
/// </summary>
/// <param name="From">Since when it runs on these terms, within the current period.</param>
public sealed record ItemArrears(Instant From)
{
    /// <summary>How its part of the period is measured; null takes the policy of what ends it (a whole period is whole).</summary>
    public ProrationPolicy? Policy { get; init; }

    /// <summary>What is sold, where the item has become something else for the next period; null where it is the item's own.</summary>
    public SoldTerms? Sold { get; init; }

    /// <summary>True where a change or a resume began it, and not the schedule.</summary>
    public bool Changed { get; init; }

    /// <summary>Parts of the period before, at the same price and another quantity.</summary>
    public ImmutableArray<ArrearsPart> Parts { get; init; } = [];

    /// <summary>Minor units billed for the item before in this period that count against it: after <c>full_difference</c>.</summary>
    public long Less { get; init; }
}

/// <summary>A part of the period that is over: minimum, maximum and volume prices are of all parts together.</summary>
/// <param name="Period">The part.</param>
/// <param name="Exact">Its exact price in minor units, before minimum, maximum and rounding.</param>
/// <param name="Billed">Minor units billed for it; zero for volume prices, which the last part bills.</param>
public sealed record ArrearsPart(Period Period, decimal Exact, long Billed)
{
    /// <summary>The invoice of its line; null where it has none, or where the line was made to wait for one.</summary>
    public string? Invoice { get; init; }

    /// <summary>Its line, or null where it has none.</summary>
    public string? Line { get; init; }
}
