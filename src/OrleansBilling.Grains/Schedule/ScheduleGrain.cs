using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using NodaTime;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace OrleansBilling.Grains.Schedule;

/// <summary>Runs the due work of one shard of the live clock.</summary>
/// <remarks>
/// Reentrant, so that a poke during a run returns at once; it holds no state but whether it runs. It needs no lease on
/// rows: one activation runs a shard, and where two exist for a moment, targets make a second run harmless.
/// </remarks>
[Reentrant]
public sealed partial class ScheduleGrain(
    IDueWork work, DueRunner runner, IClocks clocks, ScheduleOptions options, ILogger<ScheduleGrain> logger) : Grain, IScheduleGrain, IRemindable
{
    private const string Wake = "wake";

    // A call answers well within Orleans' 30 seconds; the next poke goes on.
    private static readonly Duration LongestRun = Duration.FromSeconds(20);

    // How often a shard that one account floods looks for others: that look passes over the rows of the flood.
    private static readonly Duration LookForOthers = Duration.FromSeconds(1);
    private readonly UnmovedRows _unmoved = new();
    private Instant _lookedForOthers;
    private bool _running;

    private int Shard => Shards.Parse(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        try
        {
            await this.RegisterOrUpdateReminder(Wake, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), cancellationToken);
        }
        catch (Exception e)
        {
            // The reminder is the net beneath the pokes; the next activation stretches it again.
            LogNoReminder(e, Shard);
        }
    }

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Poke();

    /// <inheritdoc/>
    public async Task Poke()
    {
        if (_running)
        {
            return;
        }

        _running = true;
        try
        {
            var started = clocks.Live;
            while (await RunBatchAsync() && clocks.Live - started < LongestRun)
            {
            }
        }
        finally
        {
            _running = false;
        }
    }

    /// <summary>Runs one batch; false where nothing was due.</summary>
    private async Task<bool> RunBatchAsync()
    {
        var now = clocks.Live;
        var taken = await TakeAsync(now);
        if (taken.IsEmpty)
        {
            return false;
        }

        var (run, stuck) = _unmoved.Split(taken);
        var failed = await runner.RunAsync(run, now);
        _unmoved.Remember(run, failed.Select(failure => failure.Row));
        var after = clocks.Live;
        List<DueFailure> failures =
        [
            .. failed.Select(failure => BackOffPolicy.Live(failure.Row, failure.Error, after, options)),
            .. stuck.Select(row => BackOffPolicy.Live(row, UnmovedRows.Error, after, options)),
        ];
        if (failures.Count > 0)
        {
            await work.NoteAsync(failures);
            LogFailures(Shard, failures.Count, failures.Count(failure => failure.Quarantine));
        }

        return true;
    }

    /// <summary>The earliest rows; where one account has most of them, and more to come, the earliest of others beside them.</summary>
    private async Task<ImmutableArray<DueRow>> TakeAsync(Instant now)
    {
        var taken = await work.TakeShardAsync(Shard, now, options.BatchSize);
        if (taken.Length < options.BatchSize || now - _lookedForOthers < LookForOthers
            || taken.GroupBy(row => row.Account, StringComparer.Ordinal).FirstOrDefault(rows => rows.Count() > options.BatchSize / 2) is not { } flood)
        {
            return taken;
        }

        _lookedForOthers = now;
        var others = await work.TakeOthersAsync(Shard, flood.Key, now, options.BatchSize);
        var known = taken.Select(row => row.Key).ToHashSet();
        return [.. taken, .. others.Where(row => known.Add(row.Key))];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {Shard}: {Failed} rows of due work failed and wait; {Quarantined} of them are left to a person.")]
    private partial void LogFailures(int shard, int failed, int quarantined);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {Shard} has no reminder; it runs by pokes alone until its next activation.")]
    private partial void LogNoReminder(Exception exception, int shard);
}
