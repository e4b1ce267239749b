using NodaTime;

namespace OrleansBilling.Domain.Metering;

/// <summary>What the events of one hour, subscription and group add up to.</summary>
/// <param name="Hour">When the hour begins, in UTC.</param>
/// <param name="Subscription">The subscription that the events name; empty where they name none.</param>
/// <param name="Group">See <see cref="UsageGroup.Of"/>.</param>
public readonly record struct UsageCellKey(Instant Hour, string Subscription, string Group);

/// <summary>A cell of a rollup.</summary>
/// <param name="Totals">Of its events; their origin is the hour.</param>
/// <param name="Texts">The different texts, for meters that count them; each once.</param>
public sealed record UsageCell(UsageTotals Totals, IReadOnlySet<string> Texts);

/// <summary>Rolls events up by hour.</summary>
public static class UsageRollup
{
    private static readonly long TicksPerHour = Duration.FromHours(1).BclCompatibleTicks;

    /// <summary>The beginning of the hour of an instant, in UTC.</summary>
    public static Instant HourOf(Instant at)
    {
        var ticks = at.ToUnixTimeTicks();
        var into = ticks % TicksPerHour;
        return Instant.FromUnixTimeTicks(ticks - (into < 0 ? into + TicksPerHour : into));
    }

    /// <summary>The cells of a meter's events; events that its filters leave out are in none.</summary>
    public static IReadOnlyDictionary<UsageCellKey, UsageCell> Cells(Meter meter, IEnumerable<UsageEvent> events)
    {
        var cells = new UsageCells(meter);
        foreach (var found in events)
        {
            cells.Add(found);
        }

        return cells.Found;
    }

    /// <summary>The text that <c>unique_count</c> counts; null for other meters.</summary>
    public static string? TextOf(Meter meter, UsageEvent found) => meter.Aggregation is MeterAggregation.UniqueCount
        ? found.Properties.GetValueOrDefault(meter.Property!)
        : null;
}

/// <summary>Rolls events up one by one, so that none of them is kept.</summary>
/// <param name="meter">The meter.</param>
public sealed class UsageCells(Meter meter)
{
    private readonly Dictionary<UsageCellKey, UsageCell> _cells = [];

    /// <summary>The cells so far.</summary>
    public IReadOnlyDictionary<UsageCellKey, UsageCell> Found => _cells;

    /// <summary>Adds an event; one that the meter's filters leave out is in no cell.</summary>
    public void Add(UsageEvent found)
    {
        if (!UsageGroup.Matches(meter.Filters, found.Properties))
        {
            return;
        }

        var key = new UsageCellKey(UsageRollup.HourOf(found.At), found.Subscription ?? "", UsageGroup.Of(meter.GroupBy, found.Properties));
        var cell = _cells.TryGetValue(key, out var known) ? known : new UsageCell(new UsageTotals(key.Hour), new HashSet<string>(StringComparer.Ordinal));
        if (UsageRollup.TextOf(meter, found) is { } text)
        {
            ((HashSet<string>)cell.Texts).Add(text);
        }

        _cells[key] = cell with { Totals = cell.Totals.Add(found) };
    }
}
