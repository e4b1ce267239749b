using System.Collections.Immutable;

namespace OrleansBilling.Server.Demo;

/// <summary>Someone of the scene: who it is, what it buys, how it pays, and what must have happened to it at the end.</summary>
/// <param name="Key">Short name for programs.</param>
/// <param name="Name">Shown.</param>
/// <param name="TimeZone">IANA zone.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Token">Sandbox payment method.</param>
/// <param name="Plan">What it buys: the key of a plan.</param>
/// <param name="Story">Said when it enters.</param>
internal sealed record DemoCustomer(string Key, string Name, string TimeZone, string Currency, string Token, string Plan, string Story)
{
    /// <summary>Seats of a plan that is sold by seats; 0 elsewhere.</summary>
    public int Seats { get; init; }

    /// <summary>Percent of tax; null is none.</summary>
    public string? TaxPercent { get; init; }

    /// <summary>Prices contain the tax.</summary>
    public bool TaxInclusive { get; init; }

    /// <summary>Takes the plan's trial.</summary>
    public bool Trial { get; init; }

    /// <summary>Bills on this day of the month instead of from the start; null is from the start.</summary>
    public int? DayOfMonth { get; init; }

    /// <summary>The totals of its invoices in order, in minor units, computed by hand.</summary>
    public required ImmutableArray<long> Totals { get; init; }

    /// <summary>Local dates on which its paid periods begin, in order.</summary>
    public required ImmutableArray<string> PeriodStarts { get; init; }

    /// <summary>Statuses of its subscriptions at the end, oldest first.</summary>
    public ImmutableArray<string> Statuses { get; init; } = ["active"];

    /// <summary>Credit balance at the end, minor units.</summary>
    public long Balance { get; init; }

    /// <summary>Attempts of its payments, oldest payment first, where they are told beforehand; else one each.</summary>
    public ImmutableArray<int> Attempts { get; init; } = [];

    /// <summary>Whether its invoices are paid at the end.</summary>
    public bool Pays { get; init; } = true;
}
