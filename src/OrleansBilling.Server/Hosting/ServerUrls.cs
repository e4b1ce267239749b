using System.Net;
using Microsoft.AspNetCore.Http;
using OrleansBilling.Infrastructure.Postgres.Embedded;

namespace OrleansBilling.Server.Hosting;

/// <summary>Where a process answers HTTP.</summary>
public static class ServerUrls
{
    /// <summary>Where the first process answers unless ASPNETCORE_URLS says otherwise.</summary>
    public const string Default = "http://127.0.0.1:5080";

    /// <summary>The addresses of process <paramref name="number"/>: the configured ones, each port plus number - 1. Port 0 (any) stays.</summary>
    /// <exception cref="StartException">An address cannot be understood, or a port passes 65535.</exception>
    public static IReadOnlyList<string> For(IConfiguration configuration, int number)
    {
        var configured = configuration["urls"] is { Length: > 0 } urls ? urls : Default;
        return [.. configured.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(url => Moved(url, number - 1))];
    }

    /// <summary>Refuses a start whose ports are in use, before anything else is started.</summary>
    /// <exception cref="StartException">A port is in use; the message says which and how to choose another.</exception>
    public static void RequireFree(IEnumerable<string> urls)
    {
        foreach (var address in urls.Select(BindingAddress.Parse).Where(a => a is { IsUnixPipe: false, Port: > 0 }))
        {
            var ip = IPAddress.TryParse(address.Host, out var parsed) ? parsed
                : string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback : IPAddress.Any;
            if (!PortsFile.IsFree(ip, address.Port))
            {
                throw new StartException(
                    $"Port {address.Port} on {address.Host} is in use by another program (or cannot be opened by this user). " +
                    $"End that program, or choose another address, for example ASPNETCORE_URLS=http://127.0.0.1:{Math.Min(address.Port + 1000, 65_000)}");
            }
        }
    }

    private static string Moved(string url, int by)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException e)
        {
            throw new StartException($"ASPNETCORE_URLS has '{url}', which is no address. Use the form {Default}.", e);
        }

        if (by == 0 || address.IsUnixPipe || address.Port == 0)
        {
            return url;
        }

        var port = address.Port + by;
        return port <= IPEndPoint.MaxPort
            ? $"{address.Scheme}://{address.Host}:{port}{address.PathBase}"
            : throw new StartException($"Process {by + 1} would listen on port {port}. Choose a lower port by ASPNETCORE_URLS.");
    }
}
