using System.Diagnostics;
using System.Globalization;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>A PostgreSQL of one's own whose processes are stopped in the middle of what they do: it takes connections and answers nothing.</summary>
internal sealed class FrozenCluster : IAsyncDisposable
{
    private readonly ScratchCluster _cluster = new("frozen");
    private readonly List<int> _stopped = [];
    private int _postmaster;

    /// <summary>Makes a database of its own.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var connection = await _cluster.CreateDatabaseAsync();
        var directory = (await _cluster.StartAsync()).ClusterDirectory;
        _postmaster = int.Parse((await File.ReadAllLinesAsync(Path.Combine(directory, "postmaster.pid")))[0], CultureInfo.InvariantCulture);
        return connection;
    }

    /// <summary>Stops the postmaster, which then makes no further process, and each of its processes.</summary>
    public async Task FreezeAsync()
    {
        await SignalAsync("STOP", [_postmaster]);
        _stopped.Add(_postmaster);
        var children = ChildrenOf(_postmaster);
        _stopped.AddRange(children);
        await SignalAsync("STOP", children);
    }

    /// <summary>Lets all of them go on.</summary>
    public async Task ThawAsync()
    {
        await SignalAsync("CONT", _stopped);
        _stopped.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await ThawAsync();
        await _cluster.DisposeAsync();
    }

    private static List<int> ChildrenOf(int parent)
    {
        using var list = Process.Start(new ProcessStartInfo("ps", ["-A", "-o", "pid=,ppid="]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var rows = list.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray());
        return [.. rows.Where(row => row[1] == parent).Select(row => row[0])];
    }

    private static async Task SignalAsync(string signal, IReadOnlyList<int> processes)
    {
        // One by one: a process that has ended meanwhile does not keep the others from theirs.
        foreach (var process in processes)
        {
            using var kill = Process.Start(new ProcessStartInfo("kill", ["-" + signal, process.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true, UseShellExecute = false })!;
            await kill.WaitForExitAsync();
        }
    }
}
