using System.Collections.Concurrent;
using System.Collections.Frozen;
using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Schedule;

/// <summary>The time zones of the IANA database, by their exact ids. Fixed offsets such as <c>UTC+02</c> are no zones.</summary>
public static class TimeZones
{
    private static readonly FrozenSet<string> Ids = DateTimeZoneProviders.Tzdb.Ids.ToFrozenSet(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, LocalGap[]> LongGaps = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, DateTimeZone> Zones = new(StringComparer.Ordinal);

    /// <summary>True for an id of the IANA database, in its exact spelling.</summary>
    public static bool IsKnown(string? id) => id is not null && Ids.Contains(id);

    /// <summary>400 <c>unknown_time_zone</c> where an id of a request is unknown, else null.</summary>
    public static Refusal? RefusalFor(string? id, string field = "time_zone") =>
        IsKnown(id)
            ? null
            : Refusal.Invalid("unknown_time_zone", "Give an id of the IANA time zone database, such as Europe/Paris.", field);

    /// <summary>The zone of a known id.</summary>
    /// <exception cref="ArgumentException">The id is unknown.</exception>
    public static DateTimeZone Of(string id)
    {
        if (Zones.TryGetValue(id, out var known))
        {
            return known;
        }

        return IsKnown(id)
            ? Zones.GetOrAdd(id, static name => DateTimeZoneProviders.Tzdb[name])
            : throw new ArgumentException($"'{id}' is not a time zone of the IANA database.", nameof(id));
    }

    /// <summary>
    /// The instant of a local time: one in a gap moves forward by the gap's length, one that exists twice is the
    /// first (rules.md, "Time").
    /// </summary>
    public static Instant InstantOf(LocalDateTime local, string id) => Of(id).AtLeniently(local).ToInstant();

    /// <summary>Local date and time of an instant.</summary>
    public static LocalDateTime LocalOf(Instant instant, string id) => instant.InZone(Of(id)).LocalDateTime;

    /// <summary>
    /// Gaps of a whole day or more, where a zone crossed the date line: two daily boundaries would fall together there.
    /// </summary>
    internal static LocalGap[] GapsOfADay(string id) =>
        LongGaps.GetOrAdd(id, static name => FindGaps(Of(name)));

    private static LocalGap[] FindGaps(DateTimeZone zone)
    {
        var found = new List<LocalGap>();
        var interval = zone.GetZoneInterval(Instant.FromUtc(1800, 1, 1, 0, 0));
        var end = Instant.FromUtc(2100, 1, 1, 0, 0);
        while (interval.HasEnd && interval.End < end)
        {
            var next = zone.GetZoneInterval(interval.End);
            if (next.WallOffset.Seconds - interval.WallOffset.Seconds >= NodaConstants.SecondsPerDay)
            {
                found.Add(new LocalGap(interval.IsoLocalEnd, next.IsoLocalStart));
            }

            interval = next;
        }

        return [.. found];
    }
}

/// <summary>Local times that a zone never had, start-inclusive and end-exclusive; a day long wherever they occur.</summary>
internal readonly record struct LocalGap(LocalDateTime Start, LocalDateTime End)
{
    /// <summary>The one local time within the gap that has this time of day.</summary>
    public LocalDateTime LostAt(LocalTime timeOfDay)
    {
        var lost = Start.Date + timeOfDay;
        return lost < Start ? lost.PlusDays(1) : lost;
    }
}
