using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>Reads what a decision must know of invoices whose lines it may credit.</summary>
public interface ICreditableInvoices
{
    /// <summary>The invoices by id; those that do not exist are left out.</summary>
    Task<IReadOnlyDictionary<string, CreditableInvoice>> ReadAsync(IReadOnlyCollection<string> invoices);
}
