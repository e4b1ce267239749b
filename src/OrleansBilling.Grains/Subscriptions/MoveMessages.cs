using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>The command that moves a subscription to another version of its plan.</summary>
/// <param name="Plan">The plan that it must be on.</param>
/// <param name="FromVersions">The versions that it must be on.</param>
/// <param name="Version">The version to move to.</param>
/// <param name="AtPeriodEnd">True at the end of the current period, false now.</param>
[GenerateSerializer, Alias("move_plan_version"), Immutable]
public sealed record MovePlanVersion(
    [property: Id(0)] string Plan,
    [property: Id(1)] ImmutableArray<int> FromVersions,
    [property: Id(2)] int Version,
    [property: Id(3)] bool AtPeriodEnd)
{
    /// <summary>Null takes each price's own, else <c>day</c>.</summary>
    [Id(4)] public ProrationPolicy? Proration { get; init; }
}

/// <summary>What a move would do to a subscription.</summary>
[GenerateSerializer, Alias("move_preview"), Immutable]
public sealed record MovePreview
{
    /// <summary>Why it would not be moved, or null.</summary>
    [Id(0)] public RefusalMessage? Refusal { get; init; }

    /// <summary>The currency of its amounts.</summary>
    [Id(1)] public string Currency { get; init; } = "";

    /// <summary>Exact minor units a month of all its recurring prices today.</summary>
    [Id(2)] public decimal Today { get; init; }

    /// <summary>The same after the move.</summary>
    [Id(3)] public decimal New { get; init; }

    /// <summary>Totals of the invoices that the move would make at once, in minor units by policy; empty at the period's end.</summary>
    [Id(4)] public ImmutableSortedDictionary<string, long> Immediate { get; init; } = ImmutableSortedDictionary<string, long>.Empty;
}
