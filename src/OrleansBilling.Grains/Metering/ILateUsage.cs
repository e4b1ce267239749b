using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Grains.Metering;

/// <summary>Reads which closed spans of usage are to be looked at again, with what stands of them.</summary>
public interface ILateUsage
{
    /// <summary>The spans of a subscription that wait to be looked at, of one moment, item by item; at most <paramref name="limit"/>.</summary>
    Task<LateUsageRead> ReadAsync(string subscription, int limit);

    /// <summary>The closed spans of a subscription and meter that a span of time touches, whether they wait or not; at most <paramref name="limit"/>.</summary>
    Task<ImmutableArray<LateSpan>> ReadTouchedAsync(string subscription, string meter, Period within, int limit);

    /// <summary>The closed commitments of a subscription that a span of time touches: a line is billed late towards them.</summary>
    Task<ImmutableArray<LateCommitment>> ReadCommitmentsAsync(string subscription, Period within);

    /// <summary>The subscriptions of an account that have closed spans of a meter which a span of time touches.</summary>
    Task<ImmutableArray<string>> FindTouchedAsync(string account, string meter, Period within);
}

/// <summary>Spans that are looked at again.</summary>
/// <param name="Spans">With what was counted, and the lines that stand for them.</param>
/// <param name="Seen">The rows that ask for it: they go with the turn, unless they were written again.</param>
/// <param name="Asked">The row of due work as it stood at the same moment; null where there is none.</param>
public sealed record LateUsageRead(ImmutableArray<LateSpan> Spans, ImmutableArray<SpanSeen> Seen, SeenRow? Asked)
{
    /// <summary>The versions of the invoices on which the lines of the spans stand, as of the same moment.</summary>
    public ImmutableDictionary<string, long> Versions { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>
    /// True where invoices that were read later are as they were: what is left of lines is known by the version that the turn's commit asks
    /// for. Else a credit note has come between, and what it took would be given back by shares of before.
    /// </summary>
    /// <param name="invoices">Read after this.</param>
    public bool IsAsOf(IReadOnlyDictionary<string, CreditableInvoice> invoices) =>
        Versions.All(seen => invoices.TryGetValue(seen.Key, out var found) && found.Version == seen.Value);

    /// <summary>True where further rows may wait: as many were read as were asked for.</summary>
    public bool IsFull { get; init; }

    /// <summary>The item of which further rows may wait, since they are read item by item; null where none does.</summary>
    public string? Cut => IsFull ? Seen.MaxBy(static seen => seen.Item, StringComparer.Ordinal)?.Item : null;
}

/// <summary>A row that asks to look at a span again.</summary>
/// <param name="Item">The item.</param>
/// <param name="Start">Start of the span.</param>
/// <param name="Mark">Grows with every write of the row.</param>
public sealed record SpanSeen(string Item, Instant Start, long Mark);
