using System.Globalization;
using OrleansBilling.Infrastructure.Postgres.Embedded;

namespace OrleansBilling.Server.Hosting;

/// <summary>One process number of a data directory, held while its process lives. However that ends, the number is free again.</summary>
public sealed class ProcessSlot : IDisposable
{
    private readonly FileLock _held;
    private readonly string _urlPath;

    private ProcessSlot(FileLock held, string urlPath) => (_held, _urlPath) = (held, urlPath);

    /// <summary>Takes a number.</summary>
    /// <exception cref="StartException">A living process has it.</exception>
    public static async Task<ProcessSlot> TakeAsync(string dataDirectory, int number, CancellationToken cancellationToken)
    {
        FileLock held;
        try
        {
            // Another start may hold it for a moment, to see whether its process lives.
            held = await FileLock.TakeAsync(LockPath(dataDirectory, number), TimeSpan.FromSeconds(1), cancellationToken);
        }
        catch (TimeoutException e)
        {
            var free = Enumerable.Range(1, 100).First(n => n != number && !IsHeld(dataDirectory, n));
            throw new StartException(
                $"Process {number} of {dataDirectory} already runs (pid {Pid(dataDirectory, number)?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}). " +
                $"Start a further one beside it with --silo {free}, or end it first.",
                e);
        }

        File.WriteAllText(PidPath(dataDirectory, number), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        File.Delete(UrlPath(dataDirectory, number));
        return new ProcessSlot(held, UrlPath(dataDirectory, number));
    }

    /// <summary>Says where this process answers, for commands that look for it.</summary>
    public void Announce(string address) => File.WriteAllText(_urlPath, address);

    /// <summary>Where the living process of a number answers; null where none lives or it is not ready yet.</summary>
    public static string? AddressOf(string dataDirectory, int number) =>
        IsHeld(dataDirectory, number) && File.Exists(UrlPath(dataDirectory, number)) ? File.ReadAllText(UrlPath(dataDirectory, number)) : null;

    /// <summary>Does something that needs a number's process to be gone, and to stay so meanwhile.</summary>
    /// <returns>False, with nothing done, if it lives.</returns>
    public static async Task<bool> WhileGoneAsync(string dataDirectory, int number, Func<Task> action)
    {
        using var held = FileLock.TryTake(LockPath(dataDirectory, number));
        if (held is null)
        {
            return false;
        }

        await action();
        return true;
    }

    /// <summary>The numbers of the processes that live on a data directory, with their process ids.</summary>
    public static IReadOnlyList<(int Number, int Pid)> Living(string dataDirectory) =>
        !Directory.Exists(dataDirectory) ? [] :
        [
            .. from file in Directory.GetFiles(dataDirectory, "process-*.lock")
               let text = Path.GetFileNameWithoutExtension(file)["process-".Length..]
               where int.TryParse(text, out _)
               let number = int.Parse(text, CultureInfo.InvariantCulture)
               where IsHeld(dataDirectory, number)
               let pid = Pid(dataDirectory, number)
               where pid is not null
               orderby number
               select (number, pid.Value),
        ];

    /// <summary>Whether a living process has a number.</summary>
    public static bool IsHeld(string dataDirectory, int number)
    {
        if (!File.Exists(LockPath(dataDirectory, number)))
        {
            return false;
        }

        using var taken = FileLock.TryTake(LockPath(dataDirectory, number));
        return taken is null;
    }

    /// <inheritdoc />
    public void Dispose() => _held.Dispose();

    private static string LockPath(string dataDirectory, int number) => Path.Combine(dataDirectory, $"process-{number}.lock");

    private static string PidPath(string dataDirectory, int number) => Path.Combine(dataDirectory, $"process-{number}.pid");

    private static string UrlPath(string dataDirectory, int number) => Path.Combine(dataDirectory, $"process-{number}.url");

    private static int? Pid(string dataDirectory, int number) =>
        File.Exists(PidPath(dataDirectory, number)) && int.TryParse(File.ReadAllText(PidPath(dataDirectory, number)), out var pid) ? pid : null;
}
