using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>Reads what a decision must know of invoices whose lines it may credit.</summary>
public interface ICreditableInvoices
{
    /// <summary>The invoices by id; those that do not exist are left out.</summary>
    Task<IReadOnlyDictionary<string, CreditableInvoice>> ReadAsync(IReadOnlyCollection<string> invoices);

    /// <summary>The lines of a subscription's items for time that ends after an instant, also those that wait for an invoice; none of void ones.</summary>
    Task<ImmutableArray<EarlierLine>> ReadLinesAsync(string subscription, Instant from);
}
