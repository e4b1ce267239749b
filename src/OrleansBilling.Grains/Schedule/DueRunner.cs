using Microsoft.Extensions.Logging;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Schedule;

/// <summary>
/// Runs a batch of due rows: accounts side by side, the rows of one account in order of due instant and kind, and what
/// a row hands over at once after it. Subscriptions of an account that gathers their lines do not touch each other's rows: those
/// of one instant and kind run side by side. One for a silo, so that its bound holds for all shards together.
/// </summary>
/// <remarks>A row that fails is told and harms no other; rows that were handed over stand in their table by then, so a
/// failure of theirs is left to their own next run.</remarks>
public sealed partial class DueRunner(IDueTargets targets, ScheduleOptions options, ILogger<DueRunner> logger) : IDisposable
{
    // A chain of handed-over work is a few links; a longer one is a circle.
    private const int LongestChain = 100;
    private readonly SemaphoreSlim _silo = new(options.MaxInFlight);

    /// <summary>Runs the rows and answers those that failed, with the reason.</summary>
    public async Task<IReadOnlyList<(DueRow Row, string Error)>> RunAsync(IReadOnlyList<DueRow> rows, Instant now)
    {
        var failed = new List<(DueRow Row, string Error)>();
        using var accounts = new SemaphoreSlim(options.AccountsAtOnce);
        await Task.WhenAll(rows.GroupBy(row => row.Account, StringComparer.Ordinal).Select(group => RunAccountAsync(group, now, accounts, failed)));
        return failed;
    }

    /// <inheritdoc/>
    public void Dispose() => _silo.Dispose();

    private async Task RunAccountAsync(IEnumerable<DueRow> rows, Instant now, SemaphoreSlim accounts, List<(DueRow Row, string Error)> failed)
    {
        await accounts.WaitAsync();
        try
        {
            foreach (var wave in Waves(rows.OrderBy(row => row.DueAt).ThenBy(row => row.Key.Kind)))
            {
                await Task.WhenAll(wave.Select(row => RunBoundedAsync(row, now, failed)));
            }
        }
        finally
        {
            accounts.Release();
        }
    }

    /// <summary>The rows in their order, those together that may run side by side.</summary>
    private static IEnumerable<List<DueRow>> Waves(IEnumerable<DueRow> rows)
    {
        List<DueRow> wave = [];
        foreach (var row in rows)
        {
            if (wave.Count > 0 && !(row.Key.GrainType == DueTargets.Subscription && row.Facts?.Account.Grouping is InvoiceGrouping.Account
                && row.DueAt == wave[0].DueAt && row.Key.Kind == wave[0].Key.Kind && row.Key.GrainType == wave[0].Key.GrainType))
            {
                yield return wave;
                wave = [];
            }

            wave.Add(row);
        }

        yield return wave;
    }

    private async Task RunBoundedAsync(DueRow row, Instant now, List<(DueRow Row, string Error)> failed)
    {
        await _silo.WaitAsync();
        try
        {
            if (await RunRowAsync(row, now) is { } error)
            {
                lock (failed)
                {
                    failed.Add((row, error));
                }
            }
        }
        finally
        {
            _silo.Release();
        }
    }

    private async Task<string?> RunRowAsync(DueRow row, Instant now)
    {
        DueAnswer answer;
        try
        {
            answer = await targets.Of(row.Key).RunDue(new RunDue(now, row.Facts, row.Key.Kind));
        }
        catch (Exception e)
        {
            // Whatever a target throws is noted on its row, and never stops the others.
            LogFailed(e, row.Key, row.Attempts + 1);
            return $"{e.GetType().Name}: {e.Message}";
        }

        await RunHandedOverAsync(answer, now, row.Facts);
        return null;
    }

    private async Task RunHandedOverAsync(DueAnswer answer, Instant now, BillingFacts? facts)
    {
        var next = new Queue<DueKey>(answer.HandedOver.IsDefault ? [] : answer.HandedOver);
        for (var i = 0; i < LongestChain && next.TryDequeue(out var key); i++)
        {
            try
            {
                var more = await targets.Of(key).RunDue(new RunDue(now, facts, key.Kind));
                foreach (var link in more.HandedOver.IsDefault ? [] : more.HandedOver)
                {
                    next.Enqueue(link);
                }
            }
            catch (Exception e)
            {
                // Its row stands in the table: it is run again from there, and its failures are counted there.
                LogHandedOverFailed(e, key);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Due work {Key} failed (try {Tries}).")]
    private partial void LogFailed(Exception exception, DueKey key, int tries);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {Key}, handed over by another turn, failed; its row will be run again.")]
    private partial void LogHandedOverFailed(Exception exception, DueKey key);
}
