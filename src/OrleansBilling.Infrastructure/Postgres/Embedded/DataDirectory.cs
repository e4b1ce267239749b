namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>The folder in which one installation keeps its secrets, its ports and its private database.</summary>
public static class DataDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Others may pass through but not list: the database runs as another user when the server is root.
    private const UnixFileMode PassThrough =
        OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Makes the folder where it does not exist and returns its full path. The mode of an existing one is left alone.</summary>
    /// <exception cref="EmbeddedPostgresException">It cannot be made or written.</exception>
    public static string Ensure(string path)
    {
        var full = Path.GetFullPath(path);
        try
        {
            if (!Directory.Exists(full))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(full) ?? "/");
                Directory.CreateDirectory(full, PassThrough);
                // The umask may have taken away what the database's user needs.
                File.SetUnixFileMode(full, PassThrough);
            }

            return full;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedPostgresException(
                $"The data directory {full} cannot be made: {e.Message} Choose another by Billing__DataDirectory.", e);
        }
    }

    /// <summary>Writes a secret so that only its owner can read it, and so that a crash leaves the old or the new text, never half of one.</summary>
    public static void WriteSecret(string path, string text)
    {
        var fresh = path + ".new";
        File.Delete(fresh);
        using (var stream = new FileStream(fresh, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
        using (var writer = new StreamWriter(stream))
        {
            writer.Write(text);
            writer.Flush();
            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }
}
