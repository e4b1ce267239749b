using System.Collections.Immutable;
using NodaTime;

namespace OrleansBilling.Domain.Wallets;

/// <summary>
/// The order in which grants are used: lower priority number first (wallets, then grants), then the earliest expiry, then
/// the oldest (rules.md, "Prepaid credits"). Ids settle what is left, so that the order is total.
/// </summary>
public static class BurnOrder
{
    /// <summary>The grants of one wallet in the order of use.</summary>
    public static ImmutableArray<Grant> Of(IEnumerable<Grant> grants) => [.. grants.Order(Comparer)];

    /// <summary>The grants of several wallets in the order of use.</summary>
    public static ImmutableArray<(Wallet Wallet, Grant Grant)> Of(IEnumerable<(Wallet Wallet, Grant Grant)> grants) =>
    [
        .. grants.OrderBy(pair => pair.Wallet.Priority).ThenBy(pair => pair.Grant, Comparer),
    ];

    /// <summary>Compares two grants of one wallet.</summary>
    public static IComparer<Grant> Comparer { get; } = Comparer<Grant>.Create(static (a, b) =>
    {
        var order = a.Priority.CompareTo(b.Priority);
        order = order != 0 ? order : (a.ExpiresAt ?? Instant.MaxValue).CompareTo(b.ExpiresAt ?? Instant.MaxValue);
        order = order != 0 ? order : a.CreatedAt.CompareTo(b.CreatedAt);
        return order != 0 ? order : string.CompareOrdinal(a.Id, b.Id);
    });
}
