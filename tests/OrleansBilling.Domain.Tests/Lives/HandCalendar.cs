using NodaTime;
using NodaTime.TimeZones;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// The months of a life and how far through them an instant lies, counted by hand (rules.md, "Anchors" and "Shares of a
/// period"). Written apart from the program's calendar.
/// </summary>
internal sealed class HandCalendar(Instant start, string zone, ProrationPolicy policy)
{
    private readonly DateTimeZone _zone = DateTimeZoneProviders.Tzdb[zone];
    private readonly Instant _start = start;
    private int _month;
    private int? _day;

    /// <summary>The month that runs, whole.</summary>
    public Instant From { get; private set; } = start;

    public Instant To { get; private set; } = Months(start, DateTimeZoneProviders.Tzdb[zone], 1);

    /// <summary>The next month: counted from the start, never from the month before; or the next such day of a month.</summary>
    public void Next()
    {
        _month++;
        (From, To) = (To, _day is { } day ? DayOf(day, _month + 1) : Months(_start, _zone, _month + 1));
    }

    /// <summary>From an instant on months begin on a day, at midnight: the one that runs then is the whole one around it.</summary>
    public void Move(Instant at, int day)
    {
        var today = at.InZone(_zone).Date;
        _day = day;
        _month = ((today.Year - 2000) * 12) + today.Month - 1;
        _month = DayOf(day, _month) > at ? _month - 1 : _month;
        (From, To) = (DayOf(day, _month), DayOf(day, _month + 1));
    }

    /// <summary>The part of the running month between two instants of it.</summary>
    public decimal Part(Instant from, Instant to) => (Elapsed(to) - Elapsed(from)) / Elapsed(To);

    /// <summary>The same in local days, whatever the policy.</summary>
    public decimal Days(Instant from, Instant to) => (decimal)Between(from, to) / Between(From, To);

    private decimal Elapsed(Instant at) => policy switch
    {
        ProrationPolicy.Second => (at - From).ToInt64Nanoseconds(),
        ProrationPolicy.Day30 => at == To ? 30 : Math.Clamp(Thirty(at) - Thirty(From), 0, 30),
        _ => Between(From, at),
    };

    /// <summary>Months of thirty days, of which the 31st is the 30th.</summary>
    private int Thirty(Instant at)
    {
        var date = at.InZone(_zone).Date;
        return (((date.Year * 12) + date.Month) * 30) + Math.Min(date.Day, 30);
    }

    private int Between(Instant from, Instant to) => Period.DaysBetween(from.InZone(_zone).Date, to.InZone(_zone).Date);

    private Instant DayOf(int day, int month)
    {
        var first = new LocalDate(2000, 1, 1).PlusMonths(month);
        return first.PlusDays(Math.Min(day, CalendarSystem.Iso.GetDaysInMonth(first.Year, first.Month)) - 1).AtStartOfDayInZone(_zone).ToInstant();
    }

    private static Instant Months(Instant start, DateTimeZone zone, int n) =>
        start.InZone(zone).LocalDateTime.PlusMonths(n).InZone(zone, Resolvers.LenientResolver).ToInstant();
}
