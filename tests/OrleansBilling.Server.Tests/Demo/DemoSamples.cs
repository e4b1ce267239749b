using System.Text.Json;
using OrleansBilling.Server.Demo;

namespace OrleansBilling.Server.Tests.Demo;

/// <summary>What a server that does everything right would show.</summary>
internal static class DemoSamples
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A customer with one paid invoice of 19.00 that contains 3.43 of tax.</summary>
    public static DemoCustomer Customer { get; } =
        new("zoe", "Zoe's Zoo", "Europe/Rome", "eur", "tok_visa", "starter", "is here for tests") { Totals = [1900], PeriodStarts = ["2026-01-31"] };

    public static DemoInvoice Invoice { get; } = new(
        "inv_1", "INV-1", "paid", "acct_1", "sub_1", "eur", [new DemoLine("recurring", "base", new DemoPeriod(Noon, Noon.AddMonths(1)), 1900)],
        TaxTotal: 343, Total: 1900, CreditApplied: 0, AmountDue: 1900, AmountPaid: 1900, AmountRemaining: 0, Noon, [Attempt(1)]);

    public static DemoPayment Payment { get; } = new("pay_1", "succeeded", "acct_1", "inv_1", "eur", 1900, [Attempt(1)], Noon);

    public static DemoOutcome Outcome { get; } = new(
        Customer,
        new DemoAccount("acct_1", "eur", 0),
        [new DemoSubscription("sub_1", "active", "acct_1", "starter-x", new DemoPeriod(Noon, Noon.AddMonths(1)), null, Noon)],
        [Invoice],
        [Payment],
        [
            new DemoPosting("eur", "accounts_receivable", "billed_revenue", 1557),
            new DemoPosting("eur", "accounts_receivable", "tax_payable", 343),
            new DemoPosting("eur", "gateway_clearing", "accounts_receivable", 1900),
        ]);

    public static DemoAttempt Attempt(int number, string status = "succeeded", string? code = null, double minutes = 0) =>
        new(number, status, code, Noon, Noon.AddMinutes(minutes));

    public static DemoEvent Event(string id, string type, string subject, object data, int hours = 0, string account = "acct_1") =>
        new(id, type, account, subject, JsonSerializer.SerializeToElement(data), Noon.AddHours(hours));
}
