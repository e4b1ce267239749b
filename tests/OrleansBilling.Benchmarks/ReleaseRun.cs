using System.Diagnostics;
using System.Runtime.InteropServices;

namespace OrleansBilling.Benchmarks;

/// <summary>Builds and runs this program in Release where it was started as built for debugging.</summary>
internal static class ReleaseRun
{
    /// <summary>Whether this program was built for debugging.</summary>
    public static bool IsDebug
    {
        get
        {
#if DEBUG
            return true;
#else
            return false;
#endif
        }
    }

    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Runs the same command line by <c>dotnet run -c Release</c>.</summary>
    /// <returns>Its exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        Console.Error.WriteLine("warning: built for debugging; building and running in Release instead (dotnet run -c Release)");
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false };
        foreach (var argument in new[] { "run", "-c", "Release", "-v", "q", "--project", Path.Combine(Root, "tests", "OrleansBilling.Benchmarks"), "--" }.Concat(args))
        {
            start.ArgumentList.Add(argument);
        }

        // Ctrl-C reaches both of us; the run itself cleans up, and we wait for it.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
        using var process = Process.Start(start) ?? throw new BenchmarkException("dotnet cannot be started.");
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OrleansBilling.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new BenchmarkException("The solution is not found above this program; run it from a clone.");
    }
}
