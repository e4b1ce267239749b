using OrleansBilling.Grains.Alerts;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;

namespace OrleansBilling.Grains.Schedule;

/// <summary>Finds the grain of a row of due work.</summary>
public static class DueTargets
{
    /// <summary>The grain type of subscriptions.</summary>
    public const string Subscription = "subscription";

    /// <summary>The grain type of invoices.</summary>
    public const string Invoice = "invoice";

    /// <summary>The grain type of wallets.</summary>
    public const string Wallet = "wallet";

    /// <summary>The grain type of what bills the gathered lines of an account.</summary>
    public const string Gathering = "gathering";

    /// <summary>The grain type of migrations to another plan version.</summary>
    public const string PlanMigration = "plan_migration";

    /// <summary>The grain type of an alert, of a plan: it asks for looks at those who have the plan.</summary>
    public const string Alert = "alert";

    /// <summary>The grain type of an account's alerts.</summary>
    public const string Alerts = "alerts";

    /// <summary>
    /// The grain type of the wallets of an account together. In the order of rows it comes after all others, since turns ask for it after
    /// they have written theirs.
    /// </summary>
    public const string Wallets = "wallets";

    /// <summary>The grain that a row is for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No grain of this release has such rows.</exception>
    public static IDueGrain Of(IGrainFactory grains, DueKey key) => key.GrainType switch
    {
        Subscription => grains.GetGrain<ISubscriptionGrain>(key.GrainKey),
        Invoice => grains.GetGrain<IInvoiceGrain>(key.GrainKey),
        Wallet => grains.GetGrain<IWalletGrain>(key.GrainKey),
        Gathering => grains.GetGrain<IGatheringGrain>(key.GrainKey),
        Alert => grains.GetGrain<IAlertGrain>(key.GrainKey),
        Alerts => grains.GetGrain<IAccountAlertsGrain>(key.GrainKey),
        Wallets => grains.GetGrain<IAccountWalletsGrain>(key.GrainKey),
        PlanMigration => grains.GetGrain<IPlanMigrationGrain>(key.GrainKey),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key.GrainType, "No grain of this release has such due work."),
    };
}
