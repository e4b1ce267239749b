using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Alerts;

/// <summary>Looks at what the alerts of one account watch, when a row of due work asks for it. Key: <c>alerts_</c> + the account's id.</summary>
[Alias("OrleansBilling.IAccountAlertsGrain")]
public interface IAccountAlertsGrain : IDueGrain;

/// <summary>The row that asks for a look at an account's alerts.</summary>
public static class AccountAlerts
{
    /// <summary>The grain key of an account's alerts.</summary>
    public static string KeyOf(string account) => "alerts_" + account;

    /// <summary>Asks for a look, at once.</summary>
    public static DueWrite Due(AccountFacts account, Instant now) => Due(account.Account, account.Clock, now);

    /// <summary>Asks for a look, at once.</summary>
    public static DueWrite Due(string account, string clock, Instant now) =>
        new(new DueKey(DueTargets.Alerts, KeyOf(account), DueKind.AlertCheck), account, clock, now);
}
