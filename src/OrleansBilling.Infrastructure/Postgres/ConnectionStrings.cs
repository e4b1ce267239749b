using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres;

/// <summary>The settings of every connection to the product's database.</summary>
public static class ConnectionStrings
{
    /// <summary>Connections of one process at most, unless the connection string says otherwise. More only queue in the database.</summary>
    public const int DefaultMaxPoolSize = 16;

    /// <summary>Statements that a connection keeps prepared, unless the connection string says otherwise.</summary>
    public const int DefaultMaxAutoPrepare = 128;

    /// <summary>Fills in what a given connection string leaves open. The result is the same for the same input, in every process.</summary>
    /// <exception cref="ArgumentException">It cannot be understood; the message says why and does not repeat the password.</exception>
    public static string Normalize(string connectionString, int maxPoolSize = DefaultMaxPoolSize)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        SetDefault(builder, "Maximum Pool Size", () => builder.MaxPoolSize = maxPoolSize);
        SetDefault(builder, "Max Auto Prepare", () => builder.MaxAutoPrepare = DefaultMaxAutoPrepare);
        SetDefault(builder, "Auto Prepare Min Usages", () => builder.AutoPrepareMinUsages = 2);
        SetDefault(builder, "Application Name", () => builder.ApplicationName = "orleansbilling");
        return builder.ConnectionString;
    }

    private static void SetDefault(NpgsqlConnectionStringBuilder builder, string keyword, Action set)
    {
        if (!builder.ShouldSerialize(keyword))
        {
            set();
        }
    }
}
