using System.Globalization;

namespace OrleansBilling.Benchmarks.Measure;

/// <summary>What processes have used, from <c>/proc</c>; nothing on systems without it.</summary>
internal static class ProcessUsage
{
    private const double TicksPerSecond = 100;

    /// <summary>CPU seconds of a process so far, all its threads.</summary>
    public static double CpuOf(int pid) => Read(pid) is { } own ? own.Own : 0;

    /// <summary>CPU seconds of a process and all its children, ended ones included.</summary>
    public static double CpuOfTree(int pid)
    {
        if (Read(pid) is not { } root)
        {
            return 0;
        }

        var sum = root.Own + root.Ended;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var child)
                && Read(child) is { } read && read.Parent == pid)
            {
                sum += read.Own + read.Ended;
            }
        }

        return sum;
    }

    /// <summary>Resident memory now, in MB.</summary>
    public static double MemoryOf(int pid) => Status(pid, "VmRSS:");

    /// <summary>The largest resident memory so far, in MB.</summary>
    public static double PeakMemoryOf(int pid) => Status(pid, "VmHWM:");

    private static (int Parent, double Own, double Ended)? Read(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            // The name in brackets may hold spaces; the fields after it are counted from 3.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), (Ticks(11) + Ticks(12)) / TicksPerSecond, (Ticks(13) + Ticks(14)) / TicksPerSecond);

            double Ticks(int index) => double.Parse(fields[index], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static double Status(int pid, string name)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) / 1024;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
