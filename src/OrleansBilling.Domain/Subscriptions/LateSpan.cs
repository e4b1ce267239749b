using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Metering;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>A closed span that is looked at again, since events of it may have arrived or been corrected: what stands of it.</summary>
/// <param name="Part">The span and its terms.</param>
/// <param name="Outcome">What became of it when it was closed.</param>
/// <param name="Quantity">What was counted of it so far, billed or not.</param>
/// <param name="Events">How many events were counted.</param>
/// <param name="Amount">Minor units billed for it so far, less what was credited for late events; before discounts and tax.</param>
/// <param name="Policy">What the meter says of events that arrive later.</param>
public sealed record LateSpan(UsagePart Part, UsageOutcome Outcome, decimal Quantity, long Events, long Amount, LatePolicy Policy)
{
    /// <summary>
    /// Of the quantity, what counts with later spans of the item: carried to them since, or left over where less than nothing was
    /// used. It is no part of what this span costs.
    /// </summary>
    public decimal Onward { get; init; }

    /// <summary>Of what was carried on, what returns with this look: <see cref="Onward"/> is without it already.</summary>
    public decimal Returned { get; init; }

    /// <summary>What a row of this look says of <see cref="Onward"/>: null where nothing returns.</summary>
    internal decimal? OnwardNow => Returned == 0 ? null : -Returned;

    /// <summary>Where events that name no subscription were counted when it was counted last.</summary>
    public ImmutableArray<Period> Unnamed { get; init; } = [];

    /// <summary>Of the quantity, what came late and is not billed.</summary>
    public decimal Ignored { get; init; }

    /// <summary>Of the events, those that came late and are not billed.</summary>
    public long IgnoredEvents { get; init; }

    /// <summary>When it was closed, by the clock by which events arrive; null where that was not kept yet.</summary>
    public Instant? ClosedAt { get; init; }

    /// <summary>
    /// When it and spans of other subscriptions counted events that name none, in order: where late ones are ignored, it tells which were
    /// late of a time that has changed its owner. Not known for other policies.
    /// </summary>
    public ImmutableArray<CountedTime> Counted { get; init; } = [];

    /// <summary>The charges that stand for it, the newest first; those of void invoices are left out.</summary>
    public ImmutableArray<LateCharge> Lines { get; init; } = [];

    /// <summary>Likewise those of retries, for units without a cell: <see cref="Amount"/> is without them.</summary>
    public ImmutableArray<LateCharge> CellLines { get; init; } = [];

    /// <summary>The commitments of its time that are closed: what was missing to them falls and rises against its usage.</summary>
    public ImmutableArray<LateCommitment> Commitments { get; init; } = [];

    /// <summary>See <see cref="Onward"/>.</summary>
    /// <param name="part">The span.</param>
    /// <param name="closed">The quantity with which it was closed.</param>
    /// <param name="carried">What was carried forward of it since.</param>
    public static decimal OnwardOf(UsagePart part, decimal closed, decimal carried) => Math.Min(0, closed + part.Carried) + carried;
}

/// <summary>A commitment that is closed, as late usage finds it.</summary>
/// <param name="Plan">Plan code.</param>
/// <param name="AddOn">True for a plan added beside the subscription's own.</param>
/// <param name="Time">What it was for.</param>
/// <param name="Due">Minor units of the minimum, by the share of its time.</param>
/// <param name="Counted">Minor units that count towards it so far.</param>
/// <param name="Missing">
/// Minor units billed as missing, less what late usage gave back of them; what persons voided or credited of them stays in it, so that
/// it is not billed again.
/// </param>
public sealed record LateCommitment(string Plan, bool AddOn, Period Time, long Due, long Counted, long Missing)
{
    /// <summary>The lines that stand for it, the newest first; those of void invoices are left out.</summary>
    public ImmutableArray<LateCharge> Lines { get; init; } = [];
}

/// <summary>A charge that late usage may take back, in part.</summary>
/// <param name="Billed">As it was billed.</param>
/// <param name="Credited">Of its amount, taken back so far by credits and credit notes.</param>
/// <param name="DiscountCredited">Of its discount, taken back so far.</param>
public sealed record LateCharge(BilledCharge Billed, long Credited, long DiscountCredited)
{
    /// <summary>Minor units that can still be taken back.</summary>
    public long Left => Billed.Amount - Credited;
}
