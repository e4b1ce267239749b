using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;

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

/// <summary>A commitment that is over and waits for usage that counts towards it.</summary>
/// <param name="Running">As it was, with what was counted.</param>
/// <param name="At">When it ended.</param>
/// <param name="Share">The part of the minimum that its time makes.</param>
/// <param name="ClosesAt">When the last usage is billed that it waits for.</param>
public sealed record EndedCommitment(Commitment Running, Instant At, Share Share, Instant ClosesAt);

/// <summary>A line that counts towards a commitment.</summary>
/// <param name="Invoice">The invoice of the line; void, it does not count. Null where the line was made to wait for one.</param>
/// <param name="Line">The line; what credit notes take of it does not count.</param>
/// <param name="Amount">Minor units before discounts and tax; below zero for credits.</param>
public sealed record CountedLine(string? Invoice, string Line, long Amount);
