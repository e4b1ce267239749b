using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>
/// The connections of the grouped committer and of gathered reads: few, always busy, with every statement prepared.
/// </summary>
/// <remarks>
/// Their statements join arrays of keys with tables. PostgreSQL plans them once (generic plans) and only by nested loops
/// over indexes: a plan made while the tables were small would else scan them when they have grown, and the order of the
/// keys, by which groups avoid deadlocks, would be lost in a hash.
/// </remarks>
public sealed class TurnDatabase : IAsyncDisposable
{
    private const string Planner =
        "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off";

    /// <summary>Makes the pool for a database.</summary>
    public TurnDatabase(BillingDatabase database)
    {
        var builder = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            MaxPoolSize = 12,
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 1,
            Enlist = false,
            // Nothing here changes a session, so there is nothing to reset between two uses.
            NoResetOnClose = true,
        };
        builder.Options = string.IsNullOrEmpty(builder.Options) ? Planner : builder.Options + " " + Planner;
        builder.ApplicationName += "/turns";
        Source = NpgsqlDataSource.Create(builder.ConnectionString);
    }

    /// <summary>The pool.</summary>
    public NpgsqlDataSource Source { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
