using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.DueWork;

/// <summary>Removes answers of commands after 30 days, a bounded number at a time.</summary>
public sealed partial class CommandLogCleaner(TurnDatabase database, IClocks clocks, ILogger<CommandLogCleaner> logger) : BackgroundService
{
    /// <summary>How long keys live (api.md, "Conventions").</summary>
    public static readonly Duration Kept = Duration.FromDays(30);

    // The table is in the order of time on disk: the index over ranges of pages finds the old ones.
    private const string Sql =
        """
        delete from command_log where ctid = any (array(
            select ctid from command_log where created_at < $1 limit 5000))
        """;

    /// <summary>Removes what is older than 30 days; answers how many rows went.</summary>
    public static async Task<int> CleanAsync(TurnDatabase database, Instant now, CancellationToken cancellation)
    {
        var gone = 0;
        while (true)
        {
            await using var command = database.Source.CreateCommand(Sql);
            command.Add(now - Kept);
            var some = await command.ExecuteNonQueryAsync(cancellation);
            gone += some;
            if (some == 0)
            {
                return gone;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1));
        try
        {
            do
            {
                try
                {
                    await CleanAsync(database, clocks.Live, stoppingToken);
                }
                catch (Npgsql.NpgsqlException e)
                {
                    LogFailed(e);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old answers of commands could not be removed; tried again in an hour.")]
    private partial void LogFailed(Exception exception);
}
