using System.Globalization;
using OrleansBilling.Testing;

namespace OrleansBilling.Benchmarks.Measure;

/// <summary>What the server's runtime says of its memory, from its metrics.</summary>
internal sealed class RuntimeProfile
{
    private static readonly (string Name, string Prefix, double Scale)[] Metrics =
    [
        ("allocated MB", "dotnet_gc_heap_total_allocated_bytes_total", 1048576),
        ("collections gen0", "dotnet_gc_collections_total{otel_scope_name=\"System.Runtime\",gc_heap_generation=\"gen0\"", 1),
        ("gen1", "dotnet_gc_collections_total{otel_scope_name=\"System.Runtime\",gc_heap_generation=\"gen1\"", 1),
        ("gen2", "dotnet_gc_collections_total{otel_scope_name=\"System.Runtime\",gc_heap_generation=\"gen2\"", 1),
        ("paused s", "dotnet_gc_pause_time_seconds_total", 1),
        ("compiled methods", "dotnet_jit_compiled_methods_total", 1),
        ("compiling s", "dotnet_jit_compilation_time_seconds_total", 1),
        ("exceptions", "dotnet_exceptions_total", 1),
        ("contended locks", "dotnet_monitor_lock_contentions_total", 1),
    ];

    private readonly ServerProcess _server;
    private readonly double[] _before;

    private RuntimeProfile(ServerProcess server, double[] before)
    {
        _server = server;
        _before = before;
    }

    /// <summary>Begins to count.</summary>
    public static async Task<RuntimeProfile> BeginAsync(ServerProcess server, CancellationToken cancellation) =>
        new(server, await ReadAsync(server, cancellation));

    /// <summary>Prints what has been added.</summary>
    public async Task PrintAsync(CancellationToken cancellation)
    {
        var after = await ReadAsync(_server, cancellation);
        Console.WriteLine("    runtime: " + string.Join(", ", Metrics.Select((metric, i) => FormattableString.Invariant($"{metric.Name} {after[i] - _before[i]:0.##}"))));
    }

    private static async Task<double[]> ReadAsync(ServerProcess server, CancellationToken cancellation)
    {
        var lines = (await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellation)).Split('\n');
        return [.. Metrics.Select(metric => lines.Where(line => line.StartsWith(metric.Prefix, StringComparison.Ordinal)).Sum(Value) / metric.Scale)];
    }

    // name{labels} value [timestamp]
    private static double Value(string line)
    {
        var from = line.Contains('}', StringComparison.Ordinal) ? line.IndexOf('}', StringComparison.Ordinal) + 1 : line.IndexOf(' ', StringComparison.Ordinal);
        return double.TryParse(line[from..].Trim().Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }
}
