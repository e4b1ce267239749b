using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// Where a negative total goes: first it lowers what is due on the unsettled invoices whose lines it credits, the rest
/// goes to the credit balance (rules.md, "Invoices").
/// </summary>
internal static class CreditDistribution
{
    /// <summary>
    /// One credit per unsettled invoice, in the order in which the lines name them: at most what is credited of that
    /// invoice, at most what remains on it, and together at most what the document gives back.
    /// </summary>
    public static ImmutableArray<CreditInTransit> ToOpenInvoices(
        string source, ComputedInvoice computed, AccountFacts account, IdSource ids, IReadOnlyDictionary<string, CreditableInvoice> openInvoices)
    {
        var left = -computed.Totals.Total;
        if (left <= 0 || openInvoices.Count == 0)
        {
            return [];
        }

        var sent = ImmutableArray.CreateBuilder<CreditInTransit>();
        foreach (var (invoice, credited) in CreditedByInvoice(computed.Lines))
        {
            if (!openInvoices.TryGetValue(invoice, out var open) || open.Status is not (InvoiceStatus.Open or InvoiceStatus.Uncollectible or InvoiceStatus.Draft))
            {
                continue;
            }

            var amount = Math.Min(Math.Min(credited, open.Remaining), left);
            if (amount > 0)
            {
                left -= amount;
                sent.Add(new CreditInTransit(ids.Next("cit"), account.Account, invoice, source, account.Currency.Code, amount));
            }
        }

        return sent.ToImmutable();
    }

    /// <summary>Every invoice whose lines are credited, settled or not, as it was seen.</summary>
    public static ImmutableArray<InvoiceSeen> InvoicesCredited(IEnumerable<LineDraft> lines, IReadOnlyDictionary<string, CreditableInvoice> seen) =>
    [
        .. lines.Select(line => line.CreditedInvoice).OfType<string>().Distinct(StringComparer.Ordinal)
            .Where(seen.ContainsKey).Select(invoice => new InvoiceSeen(invoice, seen[invoice].Version)),
    ];

    private static List<(string Invoice, long Credited)> CreditedByInvoice(ImmutableArray<InvoiceLine> lines)
    {
        var credited = new List<(string Invoice, long Credited)>();
        foreach (var line in lines)
        {
            if (line.Draft.CreditedInvoice is not { } invoice)
            {
                continue;
            }

            var amount = -line.Total;
            var index = credited.FindIndex(entry => entry.Invoice == invoice);
            if (index < 0)
            {
                credited.Add((invoice, amount));
            }
            else
            {
                credited[index] = (invoice, credited[index].Credited + amount);
            }
        }

        return credited;
    }
}
