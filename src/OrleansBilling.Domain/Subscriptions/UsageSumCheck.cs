using System.Collections.Immutable;
using NodaTime;
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
/// <param name="Unbilled">Events that the meter counts, in none: of spans that still run or wait, of pauses, of nobody who prices the meter.</param>
/// <param name="Differences">Spans of which something else was counted than there is.</param>
public sealed record UsageSums(long Once, long Twice, long Unbilled, ImmutableArray<SpanDifference> Differences)
{
    /// <summary>True where each event of closed spans is counted once, and nothing else is.</summary>
    public bool Hold => Twice == 0 && Differences.IsEmpty;
}

/// <summary>
/// Proves that each event lands on exactly one line: compares what an account has used of a meter with what was counted of its closed spans. It
/// takes events, or whole hours of a subscription where no bound cuts them, in any order, and looks only at spans of the same subscription and
/// time. It keeps totals by span.
/// </summary>
public sealed class UsageSumCheck
{
    private readonly Meter _meter;
    private readonly Period? _within;
    private readonly ImmutableArray<(CountedSpan Span, UsageSheet Sheet)> _spans;
    private readonly Dictionary<string, SpansInTime> _named;
    private readonly SpansInTime _unnamed;
    private readonly HashSet<(string Subscription, Instant Hour)> _cut = [];
    private readonly HashSet<Instant> _cutForAll = [];
    private long _once;
    private long _twice;
    private long _unbilled;

    /// <summary>Begins a check.</summary>
    /// <param name="meter">The meter.</param>
    /// <param name="spans">The closed spans of an account that reach into the time.</param>
    /// <param name="within">The time whose events are told apart, each by how many spans hold it; spans are compared whole. Null is all time.</param>
    /// <param name="leavesTexts">True where who checks counts different texts himself.</param>
    public UsageSumCheck(Meter meter, IEnumerable<CountedSpan> spans, Period? within = null, bool leavesTexts = false)
    {
        (_meter, _within) = (meter, within);
        _spans = [.. spans.Select(span => (span, new UsageSheet(meter, QuestionOf(span)) { LeavesTexts = leavesTexts }))];
        _named = _spans.Select((one, place) => (one.Span, Place: place)).GroupBy(one => one.Span.Subscription, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => new SpansInTime(group.Select(one => (one.Span.Part.Span, one.Place))), StringComparer.Ordinal);
        _unnamed = new SpansInTime(_spans.SelectMany((one, place) => one.Span.Unnamed.Select(span => (span, place))));
        foreach (var (span, _) in _spans)
        {
            Cut(span.Subscription, span.Part.Span);
            foreach (var unnamed in span.Unnamed)
            {
                Cut("", span.Part.Span);
                Cut("", unnamed);
            }
        }

        if (within is { } time)
        {
            _cutForAll.UnionWith(new UsageQuestion([time]).CutHours());
        }

        IsTold = _spans.All(one => one.Span.Filters.Keys.All(meter.GroupBy.Contains));
    }

    /// <summary>False where a price looks at properties that hours of the meter do not keep apart: then only events tell.</summary>
    public bool IsTold { get; }

    /// <summary>The hours in which a bound cuts somebody's events, with whose: empty is of those that name no subscription.</summary>
    public IReadOnlyCollection<(string Subscription, Instant Hour)> CutHours => _cut;

    /// <summary>The hours that are cut for everybody.</summary>
    public IReadOnlyCollection<Instant> CutForAll => _cutForAll;

    /// <summary>What was counted of a span is what this asks for.</summary>
    public static UsageQuestion QuestionOf(CountedSpan span) => new([span.Part.Span])
    {
        Subscription = span.Subscription,
        UnnamedWithin = span.Unnamed,
        Filters = span.Filters,
        WithoutHeld = true,
    };

    /// <summary>Has the events of hours taken one by one.</summary>
    public void TakeSingly(IEnumerable<Instant> hours) => _cutForAll.UnionWith(hours);

