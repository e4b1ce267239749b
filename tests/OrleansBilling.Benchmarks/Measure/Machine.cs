using System.Runtime.InteropServices;

namespace OrleansBilling.Benchmarks.Measure;

/// <summary>Names the machine that figures are of.</summary>
internal static class Machine
{
    /// <summary>Cores, memory, system, runtime.</summary>
    public static string Describe() =>
        $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
}
