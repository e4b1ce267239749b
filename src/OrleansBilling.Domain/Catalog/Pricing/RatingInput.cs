using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>Where a piece stands in its period (rules.md, "A period in pieces").</summary>
public enum PiecePosition
{
    /// <summary>The whole period is billed at once.</summary>
    Only,

    /// <summary>The first of several pieces.</summary>
    First,

    /// <summary>Neither first nor last.</summary>
    Middle,

    /// <summary>The last of several pieces: minimum, volume and flat prices fall here.</summary>
    Last,
}

/// <summary>A quantity of units that share property values.</summary>
/// <param name="Values">Value by dimension.</param>
/// <param name="Quantity">Units, not negative.</param>
public sealed record RatingGroup(ImmutableSortedDictionary<string, string> Values, decimal Quantity);

/// <summary>What is rated: the piece itself and what was billed before it in the same period, for one item and price.</summary>
/// <param name="Quantity">Units of the piece, not negative; the value in minor units for graduated percentages.</param>
public sealed record RatingInput(decimal Quantity)
{
    /// <summary>Matrix prices: the units by property values; empty takes <see cref="Quantity"/> as units without values.</summary>
    public ImmutableArray<RatingGroup> Groups { get; init; } = [];

    /// <summary>Percentage and dynamic prices: the values of the piece's events in event order, in minor units.</summary>
    public ImmutableArray<decimal> Events { get; init; } = [];

    /// <summary>
    /// Percentage and dynamic prices: what the events of the piece and of those before add up to by the terms of the model, in place of
    /// <see cref="Events"/> and <see cref="PreviousEvents"/>; null where they are given, or do not matter.
    /// </summary>
    public EventSums? Sums { get; init; }

    /// <summary>
    /// Percentage prices that price every event alike: how many events make up the value <see cref="Quantity"/>, in place of
    /// <see cref="Events"/>.
    /// </summary>
    public long EventCount { get; init; }

    /// <summary>Units (or value) billed before in this period.</summary>
    public decimal PreviousQuantity { get; init; }

    /// <summary>Minor units billed before in this period.</summary>
    public long PreviousAmount { get; init; }

    /// <summary>The groups billed before; without them <see cref="PreviousAmount"/> counts as their exact price.</summary>
    public ImmutableArray<RatingGroup> PreviousGroups { get; init; } = [];

    /// <summary>The events billed before; without them <see cref="PreviousAmount"/> counts as their exact price.</summary>
    public ImmutableArray<decimal> PreviousEvents { get; init; } = [];

    /// <summary>Where the piece stands.</summary>
    public PiecePosition Position { get; init; } = PiecePosition.Only;

    /// <summary>The day share of a partial period, by which minimum and maximum shrink. Quantities are not touched by it.</summary>
    public Share BoundsShare { get; init; } = Share.One;

    /// <summary>Percent taken off the price after minimum and maximum, as negotiated; zero for none.</summary>
    public decimal PercentOff { get; init; }

    /// <summary>True where something was billed before in this period.</summary>
    public bool HasPrevious => PreviousQuantity != 0 || PreviousAmount != 0;

    /// <summary>True where no further piece of the period follows.</summary>
    public bool IsLast => Position is PiecePosition.Only or PiecePosition.Last;
}
