using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Grains.Metering;

/// <summary>Reads which closed spans of usage are to be looked at again, with what stands of them.</summary>
public interface ILateUsage
{
    /// <summary>The spans of a subscription that wait to be looked at, of one moment, the oldest first; at most <paramref name="limit"/>.</summary>
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
public sealed record LateUsageRead(ImmutableArray<LateSpan> Spans, ImmutableArray<SpanSeen> Seen, SeenRow? Asked);

/// <summary>A row that asks to look at a span again.</summary>
/// <param name="Item">The item.</param>
/// <param name="Start">Start of the span.</param>
/// <param name="Mark">Grows with every write of the row.</param>
public sealed record SpanSeen(string Item, Instant Start, long Mark);
