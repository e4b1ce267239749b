using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Alerts;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Entitlements;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Sellers;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Wallets;
using OrleansBilling.Infrastructure.Postgres.Accounts;
using OrleansBilling.Infrastructure.Postgres.Alerts;
using OrleansBilling.Infrastructure.Postgres.Catalog;
using OrleansBilling.Infrastructure.Postgres.Invoicing;
using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Infrastructure.Postgres.Sellers;
using OrleansBilling.Infrastructure.Postgres.Subscriptions;
using OrleansBilling.Infrastructure.Postgres.Wallets;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Sandbox;

namespace OrleansBilling.Server.Hosting;

/// <summary>What the rooms' grains and endpoints read with, beside turns.</summary>
public static class RoomsHosting
{
    /// <summary>Adds the readers of every room; the same in processes with and without a silo.</summary>
    public static WebApplicationBuilder AddBillingRooms(this WebApplicationBuilder builder, BillingOptions options)
    {
        builder.Services.AddBillingReads();
        builder.Services.AddSingleton<ICatalog, PostgresCatalog>();
        builder.Services.AddSingleton<ICoupons, PostgresCoupons>();
        builder.Services.AddSingleton<IPlanSubscribers, PostgresPlanSubscribers>();
        builder.Services.AddSingleton<IAccountUse, PostgresAccountUse>();
        builder.Services.AddSingleton<ILegalEntities, PostgresLegalEntities>();
        builder.Services.AddSingleton<ICollectionStandings, PostgresCollectionStandings>();
        builder.Services.AddSingleton<IWalletRows, PostgresWalletRows>();
        builder.Services.AddSingleton<IUnbilledUsage, PostgresUnbilledUsage>();
        builder.Services.AddSingleton<IAlertRows, PostgresAlertRows>();
        builder.Services.AddSingleton<AlertValues>();
        builder.Services.AddSingleton<EntitlementReads>();
        builder.Services.AddInvoices();
        builder.Services.AddBillingUsage(options.Usage, takesEvents: options.HasApi, rollsUp: options.HasSilo);
        if (options.SandboxEnabled)
        {
            builder.Services.AddSandboxGateway();
        }

        return builder;
    }
}
