using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Storage;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Sellers;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Facts;
using OrleansBilling.Infrastructure.Postgres.Sellers;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>Registers the committer, the storage of grains that work in turns, and the reads that turns need.</summary>
public static class BillingTurns
{
    /// <summary>
    /// The reads that silo and front end share: <see cref="IClocks"/>, <see cref="IBillingFacts"/>, <see cref="ICommandLog"/>,
    /// <see cref="IAttemptGate"/>, <see cref="IInvoiceNumbers"/>. Needs a <see cref="BillingDatabase"/>; takes <see cref="TimeProvider.System"/> unless another one is there.
    /// </summary>
    public static IServiceCollection AddBillingReads(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<TurnDatabase>();
        services.TryAddSingleton<IClocks, Clocks>();
        services.TryAddSingleton<IBillingFacts, BillingFactsRows>();
        services.TryAddSingleton<ICommandLog, CommandLog>();
        services.TryAddSingleton<IAttemptGate, AttemptGate>();
        services.TryAddSingleton<IInvoiceNumbers, PostgresInvoiceNumbers>();
        return services;
    }

    /// <summary>
    /// The committer and storage <see cref="TurnGrain.Storage"/> of a silo. Needs a <see cref="BillingDatabase"/> whose connection
    /// string is <paramref name="connectionString"/>, character by character.
    /// </summary>
    public static ISiloBuilder AddBillingTurns(this ISiloBuilder silo, string connectionString, TurnOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.GroupSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.GroupSize, 4096);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.GroupsInFlight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.GroupsInFlight, 4);
        silo.Services.AddBillingReads();
        silo.Services.AddSingleton(options);
        silo.Services.AddSingleton<NumberSignal>();
        silo.AddBillingSerialization();
        if (options.Committer is CommitterKind.Scoped)
        {
            silo.Services.AddSingleton<ITurnCommitter, ScopedTurnCommitter>();
            return silo.AddAdoNetGrainStorage(TurnGrain.Storage, o =>
            {
                o.Invariant = "Npgsql";
                o.ConnectionString = connectionString;
                o.GrainStorageSerializer = BillingStateSerializer.Instance;
            });
        }

        silo.Services.AddSingleton<GroupedTurnCommitter>();
        silo.Services.AddSingleton<ITurnCommitter>(provider => provider.GetRequiredService<GroupedTurnCommitter>());
        silo.Services.AddSingleton<GrainStateReads>();
        silo.Services.AddKeyedSingleton<IGrainStorage>(TurnGrain.Storage, (provider, _) => new GroupedGrainStorage(
            provider.GetRequiredService<GroupedTurnCommitter>(),
            provider.GetRequiredService<GrainStateReads>(),
            provider.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId,
            provider.GetRequiredService<IClocks>()));
        return silo;
    }
}
