using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Alerts;

/// <summary>
/// Looks at alerts and wallets of accounts on test clocks when their usage has changed, and at what follows: such a clock runs its rows in
/// an advance only. A look that fails is left to that.
/// </summary>
public sealed partial class AlertWaker(AlertMarks marks, IGrainFactory grains, IClocks clocks, ILogger<AlertWaker> logger) : BackgroundService
{
    // A chain of handed-over work is a few links; what a longer one leaves is run by the next advance.
    private const int LongestChain = 100;

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
                        await RunAsync(marked.Row, clock.Now);
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

    /// <summary>Runs a row and what it hands over, such as an alert that hears of a wallet, or a top-up and its payment.</summary>
    private async Task RunAsync(DueKey row, Instant now)
    {
        var next = new Queue<DueKey>([row]);
        for (var i = 0; i < LongestChain && next.TryDequeue(out var key); i++)
        {
            var answer = await DueTargets.Of(grains, key).RunDue(new RunDue(now, null, key.Kind));
            foreach (var link in answer.HandedOver.IsDefault ? [] : answer.HandedOver)
            {
                next.Enqueue(link);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Looked} were not looked at; the next advance of their clock does.")]
    private partial void LogFailed(Exception exception, string looked);
}
