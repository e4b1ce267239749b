using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Accounts;
using OrleansBilling.Server.Alerts;
using OrleansBilling.Server.Catalog;
using OrleansBilling.Server.Dunning;
using OrleansBilling.Server.Entitlements;
using OrleansBilling.Server.Invoicing;
using OrleansBilling.Server.Keys;
using OrleansBilling.Server.Ledger;
using OrleansBilling.Server.Metering;
using OrleansBilling.Server.Payments;
using OrleansBilling.Server.Quotes;
using OrleansBilling.Server.Schedule;
using OrleansBilling.Server.Sellers;
using OrleansBilling.Server.Subscriptions;
using OrleansBilling.Server.Wallets;
using OrleansBilling.Server.Webhooks;

namespace OrleansBilling.Server.Http;

/// <summary>Every endpoint of the API; each room adds a line.</summary>
public static class ApiEndpoints
{
    /// <summary>What the endpoints read with.</summary>
    internal static void AddQueries(IServiceCollection services) => services
        .AddSingleton<GrainRows>()
        .AddSingleton<ApiKeyStore>()
        .AddSingleton<CommandWork>()
        .AddSingleton<NameQueries>()
        .AddSingleton<CatalogQueries>()
        .AddSingleton<PlanMigrationQueries>()
        .AddSingleton<MeterQueries>()
        .AddSingleton<CouponQueries>()
        .AddSingleton<UsageRoom>()
        .AddSingleton<AccountQueries>()
        .AddSingleton<PendingLineQueries>()
        .AddSingleton<SubscriptionQueries>()
        .AddSingleton<InvoiceQueries>()
        .AddSingleton<EventQueries>()
        .AddSingleton<LedgerQueries>()
        .AddSingleton<WalletQueries>()
        .AddSingleton<AlertQueries>()
        .AddSingleton<WorkItemQueries>()
        .AddSingleton<ClockQueries>()
        .AddSingleton<DunningQueries>()
        .AddSingleton<LegalEntityQueries>();

    /// <summary>Maps them.</summary>
    /// <param name="routes">Where.</param>
    /// <param name="sandbox">Whether test clocks and the sandbox gateway exist; elsewhere their addresses answer 404.</param>
    public static void MapBillingApi(this IEndpointRouteBuilder routes, bool sandbox)
    {
        PlanEndpoints.Map(routes);
        PlanMigrationEndpoints.Map(routes);
        MeterEndpoints.Map(routes);
        CouponEndpoints.Map(routes);
        AccountEndpoints.Map(routes);
        PaymentMethodEndpoints.Map(routes);
        PendingLineEndpoints.Map(routes);
        AccountHistoryEndpoints.Map(routes);
        SubscriptionEndpoints.Map(routes);
        EntitlementEndpoints.Map(routes);
        SubscriptionLifeEndpoints.Map(routes);
        ItemEndpoints.Map(routes);
        SubscriptionCouponEndpoints.Map(routes);
        QuoteEndpoints.Map(routes);
        InvoiceQuoteEndpoint.Map(routes);
        InvoiceEndpoints.Map(routes);
        CreditNoteEndpoints.Map(routes);
        PaymentEndpoints.Map(routes);
        WalletEndpoints.Map(routes);
        HoldEndpoints.Map(routes);
        AlertEndpoints.Map(routes);
        DunningEndpoints.Map(routes);
        LegalEntityEndpoints.Map(routes);
        EventEndpoints.Map(routes);
        LedgerEndpoints.Map(routes);
        WorkItemEndpoints.Map(routes);
        ApiKeyEndpoints.Map(routes);
        UsageEndpoints.Map(routes);
        UsageReadEndpoints.Map(routes);
        UsageCheckEndpoints.Map(routes);
        UsageCorrectionEndpoints.Map(routes);
        if (sandbox)
        {
            TestClockEndpoints.Map(routes);
            SandboxEndpoints.Map(routes);
        }
    }
}
