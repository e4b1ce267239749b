using System.Diagnostics;
using System.Runtime.InteropServices;

namespace OrleansBilling.Benchmarks.Measure;

/// <summary>
/// Waits for instants of a stopwatch, to a tenth of a millisecond and asleep. A timer of the runtime is late by a millisecond or more, which would
/// be counted as the server's; to spin until the instant would take the server's cores.
/// </summary>
internal static class Pace
{
    // Longer sleeps are cut, so that a cancellation is heard.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    /// <summary>Blocks the calling thread until the stopwatch shows an instant; returns at once where it is past.</summary>
    public static void WaitUntil(Stopwatch watch, TimeSpan instant, CancellationToken cancellation)
    {
        while (instant - watch.Elapsed is { Ticks: > 0 } wait)
        {
            cancellation.ThrowIfCancellationRequested();
            _ = Sleep((uint)Math.Max(1, Math.Min(wait.TotalMicroseconds, Longest.TotalMicroseconds)));
        }
    }

    [DllImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sleep(uint microseconds);
}
