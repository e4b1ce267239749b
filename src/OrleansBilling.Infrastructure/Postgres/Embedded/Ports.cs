using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>The ports between the silos of one process number.</summary>
/// <param name="Silo">Where other silos call.</param>
/// <param name="Gateway">Where clients without a silo call.</param>
public sealed record SiloPorts(int Silo, int Gateway);

/// <summary>
/// The ports of a data directory, kept in its <c>ports.json</c> from the first start on. A restarted process that
/// comes back on its own address is let in at once; on a new address it would wait until its ghost is declared dead.
/// </summary>
public sealed class PortsFile(string dataDirectory, ILogger logger)
{
    // Below the range from which systems take the ports of outgoing connections.
    private const int Lowest = 20_000;
    private const int Highest = 32_000;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _path = Path.Combine(dataDirectory, "ports.json");

    /// <summary>The database's port: the kept one, or a free one where none is kept or another program has taken it.</summary>
    /// <remarks>Call it only while the database does not run.</remarks>
    public Task<int> ClaimPostgresAsync(CancellationToken cancellationToken) => ChangeAsync(
        kept =>
        {
            if (kept.Postgres is not { } port || Taken(port, "the database"))
            {
                kept.Postgres = Pick(kept);
            }

            return kept.Postgres.Value;
        },
        cancellationToken);

    /// <summary>The database's port as kept, or null before the first start.</summary>
    public int? KeptPostgres => Read().Postgres;

    /// <summary>The ports kept for every process number so far.</summary>
    public IReadOnlyDictionary<int, SiloPorts> KeptSilos => Read().Silos;

    /// <summary>The ports of process <paramref name="number"/>: the kept ones, or free ones where none are kept or another program has taken one.</summary>
    /// <remarks>Call it only while holding that process number (<see cref="FileLock"/>).</remarks>
    public Task<SiloPorts> ClaimSiloAsync(int number, CancellationToken cancellationToken) => ChangeAsync(
        kept =>
        {
            kept.Silos.TryGetValue(number, out var old);
            var silo = old is null || Taken(old.Silo, $"silo {number}") ? (int?)null : old.Silo;
            var gateway = old is null || Taken(old.Gateway, $"the gateway of silo {number}") ? (int?)null : old.Gateway;
            silo ??= Pick(kept);
            gateway ??= Pick(kept, silo.Value);
            return kept.Silos[number] = new SiloPorts(silo.Value, gateway.Value);
        },
        cancellationToken);

    /// <summary>Whether a port can be listened on.</summary>
    public static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            // As Kestrel and Orleans do: connections of an ended server that still close are no obstacle.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private bool Taken(int port, string user)
    {
        if (IsFree(IPAddress.Loopback, port))
        {
            return false;
        }

        logger.LogWarning("Port {Port}, kept for {User}, is used by another program; another port is taken", port, user);
        return true;
    }

    private static int Pick(Kept kept, int? besides = null)
    {
        for (var i = 0; i < 1_000; i++)
        {
            var port = RandomNumberGenerator.GetInt32(Lowest, Highest);
            var known = port == kept.Postgres || port == besides || kept.Silos.Values.Any(s => s.Silo == port || s.Gateway == port);
            if (!known && IsFree(IPAddress.Any, port))
            {
                return port;
            }
        }

        throw new EmbeddedPostgresException($"No free port was found between {Lowest} and {Highest}. End what uses them.");
    }

    private async Task<T> ChangeAsync<T>(Func<Kept, T> change, CancellationToken cancellationToken)
    {
        using var held = await FileLock.TakeAsync(_path + ".lock", TimeSpan.FromSeconds(30), cancellationToken);
        var kept = Read();
        var result = change(kept);
        var fresh = _path + ".new";
        await File.WriteAllTextAsync(fresh, JsonSerializer.Serialize(kept, Format) + "\n", cancellationToken);
        File.Move(fresh, _path, overwrite: true);
        return result;
    }

    private Kept Read()
    {
        if (!File.Exists(_path))
        {
            return new Kept();
        }

        try
        {
            return JsonSerializer.Deserialize<Kept>(File.ReadAllText(_path), Format) ?? new Kept();
        }
        catch (JsonException e)
        {
            throw new EmbeddedPostgresException($"{_path} cannot be read: {e.Message} Delete it while nothing runs: the next start picks new ports.", e);
        }
    }

    private sealed class Kept
    {
        public int? Postgres { get; set; }

        public SortedDictionary<int, SiloPorts> Silos { get; init; } = [];
    }
}
