using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>Reads issued invoices from their rows, which are the state of their grains.</summary>
public interface IInvoiceRows
{
    /// <summary>
    /// What an invoice's grain needs at its first turn, and after a missed condition; null where there is no such invoice.
    /// Reads of the moment share one query.
    /// </summary>
    Task<InvoiceLoad?> FindAsync(string invoice);

    /// <summary>Subscriptions whose lines stand on an invoice, by id, so many at most.</summary>
    Task<IReadOnlyList<string>> SubscriptionsAsync(string invoice, int limit);

    /// <summary>What is on its way to an invoice: credits, and credits for which a credit note was ordered; each oldest first.</summary>
    Task<(ImmutableArray<CreditInTransit> Credits, ImmutableArray<LineDraft> Ordered)> ArrivingAsync(string invoice);

    /// <summary>
    /// Invoices with their documents, for showing them; in the order of the ids, those that do not exist left out. Each
    /// carries at most <paramref name="linesEach"/> lines, after the first <paramref name="skip"/>.
    /// </summary>
    Task<IReadOnlyList<InvoiceRecord>> LoadAsync(IReadOnlyCollection<string> invoices, int linesEach, CancellationToken cancellation, int skip = 0);
}

/// <summary>What the grain of an invoice reads.</summary>
/// <param name="State">The header with payments, attempts and refunds.</param>
/// <param name="BlockedMethods">Payment methods of the account that a hard decline forbids to try again, on any of its invoices.</param>
/// <param name="Credits">Credits on their way to it, oldest first.</param>
public sealed record InvoiceLoad(InvoiceState State, ImmutableHashSet<string> BlockedMethods, ImmutableArray<CreditInTransit> Credits)
{
    /// <summary>Credits of its lines for which a credit note was ordered and not made yet, oldest first.</summary>
    public ImmutableArray<LineDraft> Ordered { get; init; } = [];

    /// <summary>Minor units that are on their way to it, before taxes of what was ordered.</summary>
    public long Arriving => Credits.Sum(static credit => credit.Amount) - Ordered.Sum(static credit => credit.Amount);

    /// <summary>The pause of collection of its subscription, by that one's row; its end may have passed. Null where there is none.</summary>
    public CollectionPause? Pause { get; init; }
}

/// <summary>An issued invoice as it is shown.</summary>
/// <param name="Document">What was issued.</param>
/// <param name="State">What has happened to it.</param>
/// <param name="CollectAt">When collection goes on, by its row of due work; null where nothing is left to do.</param>
public sealed record InvoiceRecord(InvoiceDocument Document, InvoiceState State, Instant? CollectAt);
