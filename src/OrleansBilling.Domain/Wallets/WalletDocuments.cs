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

    /// <summary>Wallets that documents have drawn on or given back to, and that have to hear of it: their due work is to be looked at.</summary>
    public ImmutableArray<WalletRef> Changed { get; init; } = [];

    /// <summary>True where there is nothing to write.</summary>
    public bool IsEmpty => Wallets.IsEmpty && Grants.IsEmpty && Holds.IsEmpty && Movements.IsEmpty;

    /// <summary>Both, in order; what the second writes of a grant that the first wrote becomes one write.</summary>
    public WalletDocuments And(WalletDocuments other) => other.IsEmpty ? this : new()
    {
        Wallets = Wallets.AddRange(other.Wallets),
        Grants = Chained(Grants, other.Grants),
        Holds = Holds.AddRange(other.Holds),
        Movements = Movements.AddRange(other.Movements),
        Changed = [.. Changed.Concat(other.Changed).Distinct()],
    };

    /// <summary>Grants as they stand once this is written.</summary>
    public ImmutableArray<PrepaidGrant> After(ImmutableArray<PrepaidGrant> held) => Grants.IsEmpty
        ? held
        : [.. held.Select(each => Grants.FirstOrDefault(write => write.Grant.Id == each.Grant.Id) is { } write ? each with { Grant = write.Grant } : each)];

    private static ImmutableArray<GrantWrite> Chained(ImmutableArray<GrantWrite> first, ImmutableArray<GrantWrite> second)
    {
        var writes = first.ToBuilder();
        foreach (var write in second)
        {
            var earlier = writes.FirstOrDefault(known => known.Grant == write.Before);
            if (earlier is null)
            {
                writes.Add(write);
            }
            else
            {
                writes[writes.IndexOf(earlier)] = earlier with { Grant = write.Grant, IsMove = earlier.IsMove && write.IsMove };
            }
        }

        return writes.DrainToImmutable();
    }
}

/// <summary>A wallet and its account.</summary>
/// <param name="Id"><c>wal_...</c></param>
/// <param name="Account">The account.</param>
public sealed record WalletRef(string Id, string Account);

/// <summary>Writes a grant: new where there was none before, else only over the row as it was seen.</summary>
/// <param name="Grant">As it shall be.</param>
/// <param name="Before">As it was seen; null for a new one. The commit is refused (<c>wallet</c>) where the row differs.</param>
public sealed record GrantWrite(Grant Grant, Grant? Before)
{
    /// <summary>
    /// True where what remains and is deferred is moved by the difference of the two, whatever holds and other uses have done
    /// meanwhile: status and cycle must be as they were seen, and what is held must stay there. An invoice is then not decided
    /// again for each hold that comes in between.
    /// </summary>
    public bool IsMove { get; init; }

    /// <summary>The write as a move, where it changes nothing else.</summary>
    public GrantWrite AsMove() => Before is { } seen && seen with { Remaining = Grant.Remaining, Deferred = Grant.Deferred, Provisional = Grant.Provisional } == Grant ? this with { IsMove = true } : this;
}

/// <summary>Writes a hold.</summary>
/// <param name="Hold">As it shall be.</param>
/// <param name="IsNew">False ends a hold, which must still be held.</param>
public sealed record HoldWrite(Hold Hold, bool IsNew);
