using NodaTime;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Wallets;

/// <summary>
/// Looks at what usage that is not billed yet has used of an account's wallets, when a row of due work asks for it. Key:
/// <c>wallets_</c> + the account's id.
/// </summary>
[Alias("OrleansBilling.IAccountWalletsGrain")]
public interface IAccountWalletsGrain : IDueGrain;

/// <summary>The row that asks for a look at an account's wallets.</summary>
public static class AccountWallets
{
    /// <summary>The grain key of an account's wallets.</summary>
    public static string KeyOf(string account) => "wallets_" + account;

    /// <summary>The row's key.</summary>
    public static DueKey RowOf(string account) => new(DueTargets.Wallets, KeyOf(account), DueKind.UsageBurn);

    /// <summary>Asks for a look, at once.</summary>
    /// <param name="account">The account that pays.</param>
    /// <param name="clock"><c>live</c>, or the id of a test clock.</param>
    /// <param name="now">On that clock.</param>
    public static DueWrite Due(string account, string clock, Instant now) => new(RowOf(account), account, clock, now);
}
