using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Alerts;
using OrleansBilling.Infrastructure.Postgres.Metering.Billing;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;
using OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

namespace OrleansBilling.Infrastructure.Postgres.Metering;

/// <summary>Registers usage: its reads everywhere, the writer where events are taken, and the work behind them in silos.</summary>
public static class UsageRegistration
{
    /// <summary>Needs a <see cref="BillingDatabase"/> and the reads of <c>AddBillingReads</c>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">What is set.</param>
    /// <param name="takesEvents">Whether this process answers HTTP.</param>
    /// <param name="rollsUp">Whether this process is a silo.</param>
    public static IServiceCollection AddBillingUsage(this IServiceCollection services, UsageOptions options, bool takesEvents, bool rollsUp)
    {
        services.AddSingleton(options);
        services.AddSingleton<UsageDatabase>();
        services.AddSingleton<UsageDirectory>();
        services.AddSingleton<StrayEvents>();
        services.AddSingleton<UsageWriter>();
        services.AddSingleton<AlertMarks>();
        services.AddSingleton<UsageRoller>();
        services.AddSingleton<IUsageRollup>(provider => provider.GetRequiredService<UsageRoller>());
        services.AddSingleton<UsagePartitions>();
        services.AddSingleton<UsageReads>();
        services.AddSingleton<IUsage>(provider => provider.GetRequiredService<UsageReads>());
        services.AddSingleton<IUsageOwners, UsageOwners>();
        services.AddSingleton<ILateUsage, LateUsageReads>();
        services.AddSingleton<IUsagePieces, UsagePieceReads>();
        services.AddSingleton(provider => new UsageSumReads(
            provider.GetRequiredService<UsageDatabase>(), provider.GetRequiredService<UsageReads>(), options, provider.GetRequiredService<ICatalog>()));
        services.AddSingleton<UsageForBilling>();
        services.AddSingleton(provider => new UsageCorrections(provider.GetRequiredService<UsageDatabase>(), provider.GetRequiredService<UsageDirectory>(), provider.GetRequiredService<AlertMarks>()));
        services.AddSingleton<CorrectionQueries>();
        services.AddSingleton(provider => new UsageIntake(
            provider.GetRequiredService<UsageDirectory>(), provider.GetRequiredService<UsageWriter>(), provider.GetRequiredService<StrayEvents>(),
            options, provider.GetRequiredService<IClocks>()));
        services.AddSingleton<UsageReplay>();
        if (takesEvents)
        {
            services.AddHostedService(provider => provider.GetRequiredService<UsageWriter>());
        }

        if (rollsUp)
        {
            services.AddHostedService(provider => provider.GetRequiredService<UsageRoller>());
            services.AddHostedService(provider => provider.GetRequiredService<UsagePartitions>());
        }

        if (takesEvents || rollsUp)
        {
            services.AddHostedService<AlertWaker>();
        }

        return services;
    }
}
