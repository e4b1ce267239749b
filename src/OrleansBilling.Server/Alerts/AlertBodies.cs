using OrleansBilling.Domain.Alerts;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Alerts;

/// <summary>Makes an alert.</summary>
internal sealed record AlertBody
{
    /// <summary>The account that is watched, by id or external id. Or give <c>plan</c>.</summary>
    [Text(TextKind.Reference)]
    public string? Account { get; init; }

    /// <summary>The code of a plan: each subscription of it is watched, whatever its version.</summary>
    [Text(TextKind.Code)]
    public string? Plan { get; init; }

    /// <summary>What is watched: the quantity of a meter in the current period, what usage costs in it, or what a wallet has available.</summary>
    public required AlertKind Kind { get; init; }

    /// <summary>The code of the meter; with <c>usage</c>.</summary>
    [Text(TextKind.Code)]
    public string? Meter { get; init; }

    /// <summary>The id of a wallet of the account; with <c>balance</c>, each of its wallets unless given.</summary>
    [Text(TextKind.Reference)]
    public string? Wallet { get; init; }

    /// <summary>Quantities, minor units, or amounts of the wallet: usage and spend tell at or above one, a balance at or below it.</summary>
    [Entries(1, AlertRules.MaxThresholds), Decimal(OrWhole = true)]
    public required IReadOnlyList<decimal> Thresholds { get; init; }

    /// <summary>Whether each threshold tells once in every period, which it does unless false is given; else once for ever.</summary>
    public bool Recurring { get; init; } = true;

    /// <summary>
    /// With <c>spend</c>: whether a subscription is invoiced at once for what it has used so far when a threshold is reached. Of an account
    /// each of its subscriptions is.
    /// </summary>
    public bool Invoice { get; init; }

    /// <summary>Shown to people.</summary>
    [Text]
    public string? Name { get; init; }

    /// <summary>At most 50 pairs.</summary>
    [Entries(0, Limits.MetadataPairs, KeyLength = Limits.MetadataKeyLength), Text(Max = Limits.MetadataValueLength, Empty = true)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
