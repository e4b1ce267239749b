using System.Collections.Immutable;
using NodaTime;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Metering;

/// <summary>Asks for events as they stood when their time was billed: later ones are left out, and later corrections.</summary>
/// <param name="Named">Until when events had to arrive that name the subscription.</param>
/// <param name="Unnamed">Until when those had to arrive that name none; in order of time, none overlap.</param>
public sealed record ArrivedBy(Instant Named, ImmutableArray<ArrivedWithin> Unnamed)
{
    /// <summary>Later than any event arrives.</summary>
    public static Instant Always { get; } = Instant.FromUtc(9000, 1, 1, 0, 0);

    /// <summary>Until when an event had to arrive; null for one of a time that is not asked for.</summary>
    public Instant? Until(UsageEvent found) => found.Subscription is not null ? Named : Unnamed.FirstOrDefault(part => part.Time.Contains(found.At))?.Until;
}

/// <summary>Until when events of a time had to arrive.</summary>
/// <param name="Time">The time of the events.</param>
/// <param name="Until">When it was billed.</param>
public sealed record ArrivedWithin(Period Time, Instant Until);

/// <summary>That a closed span has counted events that name no subscription.</summary>
/// <param name="Subscription">Whose span.</param>
/// <param name="Times">The times whose events it counted.</param>
/// <param name="At">When, by the clock by which events arrive.</param>
/// <param name="ClosedAt">When the span was closed, by the same clock: the same instant where it was closed by that.</param>
public sealed record CountedTime(string Subscription, ImmutableArray<Period> Times, Instant At, Instant ClosedAt);

/// <summary>
/// Which events were late, where a meter ignores those and a change dated back has given their time to another subscription: those that
/// came after the time was billed, by the subscription that had it then and by the one that has it now.
/// </summary>
public static class LateTimes
{
    /// <summary>Until when events had to arrive, by their time.</summary>
    /// <param name="subscription">Whose span is looked at.</param>
    /// <param name="closedAt">When it was closed.</param>
    /// <param name="owned">The times whose events it has now; in order, none overlap.</param>
    /// <param name="counted">What it and spans of other subscriptions have counted so far, in order of when.</param>
    public static ArrivedBy Of(string subscription, Instant closedAt, ImmutableArray<Period> owned, IReadOnlyCollection<CountedTime> counted)
    {
        var bounds = owned.Concat(counted.SelectMany(row => row.Times)).SelectMany(time => new[] { time.Start, time.End }).Distinct().Order().ToList();
        IReadOnlyList<CountedTime> all = [.. counted, new CountedTime(subscription, owned, ArrivedBy.Always, closedAt)];
        var parts = bounds.Zip(bounds.Skip(1), (start, end) => new Period(start, end)).Where(part => owned.Any(time => time.Contains(part.Start)));
        return new ArrivedBy(closedAt, [.. parts.Select(part => new ArrivedWithin(part, Until(part.Start, all)))]);
    }

    /// <summary>A subscription takes a time once; what it takes that nobody had billed before was billed by no earlier instant.</summary>
    private static Instant Until(Instant at, IReadOnlyList<CountedTime> counted)
    {
        Instant? until = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in counted.Where(row => row.Times.Any(time => time.Contains(at)) && seen.Add(row.Subscription)))
        {
            until = until is { } known ? Instant.Max(known, row.ClosedAt) : row.At;
        }

        return until ?? ArrivedBy.Always;
    }
}
