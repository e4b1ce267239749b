using Microsoft.Extensions.Logging;
using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Schedule;

/// <summary>The run of an advance: instant by instant, each at its own time.</summary>
public sealed partial class TestClockGrain
{
    // At one instant rows may cause further ones; what is still due after this many rounds runs in a circle.
    private const int MaxRounds = 1000;
    private bool _running;

    private void StartRunning()
    {
        if (State?.Target is null || _run is not null)
        {
            return;
        }

        // The period tries again where a run ended early, such as by a database that is away for a while.
        _run = this.RegisterGrainTimer(
            RunAsync,
            new GrainTimerCreationOptions(TimeSpan.Zero, TimeSpan.FromSeconds(1)) { Interleave = true, KeepAlive = true });
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        if (_running)
        {
            return;
        }

        _running = true;
        try
        {
            while (State is { Target: { } target } && !cancellation.IsCancellationRequested)
            {
                await StepAsync(target, cancellation);
            }
        }
        catch (Exception e)
        {
            // The timer's next tick goes on from the stored state.
            LogInterrupted(e, Id);
        }
        finally
        {
            _running = false;
        }

        if (State?.Target is null && !cancellation.IsCancellationRequested)
        {
            _run?.Dispose();
            _run = null;
            await ForgetReminderAsync();
        }
    }

    /// <summary>Goes to the next instant at which something is due and runs it; arrives where nothing is.</summary>
    private async Task StepAsync(Instant target, CancellationToken cancellation)
    {
        if (await work.FindNextAsync(Id, target) is not { } next)
        {
            await SetAsync(state => state with { Now = target, Target = null });
            return;
        }

        // Rows that came due in the past (they were made late) run now: the clock never goes back.
        var at = Instant.Max(next, State!.Now);
        if (at != State.Now)
        {
            await SetAsync(state => state with { Now = at });
        }

        var ran = await RunInstantAsync(at, cancellation);
        await SetAsync(state => state with { Ran = state.Ran + ran });
    }

    /// <summary>Runs everything due at or before an instant, with what that makes due at it.</summary>
    private async Task<long> RunInstantAsync(Instant at, CancellationToken cancellation)
    {
        var unmoved = new UnmovedRows();
        long ran = 0;
        for (var round = 1; !cancellation.IsCancellationRequested; round++)
        {
            var taken = await work.TakeClockAsync(Id, at, options.BatchSize);
            if (taken.IsEmpty)
            {
                break;
            }

            var (run, stuck) = round > MaxRounds ? ([], [.. taken]) : unmoved.Split(taken);
            var failed = await runner.RunAsync(run, at);
            unmoved.Remember(run, failed.Select(failure => failure.Row));
            ran += run.Count - failed.Count;
            List<DueFailure> failures =
            [
                .. failed.Select(failure => BackOffPolicy.TestClock(failure.Row, failure.Error, at, options)),
                .. stuck.Select(row => BackOffPolicy.TestClock(row, UnmovedRows.Error, at, options)),
            ];
            if (failures.Count > 0)
            {
                await work.NoteAsync(failures);
            }
        }

        return ran;
    }

    private async Task SetAsync(Func<TestClockState, TestClockState> change)
    {
        await _commits.WaitAsync();
        try
        {
            await CommitAsync(state => state is { Target: not null } running ? Decision(change(running)) : TurnDecision<TestClockState>.Nothing());
        }
        finally
        {
            _commits.Release();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The advance of {Clock} was interrupted and goes on in a second.")]
    private partial void LogInterrupted(Exception exception, string clock);
}
