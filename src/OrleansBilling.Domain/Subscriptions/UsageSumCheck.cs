using System.Collections.Immutable;
using OrleansBilling.Domain.Metering;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>A closed span as its rows tell it, with what was counted of it in all.</summary>
/// <param name="Subscription"><c>sub_...</c></param>
/// <param name="Part">The span.</param>
/// <param name="Unnamed">Where it counts events that name no subscription.</param>
/// <param name="Quantity">Counted when it was closed and since.</param>
/// <param name="Events">How many events.</param>
public sealed record CountedSpan(string Subscription, UsagePart Part, ImmutableArray<Period> Unnamed, decimal Quantity, long Events)
{
    /// <summary>The filters of its price.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Filters { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;
}

/// <summary>A span of which something else was counted than there is.</summary>
/// <param name="Span">What was counted.</param>
/// <param name="Quantity">What there is.</param>
/// <param name="Events">How many events there are.</param>
public sealed record SpanDifference(CountedSpan Span, decimal Quantity, long Events);

/// <summary>What a check has found.</summary>
/// <param name="Once">Events that are in exactly one closed span.</param>
/// <param name="Twice">Events that are in several: two prices charge them.</param>
/// <param name="Unbilled">Events in none: of spans that still run or wait, of pauses, of nobody who prices the meter.</param>
/// <param name="Differences">Spans of which something else was counted than there is.</param>
public sealed record UsageSums(long Once, long Twice, long Unbilled, ImmutableArray<SpanDifference> Differences)
{
    /// <summary>True where each event of closed spans is counted once, and nothing else is.</summary>
    public bool Hold => Twice == 0 && Differences.IsEmpty;
}

/// <summary>
/// Proves that each event lands on exactly one line: compares the events of an account and meter, one by one, with what was counted of
/// its closed spans. It takes as long as there are events, and shares nothing with rollups and rating.
/// </summary>
public sealed class UsageSumCheck
{
    private readonly ImmutableArray<(CountedSpan Span, UsageSheet Sheet)> _spans;
    private long _once;
    private long _twice;
    private long _unbilled;

    /// <summary>Begins a check.</summary>
    /// <param name="meter">The meter.</param>
    /// <param name="spans">The closed spans of an account.</param>
    public UsageSumCheck(Meter meter, IEnumerable<CountedSpan> spans) => _spans =
    [
        .. spans.Select(span => (span, new UsageSheet(meter, new UsageQuestion([span.Part.Span])
        {
            Subscription = span.Subscription,
            UnnamedWithin = span.Unnamed,
            Filters = span.Filters,
        }))),
    ];

    /// <summary>Adds an event, as it counts with its corrections.</summary>
    public void Add(UsageEvent found)
    {
        var places = 0;
        foreach (var (_, sheet) in _spans)
        {
            places += sheet.Add(found) ? 1 : 0;
        }

        _once += places == 1 ? 1 : 0;
        _twice += places > 1 ? 1 : 0;
        _unbilled += places == 0 ? 1 : 0;
    }

    /// <summary>What was found.</summary>
    public UsageSums Sums()
    {
        var differences = ImmutableArray.CreateBuilder<SpanDifference>();
        foreach (var (span, sheet) in _spans)
        {
            var there = sheet.Amounts()[0];
            if (there.Events != span.Events || (there.Quantity ?? 0) != span.Quantity)
            {
                differences.Add(new SpanDifference(span, there.Quantity ?? 0, there.Events));
            }
        }

        return new UsageSums(_once, _twice, _unbilled, differences.DrainToImmutable());
    }
}
