using System.Collections.Immutable;

namespace OrleansBilling.Domain.Wallets;

/// <summary>What a decision writes about wallets: part of its documents, committed with them.</summary>
public sealed record WalletDocuments
{
    /// <summary>Nothing.</summary>
    public static WalletDocuments None { get; } = new();

    /// <summary>Settings, new or changed.</summary>
    public ImmutableArray<Wallet> Wallets { get; init; } = [];

    /// <summary>Grants, new or changed.</summary>
    public ImmutableArray<GrantWrite> Grants { get; init; } = [];

    /// <summary>Holds, new or ended.</summary>
    public ImmutableArray<HoldWrite> Holds { get; init; } = [];

    /// <summary>Movements; only ever added.</summary>
    public ImmutableArray<WalletMovement> Movements { get; init; } = [];

    /// <summary>True where there is nothing to write.</summary>
    public bool IsEmpty => Wallets.IsEmpty && Grants.IsEmpty && Holds.IsEmpty && Movements.IsEmpty;

    /// <summary>Both, in order.</summary>
    public WalletDocuments And(WalletDocuments other) => other.IsEmpty ? this : new()
    {
        Wallets = Wallets.AddRange(other.Wallets),
        Grants = Grants.AddRange(other.Grants),
        Holds = Holds.AddRange(other.Holds),
        Movements = Movements.AddRange(other.Movements),
    };
}

/// <summary>Writes a grant: new where there was none before, else only over the row as it was seen.</summary>
/// <param name="Grant">As it shall be.</param>
/// <param name="Before">As it was seen; null for a new one. The commit is refused (<c>wallet</c>) where the row differs.</param>
public sealed record GrantWrite(Grant Grant, Grant? Before);

/// <summary>Writes a hold.</summary>
/// <param name="Hold">As it shall be.</param>
/// <param name="IsNew">False ends a hold, which must still be held.</param>
public sealed record HoldWrite(Hold Hold, bool IsNew);
