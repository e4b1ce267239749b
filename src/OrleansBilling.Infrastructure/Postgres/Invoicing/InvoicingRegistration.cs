using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Grains.Wallets;
using OrleansBilling.Infrastructure.Pdf;
using OrleansBilling.Infrastructure.Postgres.Catalog;
using OrleansBilling.Infrastructure.Postgres.Payments;
using OrleansBilling.Infrastructure.Postgres.Wallets;

namespace OrleansBilling.Infrastructure.Postgres.Invoicing;

/// <summary>Registers what the grains of invoices need beside turns, facts and the attempt gate.</summary>
public static class InvoicingRegistration
{
    /// <summary>Adds the readers of invoices and payment methods, and the calls of gateways.</summary>
    public static IServiceCollection AddInvoices(this IServiceCollection services)
    {
        services.AddSingleton<IInvoiceRows, PostgresInvoiceRows>();
        services.AddSingleton<ICreditableInvoices, PostgresCreditableInvoices>();
        services.AddSingleton<ICreditNoteRows, PostgresCreditNoteRows>();
        services.AddSingleton<IPendingLines, PostgresPendingLines>();
        services.AddSingleton<IGatheredLines, PostgresGatheredLines>();
        services.AddSingleton<IPaidLines, PostgresPaidLines>();
        services.TryAddSingleton<ICoupons, PostgresCoupons>();
        services.AddSingleton<IPaymentMethods, PostgresPaymentMethods>();
        services.AddSingleton<InvoicePapers>();
        services.AddSingleton<PaymentGateways>();
        services.AddSingleton<GatewayCalls>();
        return services;
    }
}
