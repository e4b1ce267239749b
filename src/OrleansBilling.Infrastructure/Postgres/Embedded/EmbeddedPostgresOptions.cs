namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>How the private PostgreSQL of a data directory is made and started.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>The data directory; it is made where it does not exist.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The folder of pg_ctl, initdb and postgres; null looks on PATH and where systems put them.</summary>
    public string? BinDirectory { get; init; }

    /// <summary>The database that the connection string names; it is made where it does not exist.</summary>
    public string Database { get; init; } = "billing";

    /// <summary>Whether commits reach the disk before they are answered. Only tests and nothing that holds money may say false.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>PostgreSQL's shared_buffers.</summary>
    public int SharedBuffersMegabytes { get; init; } = 512;

    /// <summary>PostgreSQL's max_connections.</summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Connections of one process at most.</summary>
    public int MaxPoolSize { get; init; } = ConnectionStrings.DefaultMaxPoolSize;

    /// <summary>How long a start may take, crash recovery included.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Where clusters go that their own user cannot reach in the data directory.</summary>
    public string FallbackRoot { get; init; } = "/var/lib/orleansbilling";
}

/// <summary>A running private PostgreSQL.</summary>
/// <param name="ConnectionString">The same in every process of the data directory.</param>
/// <param name="Port">On 127.0.0.1.</param>
/// <param name="ClusterDirectory">PostgreSQL's own directory.</param>
/// <param name="BinDirectory">The programs that run it.</param>
/// <param name="Started">Whether this call started it; false if it was found running.</param>
public sealed record EmbeddedDatabase(string ConnectionString, int Port, string ClusterDirectory, string BinDirectory, bool Started);

/// <summary>The private PostgreSQL cannot be made, started or reached; the message says what to do.</summary>
public sealed class EmbeddedPostgresException : Exception
{
    /// <summary>Makes the error.</summary>
    public EmbeddedPostgresException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the error with its cause.</summary>
    public EmbeddedPostgresException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes the error.</summary>
    public EmbeddedPostgresException()
    {
    }
}
