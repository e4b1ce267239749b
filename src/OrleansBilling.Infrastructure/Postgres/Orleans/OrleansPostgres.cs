using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;

namespace OrleansBilling.Infrastructure.Postgres.Orleans;

/// <summary>Orleans on the product's database: membership, grain state and reminders, by migration 0001.</summary>
public static class OrleansPostgres
{
    /// <summary>The name of Orleans' stock grain storage.</summary>
    public const string StockStorage = "sql";

    private const string Invariant = "Npgsql";

    /// <summary>Keeps a silo's membership, stock grain state and reminders in the database.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="connectionString">The very string of <see cref="BillingDatabase.ConnectionString"/>.</param>
    public static ISiloBuilder UseBillingPostgres(this ISiloBuilder silo, string connectionString)
    {
        silo.UseAdoNetClustering(o =>
        {
            o.Invariant = Invariant;
            o.ConnectionString = connectionString;
        });
        silo.AddAdoNetGrainStorage(StockStorage, o =>
        {
            o.Invariant = Invariant;
            o.ConnectionString = connectionString;
        });
        silo.UseAdoNetReminderService(o =>
        {
            o.Invariant = Invariant;
            o.ConnectionString = connectionString;
        });
        silo.Services.Configure<ClusterMembershipOptions>(Tune);
        return silo;
    }

    /// <summary>Finds a cluster's gateways in the database.</summary>
    public static IClientBuilder UseBillingPostgres(this IClientBuilder client, string connectionString) =>
        client.UseAdoNetClustering(o =>
        {
            o.Invariant = Invariant;
            o.ConnectionString = connectionString;
        });

    /// <summary>
    /// Measured as a set: a killed silo is out after about 2 seconds, and a process that comes back on a new address
    /// waits about 10 seconds for its ghost. The price is one small update per silo and two seconds.
    /// </summary>
    public static void Tune(ClusterMembershipOptions options)
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(1);
        options.NumMissedProbesLimit = 3;
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
        options.NumMissedTableIAmAliveLimit = 3;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
    }
}
