using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansBilling.Grains.Schedule;

namespace OrleansBilling.Infrastructure.Postgres.Alerts;

/// <summary>
/// Looks at alerts of accounts on test clocks when their usage has changed: such a clock runs its rows in an advance only. A look that
/// fails is left to that.
/// </summary>
public sealed partial class AlertWaker(AlertMarks marks, IGrainFactory grains, IClocks clocks, ILogger<AlertWaker> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var marked in marks.OfTestClocks.ReadAllAsync(stoppingToken))
            {
                try
                {
                    if (await clocks.ReadAsync(marked.Clock) is { } clock)
                    {
                        await DueTargets.Of(grains, marked.Row).RunDue(new RunDue(clock.Now, null, marked.Row.Kind));
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogFailed(e, marked.Row.GrainKey);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Alerts} were not looked at; the next advance of their clock does.")]
    private partial void LogFailed(Exception exception, string alerts);
}
