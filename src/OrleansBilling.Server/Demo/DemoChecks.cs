using System.Globalization;
using NodaTime;

namespace OrleansBilling.Server.Demo;

/// <summary>A promise of the scene, and whether it was kept.</summary>
/// <param name="Promise">A sentence that is true where it was kept.</param>
/// <param name="Faults">What was found instead; empty where it was kept.</param>
internal sealed record DemoCheck(string Promise, IReadOnlyList<string> Faults)
{
    /// <summary>True where it was kept.</summary>
    public bool Kept => Faults.Count == 0;
}

/// <summary>Compares what the server shows at the end with what the cast was told would happen.</summary>
internal static class DemoChecks
{
    private const string Receivable = "accounts_receivable";
    private const string Clearing = "gateway_clearing";
    private const string Credit = "customer_credit";

    /// <summary>Every promise.</summary>
    /// <param name="outcomes">One per customer.</param>
    /// <param name="trialBalances">Of the whole server, one per currency.</param>
    public static IReadOnlyList<DemoCheck> Of(IReadOnlyList<DemoOutcome> outcomes, IReadOnlyList<DemoTrialBalance> trialBalances) =>
    [
        new("Every period was invoiced once, on the day it was due.", Faults(outcomes, Periods)),
        new("Every invoice has the total that was computed by hand.", Faults(outcomes, Totals)),
        new("Every subscription ended in the status that was told.", Faults(outcomes, Statuses)),
        new("Every payment took the tries that were told, and no money was taken twice.", Faults(outcomes, Payments)),
        new("Every credit balance is what the cancellation left of it.", Faults(outcomes, Balances)),
        new("The books of these customers agree with their invoices, payments and balances.", Books(outcomes)),
        new(
            "The trial balance of the whole server is zero in every currency.",
            [.. trialBalances.Where(balance => balance.Total != 0).Select(balance => $"{balance.Currency}: {balance.Total}")]),
    ];

    private static List<string> Faults(IEnumerable<DemoOutcome> outcomes, Func<DemoOutcome, string?> find) =>
        [.. outcomes.Select(outcome => (outcome.Customer.Name, Fault: find(outcome))).Where(pair => pair.Fault is not null).Select(pair => $"{pair.Name}: {pair.Fault}")];

    private static string? Periods(DemoOutcome outcome)
    {
        var zone = DateTimeZoneProviders.Tzdb[outcome.Customer.TimeZone];
        var found = outcome.Invoices
            .SelectMany(invoice => invoice.Lines)
            .Where(line => line.Kind is "recurring")
            .Select(line => Instant.FromDateTimeOffset(line.Period.Start).InZone(zone).Date.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture))
            .Order(StringComparer.Ordinal);
        return Differ(outcome.Customer.PeriodStarts, found);
    }

    private static string? Totals(DemoOutcome outcome) => Differ(outcome.Customer.Totals, outcome.Invoices.OrderBy(i => i.IssuedAt).ThenBy(i => i.Id, StringComparer.Ordinal).Select(i => i.Total));

    private static string? Statuses(DemoOutcome outcome) => Differ(outcome.Customer.Statuses, outcome.Subscriptions.OrderBy(s => s.CreatedAt).Select(s => s.Status));

    private static string? Balances(DemoOutcome outcome) => Differ([outcome.Customer.Balance], [outcome.Account.Balance]);

    private static string? Payments(DemoOutcome outcome)
    {
        var payments = outcome.Payments.OrderBy(payment => payment.CreatedAt).ThenBy(payment => payment.Id, StringComparer.Ordinal).ToList();
        var tries = payments.Select(payment => payment.Attempts.Count(attempt => attempt.Status is not "dropped")).ToList();
        var told = outcome.Customer.Attempts;
        var expected = tries.Select((_, index) => index < told.Length ? told[index] : 1);
        var open = payments.SelectMany(payment => payment.Attempts).Count(attempt => attempt.Status is "queued" or "sent" or "processing");
        var twice = outcome.Invoices.Where(invoice => payments.Count(p => p.Invoice == invoice.Id && p.Status is "succeeded") > 1).Select(invoice => invoice.Number).ToList();
        var unpaid = outcome.Invoices.Count(invoice => invoice.AmountDue > 0 && invoice.Status is not "paid");
        return Differ(expected, tries)
            ?? (open > 0 ? $"{open} attempts have no outcome yet" : null)
            ?? (twice.Count > 0 ? $"paid twice: {string.Join(", ", twice)}" : null)
            ?? (outcome.Customer.Pays && unpaid > 0 ? $"{unpaid} invoices are not paid" : null)
            ?? (!outcome.Customer.Pays && payments.Exists(p => p.Status is "succeeded") ? "a payment succeeded that should not have" : null);
    }

    private static List<string> Books(IReadOnlyList<DemoOutcome> outcomes)
    {
        var books = DemoBooks.Of(outcomes.SelectMany(outcome => outcome.Postings));
        var faults = new List<string>();
        foreach (var currency in outcomes.GroupBy(outcome => outcome.Account.Currency, StringComparer.Ordinal))
        {
            Agree(Receivable, currency.SelectMany(o => o.Invoices).Where(i => i.Status is "open").Sum(i => i.AmountRemaining));
            Agree(Clearing, currency.SelectMany(o => o.Payments).Where(p => p.Status is "succeeded").Sum(p => p.Amount));
            Agree(Credit, -currency.Sum(o => o.Account.Balance));
            Agree("tax_payable", -currency.SelectMany(o => o.Invoices).Sum(i => i.TaxTotal));
            var total = books.Where(book => book.Currency == currency.Key).Sum(book => book.Balance);
            if (total != 0)
            {
                faults.Add($"{currency.Key}: debits and credits differ by {total}");
            }

            void Agree(string account, long expected)
            {
                var found = books.BalanceOf(currency.Key, account);
                if (found != expected)
                {
                    faults.Add($"{currency.Key} {account}: the documents say {expected}, the ledger {found}");
                }
            }
        }

        return faults;
    }

    private static string? Differ<T>(IEnumerable<T> expected, IEnumerable<T> found)
    {
        var (wanted, got) = (string.Join(' ', expected), string.Join(' ', found));
        return wanted == got ? null : $"expected {wanted}, found {(got.Length == 0 ? "nothing" : got)}";
    }
}
