using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Testing;

namespace OrleansBilling.Benchmarks.Measure;

/// <summary>The product's server as a process of its own, as <c>deploy/run</c> starts it: silo and API, built in Release.</summary>
internal static class ServerUnderTest
{
    /// <summary>Its admin key.</summary>
    public const string Key = "ob_test_benchmark_only_key";

    /// <summary>Starts it on the cluster's database and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(BenchmarkCluster cluster, IReadOnlyDictionary<string, string> settings, CancellationToken cancellation)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DOTNET_GCgen0size"] = "0x10000000",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Billing__Sandbox"] = "true",
            ["Billing__BootstrapApiKey"] = Key,
        };
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        var server = ServerProcess.Start(cluster.DataDirectory, ServerProcess.FreePort(), environment: environment);
        try
        {
            await server.WaitUntilReadyAsync().WaitAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it in order, or by force where that takes too long.</summary>
    public static async Task StopAsync(ServerProcess server)
    {
        try
        {
            await server.StopAsync();
        }
        catch (InvalidOperationException)
        {
            await server.KillAsync();
        }
    }
}
