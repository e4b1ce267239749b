using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Metering;

/// <summary>
/// The connections that write and read usage: a pool of their own, so that a storm of events takes none from turns.
/// </summary>
/// <remarks>
/// Their statements join arrays of keys with partitions by index; a plan made while a partition was empty would scan it once it
/// has grown.
/// </remarks>
public sealed class UsageDatabase : IAsyncDisposable
{
    private const string Planner = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_mergejoin=off -c jit=off";

    /// <summary>Makes the pool for a database.</summary>
    public UsageDatabase(BillingDatabase database)
    {
        var builder = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            MaxPoolSize = 8,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            Enlist = false,
            NoResetOnClose = true,
            // Fewer system calls for the rows of a COPY.
            WriteBufferSize = 64 * 1024,
            ReadBufferSize = 32 * 1024,
        };
        builder.Options = string.IsNullOrEmpty(builder.Options) ? Planner : builder.Options + " " + Planner;
        builder.ApplicationName += "/usage";
        Source = NpgsqlDataSource.Create(builder.ConnectionString);
    }

    /// <summary>The pool.</summary>
    public NpgsqlDataSource Source { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
