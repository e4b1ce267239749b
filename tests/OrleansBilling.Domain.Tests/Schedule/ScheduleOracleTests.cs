using CsCheck;
using NodaTime;
using NodaTime.TimeZones;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Tests.Schedule;

/// <summary>
/// <c>POST /v1/quotes/schedule</c> against boundaries that are counted on local dates alone, apart from the calendar that
/// bills: every kind of anchor, interval, zone and trial.
/// </summary>
public sealed class ScheduleOracleTests
{
    private static readonly string[] Zones = ["UTC", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];

    private static readonly Gen<(int Start, int Zone, int Unit, int Count, int Anchor, int Trial, int Day)> Asked =
        Gen.Select(Gen.Int[0, 6 * 365 * 24 * 4], Gen.Int[0, Zones.Length - 1], Gen.Int[0, 3], Gen.Int[1, 13], Gen.Int[0, 3], Gen.Int[-10, 40], Gen.Int[1, 31]);

    [Fact]
    public void Boundaries_are_counted_from_the_anchor_on_local_dates() => Asked.Sample(
        asked =>
        {
            var zone = DateTimeZoneProviders.Tzdb[Zones[asked.Zone]];
            var start = Instant.FromUtc(2023, 1, 1, 0, 0) + Duration.FromMinutes(15 * asked.Start);
            var interval = new BillingInterval((IntervalUnit)asked.Unit, (IntervalUnit)asked.Unit is IntervalUnit.Year ? 1 + (asked.Count % 5) : asked.Count);
            AnchorRule rule = asked.Anchor switch
            {
                0 => new StartAnchor(),
                1 => new CalendarAnchor(),
                2 when interval.Months is not null => new DayOfMonthAnchor(asked.Day),
                2 => new StartAnchor(),
                _ => new AtAnchor(start + Duration.FromHours(asked.Day * 31 - 400)),
            };
            var trial = Math.Max(asked.Trial, 0);
            var shown = ScheduleQuote.Decide(new ScheduleQuoteRequest(start, Zones[asked.Zone], interval, rule, trial, 30)).Value;
            var paid = trial == 0 ? start : At(start.InZone(zone).LocalDateTime.PlusDays(trial), zone);
            var from = paid;
            var index = FirstAfter(n => Boundary(rule, interval, start, paid, zone, n), paid);
            foreach (var period in shown.Where(period => period.Kind is not SchedulePeriodKind.Trial))
            {
                var to = Boundary(rule, interval, start, paid, zone, index++);
                Assert.Equal((from, to), (period.Period.Start, period.Period.End));
                from = to;
            }

            Assert.Equal(trial > 0, shown[0].Kind is SchedulePeriodKind.Trial);
        },
        iter: 3000);

    private static int FirstAfter(Func<int, Instant> boundary, Instant paid)
    {
        var n = 0;
        while (boundary(n - 1) > paid)
        {
            n--;
        }

        while (boundary(n) <= paid)
        {
            n++;
        }

        return n;
    }

    private static Instant Boundary(AnchorRule rule, BillingInterval interval, Instant start, Instant paid, DateTimeZone zone, int n)
    {
        if (rule is StartAnchor && n == 0)
        {
            return paid;
        }

        if (rule is AtAnchor at && n == 0)
        {
            return at.At;
        }

        return rule switch
        {
            StartAnchor => At(Plus(paid.InZone(zone).LocalDateTime, interval, n), zone),
            AtAnchor given => At(Plus(given.At.InZone(zone).LocalDateTime, interval, n), zone),
            DayOfMonthAnchor day => At(OnDay(FirstDay(day.Day, start, zone).PlusMonths(n * Months(interval)), day.Day).AtMidnight(), zone),
            _ => At(Plus(FirstOfCalendar(interval, start, zone).AtMidnight(), interval, n), zone),
        };
    }

    private static LocalDate FirstDay(int day, Instant start, DateTimeZone zone)
    {
        var month = start.InZone(zone).Date.With(DateAdjusters.StartOfMonth);
        while (At(OnDay(month, day).AtMidnight(), zone) < start)
        {
            month = month.PlusMonths(1);
        }

        return month;
    }

    private static LocalDate OnDay(LocalDate month, int day) =>
        new(month.Year, month.Month, Math.Min(day, month.Calendar.GetDaysInMonth(month.Year, month.Month)));

    private static LocalDate FirstOfCalendar(BillingInterval interval, Instant start, DateTimeZone zone)
    {
        bool Fits(LocalDate date) => interval.Unit switch
        {
            IntervalUnit.Day => true,
            IntervalUnit.Week => date.DayOfWeek is IsoDayOfWeek.Monday,
            IntervalUnit.Month => date.Day == 1 && (12 % interval.Count != 0 || (date.Month - 1) % interval.Count == 0),
            _ => date is { Month: 1, Day: 1 },
        };

        var date = start.InZone(zone).Date;
        while (!Fits(date) || At(date.AtMidnight(), zone) < start)
        {
            date = date.PlusDays(1);
        }

        return date;
    }

    private static int Months(BillingInterval interval) => interval.Unit is IntervalUnit.Year ? 12 * interval.Count : interval.Count;

    private static LocalDateTime Plus(LocalDateTime local, BillingInterval interval, int n) => interval.Unit switch
    {
        IntervalUnit.Day => local.PlusDays(n * interval.Count),
        IntervalUnit.Week => local.PlusDays(7 * n * interval.Count),
        _ => local.PlusMonths(n * Months(interval)),
    };

    /// <summary>A gap moves forward by its length; of two the first.</summary>
    private static Instant At(LocalDateTime local, DateTimeZone zone) => local.InZone(zone, Resolvers.LenientResolver).ToInstant();
}
