using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Wallets;

/// <summary>Reads wallets from their rows, which are the state of their grains.</summary>
public interface IWalletRows
{
    /// <summary>
    /// What a turn needs: settings, living grants, holds that have run out at <paramref name="now"/> and the named one. Null
    /// where there is no such wallet. Reads of the moment share one query.
    /// </summary>
    Task<WalletState?> FindAsync(string wallet, Instant now, string? hold);

    /// <summary>What a command's turn needs, in the same query: whether the command is known, and the wallet with the facts of its account.</summary>
    Task<WalletRead> ReadAsync(string wallet, Instant now, string? hold, CommandKey key);

    /// <summary>How many wallets an account has.</summary>
    Task<int> CountAsync(string account);

    /// <summary>The row <c>wallet_changed</c> as it stands, to be deleted only as it was seen; null where there is none.</summary>
    Task<SeenRow?> ChangedRowAsync(string wallet);
}

/// <summary>What a command's turn has read.</summary>
/// <param name="Known">The row of the command's key, or null where the key is new.</param>
/// <param name="State">As <see cref="IWalletRows.FindAsync"/> gives it; null where there is no such wallet.</param>
/// <param name="Account">The facts of the wallet's account; null where there is no such wallet.</param>
public sealed record WalletRead(CommandRecord? Known, WalletState? State, AccountFacts? Account);
