using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;
using Orleans.Dashboard;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.DueWork;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Infrastructure.Postgres.Orleans;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Server.Hosting;

/// <summary>Makes the process a member of the cluster, or a client of it.</summary>
public static class SiloHosting
{
    /// <summary>The ports of this process between silos: the configured ones, else those kept in the data directory.</summary>
    public static async Task<SiloPorts> ResolvePortsAsync(BillingOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        if (options is { SiloPort: { } silo, GatewayPort: { } gateway })
        {
            return new SiloPorts(silo, gateway);
        }

        var kept = await new PortsFile(options.DataDirectory, logger).ClaimSiloAsync(options.Silo, cancellationToken);
        return new SiloPorts(options.SiloPort ?? kept.Silo, options.GatewayPort ?? kept.Gateway);
    }

    /// <summary>
    /// Marks the silos of this data directory that are known to have ended as dead, so that a start after a crash of
    /// several processes waits for none of them. Silos on other machines are left to the cluster's own judgement.
    /// </summary>
    public static async Task BuryGhostsAsync(BillingOptions options, BillingDatabase database, ILogger logger, CancellationToken cancellationToken)
    {
        if (options.AdvertisedAddress is not null || !options.HasSilo)
        {
            return;
        }

        foreach (var (number, ports) in new PortsFile(options.DataDirectory, logger).KeptSilos.Where(k => k.Key != options.Silo))
        {
            await ProcessSlot.WhileGoneAsync(options.DataDirectory, number, async () =>
            {
                var buried = await GhostMembers.BuryAsync(database, options.ClusterId, IPAddress.Loopback.ToString(), ports.Silo, cancellationToken);
                if (buried > 0)
                {
                    logger.LogInformation("Process {Number} has ended without leaving the cluster; it is marked as dead", number);
                }
            });
        }
    }

    /// <summary>Adds the silo, or in a process without the role <c>silo</c> a client of the cluster.</summary>
    public static WebApplicationBuilder AddBillingSilo(
        this WebApplicationBuilder builder, BillingOptions options, BillingDatabase database, SiloPorts ports)
    {
        builder.Services.Configure<ClusterOptions>(o =>
        {
            o.ClusterId = options.ClusterId;
            o.ServiceId = options.ServiceId;
        });
        if (!options.HasSilo)
        {
            builder.UseOrleansClient(client => client
                .UseBillingPostgres(database.ConnectionString)
                .AddBillingSerialization()
                .UseConnectionRetryFilter(RetryAsync)
                .AddDashboard());
            return builder;
        }

        var address = Advertised(options.AdvertisedAddress);
        builder.UseOrleans(silo => silo
            .UseBillingPostgres(database.ConnectionString)
            .AddBillingTurns(database.ConnectionString, new TurnOptions
            {
                Committer = options.Committer,
                GroupSize = options.Turns.GroupSize,
                GroupsInFlight = options.Turns.GroupsInFlight,
            })
            .AddBillingSchedule(options.Schedule)
            .ConfigureEndpoints(address, ports.Silo, ports.Gateway, listenOnAnyHostAddress: !IPAddress.IsLoopback(address))
            .AddDashboard()
            .Configure<SiloOptions>(o => o.SiloName = $"{Environment.MachineName}-{options.Silo}"));
        return builder;
    }

    // A process without a silo may be started before the first silo, and waits for it.
    private static async Task<bool> RetryAsync(Exception exception, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        return true;
    }

    // A host name is resolved once, at the start: members of the cluster know each other by address.
    private static IPAddress Advertised(string? address)
    {
        if (address is null)
        {
            return IPAddress.Loopback;
        }

        if (IPAddress.TryParse(address, out var parsed))
        {
            return parsed;
        }

        try
        {
            return Dns.GetHostAddresses(address, AddressFamily.InterNetwork).FirstOrDefault()
                ?? throw new StartException($"Billing__AdvertisedAddress is {address}, which has no IPv4 address. Use an address, or a name that other silos can resolve.");
        }
        catch (SocketException e)
        {
            throw new StartException($"Billing__AdvertisedAddress is {address}, which cannot be resolved: {e.Message}. Use an address, or a name that other silos can resolve.", e);
        }
    }
}
