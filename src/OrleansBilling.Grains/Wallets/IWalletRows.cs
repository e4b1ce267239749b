using NodaTime;
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

    /// <summary>How many wallets an account has.</summary>
    Task<int> CountAsync(string account);

    /// <summary>The row <c>wallet_changed</c> as it stands, to be deleted only as it was seen; null where there is none.</summary>
    Task<SeenRow?> ChangedRowAsync(string wallet);
}
