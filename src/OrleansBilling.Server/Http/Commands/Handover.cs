using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Server.Http.Commands;

/// <summary>
/// Runs the due work that a command hands over, so that a caller who asks again sees its outcome: the first charge of
/// a new subscription, a subscription's new standing. What fails or takes long stays due; the schedule's poll is the net.
/// </summary>
internal sealed partial class Handover(IGrainFactory grains, ILogger<Handover> logger)
{
    private const int MaxRows = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Runs rows and what they hand over in turn, one after the other: they are of one account.</summary>
    public async Task RunAsync(CommandAnswer answer)
    {
        if (answer.HandedOver.IsDefaultOrEmpty || answer.At is not { } now)
        {
            return;
        }

        try
        {
            await RunAsync(answer.HandedOver, now).WaitAsync(Patience);
        }
        catch (Exception exception)
        {
            LogLeft(logger, exception, answer.HandedOver.Length);
        }
    }

    private async Task RunAsync(ImmutableArray<DueKey> rows, Instant now)
    {
        var waiting = new Queue<DueKey>(rows.Distinct());
        for (var i = 0; i < MaxRows && waiting.TryDequeue(out var row); i++)
        {
            var answer = await DueTargets.Of(grains, row).RunDue(new RunDue(now, null, row.Kind));
            foreach (var next in answer.HandedOver)
            {
                waiting.Enqueue(next);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Handed-over work is left to the schedule ({Rows} rows)")]
    private static partial void LogLeft(ILogger logger, Exception exception, int rows);
}
