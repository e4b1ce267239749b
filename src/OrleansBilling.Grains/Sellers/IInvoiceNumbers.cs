using System.Collections.Immutable;
using OrleansBilling.Domain.Sellers;

namespace OrleansBilling.Grains.Sellers;

/// <summary>The series of numbers that run by seller, and the invoices and credit notes that wait for one.</summary>
public interface IInvoiceNumbers
{
    /// <summary>The sellers with documents that wait.</summary>
    Task<ImmutableArray<string>> FindWaitingAsync();

    /// <summary>A seller's documents of a kind that wait, in the order of issue, and its series of that kind.</summary>
    Task<WaitingDocuments> ReadAsync(string entity, string kind, int limit);

    /// <summary>Commits a step: numbers, series and events, or nothing.</summary>
    /// <returns>False where the series were not those that the step saw: read and decide again.</returns>
    Task<bool> CommitAsync(string entity, string kind, NumberStep step);
}

/// <summary>What a numbering turn decides on.</summary>
/// <param name="Series">The seller's series of the kind.</param>
/// <param name="Waiting">In the order of issue.</param>
public sealed record WaitingDocuments(ImmutableArray<NumberSeries> Series, ImmutableArray<WaitingDocument> Waiting);