    /// <summary>True where an hour of a subscription (or of none: empty) is not taken whole.</summary>
    public bool IsCut(string subscription, Instant hour) => _cutForAll.Contains(hour) || _cut.Contains((subscription, hour));

    /// <summary>Adds an event, as it counts with its corrections; one that the meter's filters leave out is none.</summary>
    public void Add(UsageEvent found) => Count(found, static (sheet, one) => sheet.Add(one), 1);

    /// <summary>Adds an hour of a subscription that is not cut.</summary>
    public void Add(UsageCellKey key, UsageCell cell) => Count(PlacesOf(key.Subscription, key.Hour).Count(place => _spans[place].Sheet.Add(key, cell)), key.Hour, cell.Totals.Events);

    /// <summary>Takes an event out of an hour that holds it: where <see cref="UsageTotals.CanRemove"/> says so.</summary>
    public void Remove(UsageEvent found) => Count(found, static (sheet, one) => sheet.Remove(one), -1);

    /// <summary>What was found.</summary>
    /// <param name="quantities">The quantities of the spans in their order, where the different texts were left to who checks.</param>
    public UsageSums Sums(IReadOnlyList<decimal>? quantities = null)
    {
        var differences = ImmutableArray.CreateBuilder<SpanDifference>();
        for (var place = 0; place < _spans.Length; place++)
        {
            var (span, sheet) = _spans[place];
            var there = sheet.Amounts()[0];
            var quantity = quantities?[place] ?? there.Quantity ?? 0;
            if (there.Events != span.Events || quantity != span.Quantity)
            {
                differences.Add(new SpanDifference(span, quantity, there.Events));
            }
        }

        return new UsageSums(_once, _twice, _unbilled, differences.DrainToImmutable());
    }

    private IEnumerable<int> PlacesOf(string subscription, Instant at) => subscription.Length == 0
        ? _unnamed.At(at).Distinct()
        : _named.TryGetValue(subscription, out var spans) ? spans.At(at) : [];

    private void Count(UsageEvent found, Func<UsageSheet, UsageEvent, bool> take, long events)
    {
        if (UsageGroup.Matches(_meter.Filters, found.Properties))
        {
            Count(PlacesOf(found.Subscription ?? "", found.At).Count(place => take(_spans[place].Sheet, found)), found.At, events);
        }
    }

    private void Count(int places, Instant at, long events)
    {
        if (_within?.Contains(at) ?? true)
        {
            _once += places == 1 ? events : 0;
            _twice += places > 1 ? events : 0;
            _unbilled += places == 0 ? events : 0;
        }
    }

    private void Cut(string subscription, Period span)
    {
        foreach (var hour in new UsageQuestion([span]).CutHours())
        {
            _cut.Add((subscription, hour));
        }
    }

    /// <summary>Finds spans that hold an instant, by their begins.</summary>
    private sealed class SpansInTime
    {
        private readonly (Period Span, int Place)[] _spans;
        private readonly Instant[] _starts;

        // The latest end up to each place: before one that lies at or before the instant nothing can hold it.
        private readonly Instant[] _ends;

        public SpansInTime(IEnumerable<(Period Span, int Place)> spans)
        {
            _spans = [.. spans.OrderBy(one => one.Span.Start)];
            _starts = [.. _spans.Select(one => one.Span.Start)];
            _ends = new Instant[_spans.Length];
            for (var i = 0; i < _spans.Length; i++)
            {
                _ends[i] = i > 0 && _ends[i - 1] > _spans[i].Span.End ? _ends[i - 1] : _spans[i].Span.End;
            }
        }

        public IEnumerable<int> At(Instant at)
        {
            var last = Array.BinarySearch(_starts, at);
            last = last < 0 ? ~last - 1 : last;
            while (last + 1 < _starts.Length && _starts[last + 1] == at)
            {
                last++;
            }

            for (var i = last; i >= 0 && _ends[i] > at; i--)
            {
                if (_spans[i].Span.Contains(at))
                {
                    yield return _spans[i].Place;
                }
            }
        }
    }
}
