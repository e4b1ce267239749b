using CsCheck;
using NodaTime;
using NodaTime.Text;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Tests.Schedule;

/// <summary>Times as tests write them, and random ones from where calendars break.</summary>
internal static class Times
{
    /// <summary>Zones with half-hour clock changes, a lost day, midnight gaps, odd offsets and clocks going back over midnight.</summary>
    public static readonly string[] Zones =
    [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo",
        "Asia/Kathmandu", "America/St_Johns", "America/Havana", "Pacific/Kiritimati", "Pacific/Pago_Pago",
        "Asia/Kolkata", "Africa/Casablanca", "Asia/Gaza", "Antarctica/Troll", "America/Santiago",
    ];

    public static readonly Gen<string> Zone = Gen.OneOf(Zones);

    public static readonly Gen<BillingInterval> Interval = Gen.OneOf(
        Gen.Int[1, 40].Select(n => new BillingInterval(IntervalUnit.Day, n)),
        Gen.Const(new BillingInterval(IntervalUnit.Day, 1)),
        Gen.Int[1, 9].Select(n => new BillingInterval(IntervalUnit.Week, n)),
        Gen.Int[1, 36].Select(n => new BillingInterval(IntervalUnit.Month, n)),
        Gen.Const(new BillingInterval(IntervalUnit.Month, 1)),
        Gen.Int[1, 5].Select(n => new BillingInterval(IntervalUnit.Year, n)));

    /// <summary>1990 to 2040 by the second; half of them on a full or half local-looking hour, or near the day that Samoa lost.</summary>
    public static readonly Gen<Instant> Instants = Gen.OneOf(
        Gen.Long[631_152_000, 2_208_988_800].Select(Instant.FromUnixTimeSeconds),
        Gen.Long[350_640, 1_227_216].Select(half => Instant.FromUnixTimeSeconds(half * 1800)),
        Gen.Long[-96, 96].Select(half => Instant.FromUtc(2011, 12, 30, 10, 0) + Duration.FromMinutes(half * 30)));

    public static Gen<AnchorRule> Rule(BillingInterval interval) => interval.Months is null
        ? Gen.OneOf<AnchorRule>(
            Gen.Const<AnchorRule>(new StartAnchor()),
            Gen.Const<AnchorRule>(new CalendarAnchor()),
            Instants.Select(at => (AnchorRule)new AtAnchor(at)))
        : Gen.OneOf<AnchorRule>(
            Gen.Const<AnchorRule>(new StartAnchor()),
            Gen.Const<AnchorRule>(new CalendarAnchor()),
            Gen.Int[1, 31].Select(day => (AnchorRule)new DayOfMonthAnchor(day)),
            Instants.Select(at => (AnchorRule)new AtAnchor(at)));

    /// <summary>An anchor, the start it was resolved for and the rule it came from.</summary>
    public static readonly Gen<(BillingAnchor Anchor, Instant Start, AnchorRule Rule)> Anchors =
        from interval in Interval
        from rule in Rule(interval)
        from start in Instants
        from zone in Zone
        select (PeriodCalendar.Resolve(rule, interval, start, zone), start, rule);

    /// <summary>An instant such as <c>2026-01-31T10:00:00Z</c>.</summary>
    public static Instant Utc(string text) => InstantPattern.ExtendedIso.Parse(text).Value;

    /// <summary>The instant of an unambiguous local time such as <c>2026-01-31T10:00</c>.</summary>
    public static Instant At(string local, string zone) =>
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm").Parse(local).Value
            .InZoneStrictly(DateTimeZoneProviders.Tzdb[zone]).ToInstant();

    /// <summary>Local time as <c>2026-01-31T10:00</c>.</summary>
    public static string Local(Instant instant, string zone) =>
        instant.InZone(DateTimeZoneProviders.Tzdb[zone]).ToString("uuuu-MM-dd'T'HH:mm", null);

    public static BillingInterval Every(int count, string unit) => new(Enum.Parse<IntervalUnit>(unit, ignoreCase: true), count);

    /// <summary><c>start</c>, <c>calendar</c>, <c>day:31</c> or <c>at:2026-01-31T10:00</c>.</summary>
    public static AnchorRule Rule(string text, string zone) => text.Split(':', 2) switch
    {
        ["start"] => new StartAnchor(),
        ["calendar"] => new CalendarAnchor(),
        ["day", var day] => new DayOfMonthAnchor(int.Parse(day, System.Globalization.CultureInfo.InvariantCulture)),
        ["at", var at] => new AtAnchor(At(at, zone)),
        _ => throw new ArgumentException(text),
    };
}
