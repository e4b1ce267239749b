using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Infrastructure.Postgres.Migrations;

namespace OrleansBilling.Server.Hosting;

/// <summary>Finds, starts and migrates the database of a start.</summary>
public static class DatabaseHosting
{
    /// <summary>The name of the connection string that replaces the embedded database.</summary>
    public const string ConnectionStringName = "Billing";

    /// <summary>The database to use: the given one, else the embedded one, started where it does not run.</summary>
    /// <exception cref="StartException">The connection string cannot be used.</exception>
    /// <exception cref="EmbeddedPostgresException">The embedded database cannot run.</exception>
    public static async Task<BillingDatabase> ResolveAsync(
        IConfiguration configuration, BillingOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        if (configuration.GetConnectionString(ConnectionStringName) is not { Length: > 0 } given)
        {
            var embedded = await EmbeddedPostgres.EnsureRunningAsync(Embedded(options), logger, cancellationToken);
            return new BillingDatabase(embedded.ConnectionString);
        }

        try
        {
            return new BillingDatabase(ConnectionStrings.Normalize(given, options.MaxPoolSize));
        }
        catch (ArgumentException e)
        {
            throw new StartException(
                $"ConnectionStrings__Billing cannot be understood: {e.Message} Use the form Host=db;Port=5432;Database=billing;Username=billing;Password=...", e);
        }
    }

    /// <summary>Whether a start uses the embedded database.</summary>
    public static bool IsEmbedded(IConfiguration configuration) => string.IsNullOrEmpty(configuration.GetConnectionString(ConnectionStringName));

    /// <summary>The embedded database of a start.</summary>
    public static EmbeddedPostgresOptions Embedded(BillingOptions options) => new()
    {
        DataDirectory = options.DataDirectory,
        BinDirectory = options.PostgresBin,
        MaxPoolSize = options.MaxPoolSize,
    };

    /// <summary>Brings the database to the program's schema.</summary>
    /// <returns>How many migrations were applied.</returns>
    /// <exception cref="StartException">It cannot be reached.</exception>
    /// <exception cref="MigrationException">Its schema is none that this program can work on.</exception>
    public static async Task<int> MigrateAsync(BillingDatabase database, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            return await MigrationRunner.MigrateAsync(database.ConnectionString, logger, cancellationToken);
        }
        catch (Exception e) when (DatabaseFaults.IsOfDatabase(e))
        {
            throw new StartException($"The database {database} cannot be used: {e.Message} Check that it runs and ConnectionStrings__Billing.", e);
        }
    }

    /// <summary>Registers the database for everything that opens connections.</summary>
    public static WebApplicationBuilder AddBillingDatabase(this WebApplicationBuilder builder, BillingDatabase database, EmbeddedPostgresOptions? embedded = null)
    {
        builder.Services.AddSingleton(database);
        if (embedded is not null)
        {
            builder.Services.AddSingleton(embedded).AddHostedService<EmbeddedDatabaseWatch>();
        }

        return builder;
    }
}
