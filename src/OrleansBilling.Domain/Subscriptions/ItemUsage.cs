using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What runs for an item with a usage price: its events count from an instant on, until a period ends, or a change of its price,
/// a pause or an end cuts it. Null on an item that counts nothing.
/// </summary>
/// <param name="From">Since when, in the current period.</param>
/// <param name="Meter">Code of the meter.</param>
public sealed record ItemUsage(Instant From, string Meter)
{
    /// <summary>What was billed of it before it is over, in order; empty where nothing was.</summary>
    public ImmutableArray<UsagePiece> Pieces { get; init; } = [];
}

/// <summary>Usage of an item that is over: one span, at one price, rated by itself from zero.</summary>
/// <param name="Item">The item.</param>
/// <param name="Price">Code of the price.</param>
/// <param name="Meter">Code of the meter.</param>
/// <param name="Sold">Plan, version and negotiated price of the span.</param>
/// <param name="Span">From when to when.</param>
/// <param name="Bounds">The day share by which the price's minimum and maximum shrink.</param>
/// <param name="ClosesAt">When it is billed: at its end, or later by the plan's grace for stragglers.</param>
public sealed record UsagePart(string Item, string Price, string Meter, SoldTerms Sold, Period Span, Share Bounds, Instant ClosesAt)
{
    /// <summary>The phase of the plan, or null.</summary>
    public int? Phase { get; init; }

    /// <summary>True where its plan was added beside the subscription's own.</summary>
    public bool AddOn { get; init; }

    /// <summary>Of spans closed before: a quantity that came late and counts with this one; below zero where less was used.</summary>
    public decimal Carried { get; init; }

    /// <summary>What was billed of it before it was over, in order; its closing bills the rest. Empty where nothing was.</summary>
    public ImmutableArray<UsagePiece> Pieces { get; init; } = [];

    /// <summary>True for a span without length: no event is in it, and what it costs was carried to it.</summary>
    public bool IsEmpty => Span.Start == Span.End;

    /// <summary>True for usage in a trial: free unless the price says otherwise, and without a minimum.</summary>
    public bool InTrial { get; init; }

    /// <summary>What the span costs by its terms.</summary>
    /// <exception cref="InvalidOperationException">Its plan was not read, or has no such price: an error of the caller.</exception>
    public PriceTerms TermsOf(SubscriptionFacts facts)
    {
        var plan = facts.PlanOf(Sold.Plan, Sold.PlanVersion);
        var price = plan.Find(Price, Phase) ?? throw new InvalidOperationException($"Plan {Sold.Plan}@{Sold.PlanVersion} has no price {Price}.");
        return new PriceTerms(plan, price, 0)
        {
            Phase = Phase,
            Override = Sold.Override is { } given && given.AppliesAt(Span.Start) ? given : null,
        };
    }
}

/// <summary>What became of usage that is over.</summary>
public enum UsageOutcome
{
    /// <summary>It stands on a line, also on one of zero.</summary>
    Billed,

    /// <summary>Nothing was used and nothing is due: no line.</summary>
    Empty,

    /// <summary>It is free: used in a trial.</summary>
    Trial,

    /// <summary>The end of the subscription was told to leave it out.</summary>
    LeftOut,

    /// <summary>It came late, and counts with the next span of its item.</summary>
    Carried,

    /// <summary>It came late, and is kept and never billed.</summary>
    Ignored,

    /// <summary>It came late, and moves no money: the price of the span is what it was.</summary>
    Counted,
}

/// <summary>A span whose usage is closed: each event of it was counted here, once.</summary>
/// <param name="Part">The span and its terms.</param>
/// <param name="Quantity">As billed.</param>
/// <param name="Events">How many events it is made of.</param>
/// <param name="Amount">Minor units billed for it, pieces before its end included, less what was given back; before discounts and tax.</param>
/// <param name="Outcome">What became of it.</param>
public sealed record ClosedUsage(UsagePart Part, decimal Quantity, long Events, long Amount, UsageOutcome Outcome)
{
    /// <summary>The line on which it stands where its closing makes none: that of its last piece. Null on all others.</summary>
    public string? Line { get; init; }

    /// <summary>
    /// Of the quantity, what counts with later spans from now on; null for all of what is carried, and none of all else. Below what was
    /// carried before, it has returned.
    /// </summary>
    public decimal? Onward { get; init; }

    /// <summary>True for what came after the span was closed.</summary>
    public bool IsLate { get; init; }

    /// <summary>The parts of the span in which events that name no subscription were counted.</summary>
    public ImmutableArray<Period> Unnamed { get; init; } = [];
}
