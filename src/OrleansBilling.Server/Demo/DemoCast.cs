using System.Collections.Immutable;

namespace OrleansBilling.Server.Demo;

/// <summary>The plans and the customers of the scene. Every amount that must come out is written here, computed by hand.</summary>
internal static class DemoCast
{
    /// <summary>The instant at which the scene opens.</summary>
    public static readonly DateTimeOffset Opens = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private static readonly ImmutableArray<string> MonthEnds =
        ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31"];

    /// <summary>The customers, in order of appearance.</summary>
    public static ImmutableArray<DemoCustomer> Customers { get; } =
    [
        new("ada", "Ada's Bakery", "Europe/Berlin", "eur", "tok_visa", "starter", "tries starter for 14 days; 19 % VAT on top")
        {
            Trial = true,
            TaxPercent = "19",
            Totals = [.. Enumerable.Repeat(2261L, 6)],
            PeriodStarts = ["2026-02-14", "2026-03-14", "2026-04-14", "2026-05-14", "2026-06-14", "2026-07-14"],
        },
        new("bluegum", "Blue Gum Yoga", "Australia/Sydney", "aud", "tok_decline_then_succeed_2", "starter", "its card is declined twice, then works")
        {
            Totals = [.. Enumerable.Repeat(2900L, 7)],
            PeriodStarts = MonthEnds,
            Attempts = [3],
        },
        new("cobalt", "Cobalt Courier", "America/New_York", "usd", "tok_insufficient_funds", "team", "2 seats; its card never has the money")
        {
            Seats = 2,
            Totals = [7400, .. Enumerable.Repeat(2400L, 6)],
            PeriodStarts = MonthEnds,
            Statuses = ["unpaid"],
            Attempts = [5],
            Pays = false,
        },
        new("delta", "Delta Logistics", "Europe/Amsterdam", "eur", "tok_sepa", "team", "12 seats by bank debit, which settles days later")
        {
            Seats = 12,
            Totals = [17_700, .. Enumerable.Repeat(13_200L, 6)],
            PeriodStarts = MonthEnds,
        },
        new("echo", "Echo Radio", "Europe/Rome", "eur", "tok_timeout", "starter", "the gateway does not answer; prices contain 22 % VAT")
        {
            TaxPercent = "22",
            TaxInclusive = true,
            Totals = [.. Enumerable.Repeat(1900L, 7)],
            PeriodStarts = MonthEnds,
        },
        new("fuji", "Fuji Print", "Asia/Tokyo", "jpy", "tok_mastercard", "team", "5 seats in yen, which has no cents; prices contain 10 % tax")
        {
            Seats = 5,
            TaxPercent = "10",
            TaxInclusive = true,
            Totals = [13_500, .. Enumerable.Repeat(7500L, 6)],
            PeriodStarts = MonthEnds,
        },
        new("gloucester", "Gloucester Cheese", "Europe/London", "gbp", "tok_visa", "starter", "bills on day 31 of each month; 20 % VAT on top")
        {
            DayOfMonth = 31,
            TaxPercent = "20",
            Totals = [.. Enumerable.Repeat(2040L, 7)],
            PeriodStarts = MonthEnds,
        },
        new("harbour", "Harbour Foods", "America/Sao_Paulo", "usd", "tok_visa", "enterprise", "pays a year of enterprise in advance")
        {
            // 261 of 365 days unused on 15 May: 1,200,000 x 261 / 365 = 858,082.19. Then three months of starter from the credit.
            Totals = [1_200_000, -858_082, 1900, 1900, 1900],
            PeriodStarts = ["2026-01-31", "2026-05-16", "2026-06-16", "2026-07-16"],
            Statuses = ["canceled", "active"],
            Balance = 852_382,
        },
        new("indigo", "Indigo Studio", "America/New_York", "usd", "tok_amex", "team", "4 seats; wants to leave, and stays")
        {
            Seats = 4,
            Totals = [9800, .. Enumerable.Repeat(4800L, 6)],
            PeriodStarts = MonthEnds,
        },
    ];

    /// <summary>The plans as they are published.</summary>
    /// <param name="codeOf">The code of a plan's key in this run.</param>
    public static IEnumerable<object> Plans(Func<string, string> codeOf) =>
    [
        new
        {
            code = codeOf("starter"),
            name = "Starter",
            currency = "usd",
            interval = new { unit = "month", count = 1 },
            trial_days = 14,
            prices = new object[]
            {
                new { code = "base", kind = "recurring", model = Flat(1900), currency_models = new { eur = Flat(1900), gbp = Flat(1700), aud = Flat(2900) } },
            },
        },
        new
        {
            code = codeOf("team"),
            name = "Team",
            currency = "usd",
            interval = new { unit = "month", count = 1 },
            prices = new object[]
            {
                new { code = "seats", kind = "recurring", model = PerUnit("1200"), currency_models = new { eur = PerUnit("1100"), jpy = PerUnit("1500") } },
                new { code = "setup", kind = "one_time", model = Flat(5000), currency_models = new { eur = Flat(4500), jpy = Flat(6000) } },
            },
        },
        new
        {
            code = codeOf("enterprise"),
            name = "Enterprise",
            currency = "usd",
            interval = new { unit = "year", count = 1 },
            prices = new object[] { new { code = "base", kind = "recurring", model = Flat(1_200_000) } },
        },
    ];

    private static object Flat(long amount) => new { type = "flat", amount };

    private static object PerUnit(string amount) => new { type = "per_unit", unit_amount = amount };
}
