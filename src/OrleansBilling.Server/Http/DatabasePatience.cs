using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Server.Hosting;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http;

/// <summary>
/// How long requests wait for a database that says nothing: it hangs, or packets are lost. A request that has waited for half of
/// that time has the database asked what needs no work; where no answer comes within the other half, all that wait are answered
/// 503, and new ones at once, until it answers again. What takes long while the database answers is left alone.
/// </summary>
internal sealed partial class DatabasePatience(BillingDatabase database, BillingOptions options, TimeProvider time, ILogger<DatabasePatience> logger) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly TimeSpan _half = TimeSpan.FromSeconds(options.DatabaseSeconds / 2.0);
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private Task<bool>? _asked;
    private volatile bool _silent;

    /// <summary>True from a question that was not answered to one that is.</summary>
    public bool IsSilent => _silent;

    /// <summary>Waits until work has ended, well or badly. False where the database says nothing; the work goes on.</summary>
    public async Task<bool> WaitAsync(Task work)
    {
        while (true)
        {
            await work.WaitAsync(_half, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (work.IsCompleted)
            {
                return true;
            }

            if (!await AnswersAsync())
            {
                return work.IsCompleted;
            }
        }
    }

    /// <summary>Waits for the end of work whose caller was answered already.</summary>
    public async Task LeaveAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception exception) when (exception is ProblemException or OperationCanceledException || DatabaseFaults.IsUnavailable(exception))
        {
            // A refusal, a caller who has gone, or the database: a repeat finds out.
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    // One question for all who wait.
    private Task<bool> AnswersAsync()
    {
        lock (_lock)
        {
            return _silent ? Task.FromResult(false) : _asked ??= Task.Run(AskAsync);
        }
    }

    private async Task<bool> AskAsync()
    {
        var answers = await database.RespondsAsync(_half);
        lock (_lock)
        {
            _asked = null;
            _silent = !answers;
        }

        if (!answers)
        {
            LogSilent(options.DatabaseSeconds);
            _ = ListenAsync(_end.Token);
        }

        return answers;
    }

    private async Task ListenAsync(CancellationToken end)
    {
        while (!await database.RespondsAsync(_half))
        {
            await Task.Delay(Pause, time, end);
        }

        _silent = false;
        LogAnswers();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The database has said nothing for up to {Seconds} s: requests are answered 503 until it does")]
    private partial void LogSilent(int seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database answers again")]
    private partial void LogAnswers();

    [LoggerMessage(Level = LogLevel.Error, Message = "A request that was answered while the database said nothing has failed")]
    private partial void LogFailed(Exception exception);
}
