using System.Globalization;
using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Server.Demo;

/// <summary>A table for people: a title, headers, rows of text. Columns whose header begins with <c>&gt;</c> hold numbers.</summary>
internal sealed record DemoTable(string Title, IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>The table as plain lines, columns aligned, numbers to the right.</summary>
    public IEnumerable<string> Lines()
    {
        var names = Headers.Select(header => header.TrimStart('>')).ToList();
        var widths = names.Select((name, i) => Rows.Select(row => row[i].Length).Append(name.Length).Max()).ToList();
        var rule = widths.Select(width => new string('-', width)).ToList();
        return new[] { names, rule }.Concat(Rows).Select(row => string.Join("  ", row.Select(Aligned)).TrimEnd());

        string Aligned(string cell, int i) => Headers[i].StartsWith('>') ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]);
    }
}

/// <summary>The tables at the end of the scene.</summary>
internal static class DemoTables
{
    /// <summary>Who there is, and how each stands.</summary>
    /// <param name="outcomes">One per customer.</param>
    /// <param name="planOf">The key of a plan by its code.</param>
    public static DemoTable Customers(IEnumerable<DemoOutcome> outcomes, Func<string, string> planOf) => new(
        "Customers",
        ["Customer", "Zone", "Pays by", "Plan", "Status", ">Periods", ">Owes", ">Credit balance"],
        [
            .. outcomes.Select(outcome => (IReadOnlyList<string>)
            [
                outcome.Customer.Name,
                outcome.Customer.TimeZone,
                outcome.Customer.Token,
                string.Join(", ", outcome.Subscriptions.OrderBy(s => s.CreatedAt).Select(s => planOf(s.Plan))),
                string.Join(", ", outcome.Subscriptions.OrderBy(s => s.CreatedAt).Select(s => s.Status)),
                Text(outcome.Invoices.Sum(invoice => invoice.Lines.Count(line => line.Kind is "recurring"))),
                Amount(outcome.Invoices.Where(invoice => invoice.Status is "open").Sum(invoice => invoice.AmountRemaining), outcome.Account.Currency),
                Amount(outcome.Account.Balance, outcome.Account.Currency),
            ]),
        ]);

    /// <summary>Every invoice.</summary>
    public static DemoTable Invoices(IEnumerable<DemoOutcome> outcomes) => new(
        "Invoices",
        ["Customer", "Number", "Period", ">Tax", ">Total", ">From credit", ">Paid", "Status", ">Tries"],
        [
            .. outcomes.SelectMany(outcome => outcome.Invoices.OrderBy(i => i.IssuedAt).ThenBy(i => i.Id, StringComparer.Ordinal).Select(invoice => (IReadOnlyList<string>)
            [
                outcome.Customer.Name,
                invoice.Number ?? "",
                Period(invoice, outcome.Customer.TimeZone),
                Amount(invoice.TaxTotal, invoice.Currency),
                Amount(invoice.Total, invoice.Currency),
                Amount(invoice.CreditApplied, invoice.Currency),
                Amount(invoice.AmountPaid, invoice.Currency),
                invoice.Status,
                Text(invoice.Attempts.Count(attempt => attempt.Status is not "dropped")),
            ])),
        ]);

    /// <summary>Payments, those of one customer that went alike in one row.</summary>
    public static DemoTable Payments(IEnumerable<DemoOutcome> outcomes) => new(
        "Payments",
        ["Customer", ">Payments", ">Amount", "Status", "Tries"],
        [
            .. outcomes.SelectMany(outcome => outcome.Payments
                .OrderBy(payment => payment.CreatedAt)
                .GroupBy(payment => (payment.Amount, payment.Currency, payment.Status, Tries: Tries(payment)))
                .Select(group => (IReadOnlyList<string>)
                [
                    outcome.Customer.Name,
                    Text(group.Count()),
                    Amount(group.Key.Amount, group.Key.Currency),
                    group.Key.Status,
                    group.Key.Tries,
                ])),
        ]);

    /// <summary>Ledger accounts of these customers; every currency ends with its trial balance.</summary>
    public static DemoTable Ledger(IReadOnlyList<DemoBook> books) => new(
        "Ledger of these customers",
        ["Currency", "Account", ">Debit", ">Credit", ">Balance"],
        [
            .. books.GroupBy(book => book.Currency, StringComparer.Ordinal).SelectMany(group => group
                .Select(book => (IReadOnlyList<string>)[book.Currency, book.Account, Plain(book.Debit, book.Currency), Plain(book.Credit, book.Currency), Plain(book.Balance, book.Currency)])
                .Append([
                    group.Key, "trial balance", Plain(group.Sum(book => book.Debit), group.Key), Plain(group.Sum(book => book.Credit), group.Key),
                    Plain(group.Sum(book => book.Balance), group.Key),
                ])),
        ]);

    private static string Tries(DemoPayment payment) => string.Join(", then ", payment.Attempts
        .Where(attempt => attempt.Status is not "dropped")
        .OrderBy(attempt => attempt.Number)
        .Select(attempt => attempt.Status is "failed" ? $"declined ({attempt.DeclineCode})" : attempt.Status + After(attempt))
        .GroupRuns());

    /// <summary>How long the outcome took, where it was not there at once.</summary>
    private static string After(DemoAttempt attempt) => (attempt.CompletedAt - attempt.SentAt) switch
    {
        { TotalDays: >= 1 } days => $" after {Text((long)days.TotalDays)} days",
        { TotalMinutes: >= 1 } minutes => $" after {Text((long)minutes.TotalMinutes)} min without an answer",
        _ => "",
    };

    /// <summary>Equal neighbours become one with their number.</summary>
    private static IEnumerable<string> GroupRuns(this IEnumerable<string> texts)
    {
        string? last = null;
        var count = 0;
        foreach (var text in texts.Append(null))
        {
            if (text == last)
            {
                count++;
                continue;
            }

            if (last is not null)
            {
                yield return count == 1 ? last : $"{Text(count)} x {last}";
            }

            (last, count) = (text, 1);
        }
    }

    private static string Period(DemoInvoice invoice, string zone)
    {
        var at = DateTimeZoneProviders.Tzdb[zone];
        return invoice.Lines.Count == 0 ? "" : $"{Date(invoice.Lines.Min(line => line.Period.Start))} to {Date(invoice.Lines.Max(line => line.Period.End))}";

        string Date(DateTimeOffset instant) => Instant.FromDateTimeOffset(instant).InZone(at).Date.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);
    }

    private static string Amount(long amount, string currency) => amount == 0 ? "" : new Money(amount, Currency.Of(currency)).ToString();

    private static string Plain(long amount, string currency) => new Money(amount, Currency.Of(currency)).ToString().Split(' ')[0];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
