using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// An account kept by hand beside the program's: who owns each instant, at what price of a whole month. Written apart from
/// the code that bills: its own months, its own days, no items and no lines.
/// </summary>
internal sealed class OwnershipOracle(Instant start, string zone, ProrationPolicy policy)
{
    private readonly DateTimeZone _zone = DateTimeZoneProviders.Tzdb[zone];
    private readonly List<(Instant From, decimal Price)> _owners = [];

    /// <summary>From an instant on a whole month costs so much; nothing while nobody owns it.</summary>
    public void Owns(Instant from, decimal price) => _owners.Add((from, price));

    /// <summary>What is owed until an instant, exact, in minor units.</summary>
    public decimal Owed(Instant until)
    {
        decimal owed = 0;
        for (var n = 0; Boundary(n) < until; n++)
        {
            var (from, to) = (Boundary(n), Boundary(n + 1));
            for (var i = 0; i < _owners.Count; i++)
            {
                var begin = Instant.Max(from, _owners[i].From);
                var end = Instant.Min(Instant.Min(to, until), i + 1 < _owners.Count ? _owners[i + 1].From : until);
                owed += begin < end ? _owners[i].Price * (Scale(end) - Scale(begin)) / (Scale(to) - Scale(from)) : 0;
            }
        }

        return owed;
    }

    /// <summary>Months are counted from the start, never from the month before.</summary>
    private Instant Boundary(int n)
    {
        if (n == 0)
        {
            // The start itself, also where its local time exists twice.
            return start;
        }

        var local = start.InZone(_zone).LocalDateTime.PlusMonths(n);
        return local.InZone(_zone, NodaTime.TimeZones.Resolvers.LenientResolver).ToInstant();
    }

    private decimal Scale(Instant at) => policy is ProrationPolicy.Day
        ? Period.DaysBetween(new LocalDate(2000, 1, 1), at.InZone(_zone).Date)
        : (at - Instant.FromUtc(2000, 1, 1, 0, 0)).ToInt64Nanoseconds() / 1_000_000_000m;
}
