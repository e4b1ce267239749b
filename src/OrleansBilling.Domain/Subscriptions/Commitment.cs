using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>A plan's minimum commitment as it runs in the current period, with what was billed towards it.</summary>
/// <param name="Plan">Plan code.</param>
/// <param name="PlanVersion">The version whose minimum holds.</param>
/// <param name="From">Since when it runs.</param>
public sealed record Commitment(string Plan, int PlanVersion, Instant From)
{
    /// <summary>True for a plan added beside the subscription's own: only its lines count.</summary>
    public bool AddOn { get; init; }

    /// <summary>Local days, of those since <see cref="From"/>, that a pause left out.</summary>
    public decimal Paused { get; init; }

    /// <summary>Minor units of what counts towards it that are for other time: a price that ran in arrears before it is billed in one line. Below zero where a line that does not count is in part for its time.</summary>
    public long Elsewhere { get; init; }

    /// <summary>What was billed and credited for its time.</summary>
    public ImmutableArray<CountedLine> Lines { get; init; } = [];
}

/// <summary>A commitment that is over and waits for usage that counts towards it, and waits for stragglers or still runs.</summary>
/// <param name="Running">As it was, with what was counted.</param>
/// <param name="At">When it ended.</param>
/// <param name="Share">The part of the minimum that its time makes.</param>
public sealed record EndedCommitment(Commitment Running, Instant At, Share Share);

/// <summary>
/// The account of a commitment that is closed, or what late usage has moved of one: usage that comes later makes its time cost what it
/// would have cost with all usage on time. Sums of several count.
/// </summary>
/// <param name="Number">Counts those of the subscription, from 1.</param>
/// <param name="Plan">Plan code.</param>
/// <param name="AddOn">True for a plan added beside the subscription's own.</param>
/// <param name="Time">What it was for.</param>
/// <param name="Due">Minor units of the minimum, by the share of its time; zero for what was moved.</param>
/// <param name="Counted">Minor units that counted towards it; below zero where late usage takes back.</param>
/// <param name="Missing">Minor units billed as missing, less what was given back of them for late usage.</param>
public sealed record ClosedCommitment(int Number, string Plan, bool AddOn, Period Time, long Due, long Counted, long Missing);

/// <summary>A line that counts towards a commitment.</summary>
/// <param name="Invoice">The invoice of the line; void, it does not count. Null where the line was made to wait for one.</param>
/// <param name="Line">The line; what credit notes take of it does not count.</param>
/// <param name="Amount">Minor units before discounts and tax; below zero for credits.</param>
public sealed record CountedLine(string? Invoice, string Line, long Amount)
{
    /// <summary>Minor units of the whole line, where <see cref="Amount"/> is a part of it by days; zero where it counts as it is.</summary>
    public long Of { get; init; }

    /// <summary>What counts once credit notes have taken of the whole line: they take of a part what its share is.</summary>
    /// <param name="taken">Minor units.</param>
    public long Less(long taken) => Amount - (RunsOn ? 0 : Of == 0 || Of == Amount ? taken : Rounding.ToMinorUnits((decimal)taken * Amount / Of));

    /// <summary>
    /// True where <see cref="Amount"/> is the part before the commitment's end of a charge that runs on over it: what is credited from then on
    /// is taken off what counts after it.
    /// </summary>
    public bool RunsOn { get; init; }
}
