using System.Net.Sockets;
using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres;

/// <summary>Tells a database that is away from an error of the program.</summary>
public static class DatabaseFaults
{
    /// <summary>True for whatever the driver reports: the database is away, or it refused.</summary>
    public static bool IsOfDatabase(Exception exception) => exception is NpgsqlException;

    /// <summary>
    /// True where PostgreSQL cannot be reached, is starting or stopping, or has no connection left: a repeat may succeed.
    /// </summary>
    public static bool IsUnavailable(Exception exception)
    {
        for (Exception? current = exception; current is not null; current = current.InnerException)
        {
            switch (current)
            {
                case PostgresException { SqlState: var state }:
                    // 08 connection, 53 resources, 57P shutdown and start-up; other 57 are cancelled statements.
                    return state.StartsWith("08", StringComparison.Ordinal)
                        || state.StartsWith("53", StringComparison.Ordinal)
                        || state.StartsWith("57", StringComparison.Ordinal);
                case NpgsqlException:
                    return true;
                case AggregateException all when all.InnerExceptions.Any(IsUnavailable):
                    return true;
                case SocketException:
                    return true;
            }
        }

        return false;
    }
}
