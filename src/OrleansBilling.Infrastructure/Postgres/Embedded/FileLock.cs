namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>A lock between processes, held by an open file. The system lets go of it when its holder ends, however it ends.</summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream _stream;

    private FileLock(FileStream stream) => _stream = stream;

    /// <summary>Takes the lock, or answers null where another process or another part of this one holds it.</summary>
    public static FileLock? TryTake(string path)
    {
        try
        {
            return new FileLock(new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }));
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    /// <summary>Takes the lock, waiting for its holder.</summary>
    /// <exception cref="TimeoutException">It was held all the time.</exception>
    public static async Task<FileLock> TakeAsync(string path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout);
        while (true)
        {
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"Another process has held {path} for {timeout.TotalSeconds:0} s. See what it waits for, or end it.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    /// <summary>Lets go. The file stays: deleting it would let two processes each lock their own.</summary>
    public void Dispose() => _stream.Dispose();
}
