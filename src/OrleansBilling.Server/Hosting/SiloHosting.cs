using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;
using Orleans.Dashboard;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres;
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
            builder.UseOrleansClient(client => client.UseBillingPostgres(database.ConnectionString).AddBillingSerialization().AddDashboard());
            return builder;
        }

        var address = Advertised(options.AdvertisedAddress);
        builder.UseOrleans(silo => silo
            .UseBillingPostgres(database.ConnectionString)
            .AddBillingTurns(database.ConnectionString, new TurnOptions { Committer = options.Committer })
            .ConfigureEndpoints(address, ports.Silo, ports.Gateway, listenOnAnyHostAddress: !IPAddress.IsLoopback(address))
            .AddDashboard()
            .Configure<SiloOptions>(o => o.SiloName = $"{Environment.MachineName}-{options.Silo}"));
        return builder;
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
