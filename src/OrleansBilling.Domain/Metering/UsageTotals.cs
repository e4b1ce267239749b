using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Metering;

/// <summary>
/// What a set of events adds up to, for every aggregation but <c>unique_count</c>. Totals of parts merge into the totals of the
/// whole in any order, so that rolled-up hours and single events give what all events give.
/// </summary>
/// <param name="Origin">From when <see cref="Moment"/> counts.</param>
public sealed record UsageTotals(Instant Origin)
{
    /// <summary>How many events.</summary>
    public long Events { get; init; }

    /// <summary>The sum of their values.</summary>
    public decimal Sum { get; init; }

    /// <summary>The largest value; null where none has one.</summary>
    public decimal? Max { get; init; }

    /// <summary>The smallest value.</summary>
    public decimal? Min { get; init; }

    /// <summary>Which event is the last one with a value.</summary>
    public UsageMoment? Last { get; init; }

    /// <summary>Its value.</summary>
    public decimal LastValue { get; init; }

    /// <summary>The sum of value times microseconds since the origin.</summary>
    public decimal Moment { get; init; }

    /// <summary>With one event more.</summary>
    public UsageTotals Add(UsageEvent found)
    {
        if (found.Value is not { } value)
        {
            return this with { Events = Events + 1 };
        }

        var when = new UsageMoment(found.At, found.Batch, found.Number);
        var isLast = Last is not { } last || when.IsAfter(last);
        return this with
        {
            Events = Events + 1,
            Sum = Sum + value,
            Max = Max is { } max && max >= value ? Max : value,
            Min = Min is { } min && min <= value ? Min : value,
            Last = isLast ? when : Last,
            LastValue = isLast ? value : LastValue,
            Moment = Moment + (value * Microseconds(found.At - Origin)),
        };
    }

    /// <summary>True for what is known without an event once it is known with it: the largest, the last and the different ones are not.</summary>
    public static bool CanRemove(MeterAggregation aggregation) =>
        aggregation is MeterAggregation.Count or MeterAggregation.Sum or MeterAggregation.Average or MeterAggregation.WeightedSum;

    /// <summary>Without an event that is in it; <see cref="Max"/>, <see cref="Min"/> and <see cref="Last"/> stay.</summary>
    public UsageTotals Remove(UsageEvent found)
    {
        var value = found.Value ?? 0;
        return this with { Events = Events - 1, Sum = Sum - value, Moment = Moment - (value * Microseconds(found.At - Origin)) };
    }

    /// <summary>Both sets of events, which must not overlap.</summary>
    public UsageTotals Merge(UsageTotals other)
    {
        var isOther = other.Last is { } theirs && (Last is not { } ours || theirs.IsAfter(ours));
        return this with
        {
            Events = Events + other.Events,
            Sum = Sum + other.Sum,
            Max = Max is null || other.Max > Max ? other.Max ?? Max : Max,
            Min = Min is null || other.Min < Min ? other.Min ?? Min : Min,
            Last = isOther ? other.Last : Last,
            LastValue = isOther ? other.LastValue : LastValue,
            Moment = Moment + other.Moment + (other.Sum * Microseconds(other.Origin - Origin)),
        };
    }

    /// <summary>The quantity of a meter, rounded as it says, else to twelve decimals; null where there is none: no event has a value.</summary>
    /// <param name="meter">The meter.</param>
    /// <param name="start">Of the period.</param>
    /// <param name="end">Of the period, above its start.</param>
    /// <param name="different">How many different texts there are, for <c>unique_count</c>.</param>
    public decimal? Quantity(Meter meter, Instant start, Instant end, long different)
    {
        var exact = meter.Aggregation switch
        {
            MeterAggregation.Count => Events,
            MeterAggregation.UniqueCount => different,
            MeterAggregation.Sum => Sum,
            MeterAggregation.Max => Max,
            MeterAggregation.Min => Min,
            MeterAggregation.Average => Events == 0 ? null : Sum / Events,
            MeterAggregation.Latest => Last is null ? null : LastValue,
            MeterAggregation.WeightedSum => Weighted(start, end),
            _ => throw new ArgumentOutOfRangeException(nameof(meter), meter.Aggregation, "The set of aggregations is closed."),
        };
        // A quotient with all its digits could not be added up by the database and be read again.
        var rounding = meter.Rounding ?? new MeterRounding(QuantityRounding.Round, CatalogLimits.Decimals);
        return exact is { } value ? Rounding.Quantity(value, rounding.Mode, rounding.Scale) : null;
    }

    // A value holds from its event to the end of the period: the sum of value times (end - at), over the period's length.
    private decimal Weighted(Instant start, Instant end) =>
        ((Sum * Microseconds(end - Origin)) - Moment) / Microseconds(end - start);

    private static decimal Microseconds(Duration span) => span.BclCompatibleTicks / 10m;
}
