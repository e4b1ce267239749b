using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Embedded;

namespace OrleansBilling.Server.Hosting;

/// <summary>
/// Starts the embedded database again when it has ended under a living server (killed for memory, or by hand).
/// Meanwhile requests are answered 503; nothing committed is lost.
/// </summary>
internal sealed class EmbeddedDatabaseWatch(BillingDatabase database, EmbeddedPostgresOptions options, ILogger<EmbeddedDatabaseWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // One refusal may be a passing lack of connections; it is the second in a row that counts.
    private const int Refusals = 2;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var refused = 0;
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            refused = await database.AnswersAsync(stoppingToken) ? 0 : refused + 1;
            if (refused >= Refusals)
            {
                await RestartAsync(stoppingToken);
                refused = 0;
            }
        }
    }

    private async Task RestartAsync(CancellationToken cancellationToken)
    {
        try
        {
            var running = await EmbeddedPostgres.EnsureRunningAsync(options, logger, cancellationToken);
            if (running.Started)
            {
                logger.LogWarning("The embedded database had ended; it was started again on port {Port}", running.Port);
            }

            if (!string.Equals(running.ConnectionString, database.ConnectionString, StringComparison.Ordinal))
            {
                logger.LogCritical("Another program has taken the database's port, and it now runs on {Port}: restart this server", running.Port);
            }
        }
        catch (Exception e) when (e is EmbeddedPostgresException or TimeoutException or IOException)
        {
            logger.LogError(e, "The embedded database has ended and cannot be started again; it is tried every few seconds");
        }
    }
}
