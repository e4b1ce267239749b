using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Schedule;

/// <summary>A grain that owns rows of due work.</summary>
[Alias("OrleansBilling.IDueGrain")]
public interface IDueGrain : IGrainWithStringKey
{
    /// <summary>
    /// Applies everything of this grain that is due at or before <c>now</c>, each step at its own due time and in a turn
    /// of its own. Harmless when repeated: a row already done is simply not there.
    /// </summary>
    [Alias("RunDue")]
    Task<DueAnswer> RunDue(RunDue message);
}

/// <summary>The schedule's call.</summary>
/// <param name="Now">The account's clock.</param>
/// <param name="Facts">Account facts read with the batch; null lets the grain read them. Stale facts are refused by the commit and read again.</param>
/// <param name="Kind">The kind of the row that is run; the grain deletes or moves that row in its own commit.</param>
[GenerateSerializer, Alias("run_due"), Immutable]
public sealed record RunDue([property: Id(0)] Instant Now, [property: Id(1)] BillingFacts? Facts, [property: Id(2)] DueKind Kind);

/// <summary>What a grain's due turn leaves to do at once.</summary>
/// <param name="HandedOver">Rows of other grains that this turn made due at or before <c>now</c>; the schedule runs them next.</param>
[GenerateSerializer, Alias("due_answer"), Immutable]
public sealed record DueAnswer([property: Id(0)] ImmutableArray<DueKey> HandedOver);
