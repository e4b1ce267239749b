using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Sellers;

namespace OrleansBilling.Infrastructure.Postgres.DueWork;

/// <summary>Registers the schedule of a silo.</summary>
public static class BillingSchedule
{
    /// <summary>
    /// Due work, the runner and the loops that wake shards, have invoices numbered and clean up. Needs the reads of <c>AddBillingReads</c> and a reminder
    /// service.
    /// </summary>
    public static ISiloBuilder AddBillingSchedule(this ISiloBuilder silo, ScheduleOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxInFlight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.AccountsAtOnce, 1);
        silo.Services.AddSingleton(options);
        silo.Services.TryAddSingleton<IDueWork, PostgresDueWork>();
        silo.Services.TryAddSingleton<IDueTargets, ProductDueTargets>();
        silo.Services.AddSingleton<DueRunner>();
        silo.Services.AddHostedService<ScheduleWaker>();
        silo.Services.AddHostedService<CommandLogCleaner>();
        silo.Services.AddHostedService<NumberWaker>();
        return silo;
    }
}
