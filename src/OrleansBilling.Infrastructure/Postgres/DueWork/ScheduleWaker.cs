using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansBilling.Grains.Schedule;

namespace OrleansBilling.Infrastructure.Postgres.DueWork;

/// <summary>
/// Asks once a second, in every silo, which shards have something to run, and calls their grains wherever they live.
/// </summary>
/// <remarks>Calls every shard once at the start, so that each has its reminder, the net beneath this loop.</remarks>
public sealed partial class ScheduleWaker(IGrainFactory grains, IDueWork work, IClocks clocks, ILogger<ScheduleWaker> logger) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private readonly Dictionary<int, Task> _called = [];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace);
        var first = true;
        do
        {
            try
            {
                foreach (var shard in first ? Enumerable.Range(0, Shards.Count) : await work.FindDueShardsAsync(clocks.Live))
                {
                    Call(shard);
                }

                first = false;
            }
            catch (Exception e)
            {
                // A database that is away for a while is asked again in a second.
                LogFailed(e);
            }
        }
        while (await WaitAsync(timer, stoppingToken));
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Call(int shard)
    {
        if (!_called.TryGetValue(shard, out var call) || call.IsCompleted)
        {
            _called[shard] = PokeAsync(shard);
        }
    }

    private async Task PokeAsync(int shard)
    {
        try
        {
            await grains.GetGrain<IScheduleGrain>(Shards.KeyOf(shard)).Poke();
        }
        catch (Exception e)
        {
            // A shard that did not answer (its silo died) is still due and called again.
            LogNoAnswer(e, shard);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The shards with due work could not be found; asked again in a second.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Shard {Shard} did not answer; it is called again while it is due.")]
    private partial void LogNoAnswer(Exception exception, int shard);
}
