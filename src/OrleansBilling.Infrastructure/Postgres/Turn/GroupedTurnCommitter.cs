using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;
using OrleansBilling.Infrastructure.Postgres.Sellers;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>
/// Commits the turns of many grains in one transaction and one round trip. While groups are under way the next turns
/// gather, so that groups grow with the load and a single turn waits for nobody.
/// </summary>
/// <remarks>
/// <para>A batch without explicit transaction runs as one: PostgreSQL commits all its statements or none. When it refuses,
/// or a row cannot even be written into the batch, the group is halved until that turn stands alone, so that it harms no
/// other.</para>
/// <para>When the connection ends, the outcome of the group is not known: all its turns fail, their activations are
/// dropped, and a repeat finds the truth in the rows.</para>
/// </remarks>
public sealed partial class GroupedTurnCommitter : ITurnCommitter, IAsyncDisposable
{
    private const int MaxTransientTries = 5;
    private static readonly AsyncLocal<PendingTurn?> Current = new();
    private readonly TurnDatabase _database;
    private readonly ILogger<GroupedTurnCommitter> _logger;
    private readonly NumberSignal? _numbers;
    private readonly int _groupSize;
    private readonly Channel<PendingTurn> _queue = Channel.CreateUnbounded<PendingTurn>(new UnboundedChannelOptions());
    private readonly Task[] _loops;

    /// <summary>Starts the committer.</summary>
    public GroupedTurnCommitter(TurnDatabase database, TurnOptions options, ILogger<GroupedTurnCommitter> logger, NumberSignal? numbers = null)
    {
        _database = database;
        _logger = logger;
        _numbers = numbers;
        _groupSize = options.GroupSize;
        _loops = [.. Enumerable.Range(0, options.GroupsInFlight).Select(_ => Detached.Run(RunAsync))];
    }

    /// <inheritdoc/>
    public async Task CommitAsync(TurnWrite write, Func<Task> writeState)
    {
        var turn = new PendingTurn(write);
        Current.Value = turn;
        try
        {
            await writeState();
            if (!turn.IsHandedOver)
            {
                // The turn has no state of its own in grain_state (an invoice's header is a row).
                await CommitAsync(turn);
            }
        }
        catch when (turn.Done.IsFaulted)
        {
            // Orleans wraps what its storage throws; the turn's own exception says what was missed.
            await turn.Done;
        }
        finally
        {
            Current.Value = null;
        }
    }

    /// <summary>Commits a state with the turn of the running call, or alone where there is none.</summary>
    internal Task CommitStateAsync(StateRow state, NodaTime.Instant now)
    {
        var turn = Current.Value is { IsHandedOver: false } running ? running : new PendingTurn(new TurnWrite { At = now });
        turn.Add(state);
        return CommitAsync(turn);
    }

    /// <summary>Ends the committer once everything handed over is committed.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAll(_loops);
    }

    private Task CommitAsync(PendingTurn turn)
    {
        turn.IsHandedOver = true;
        return _queue.Writer.TryWrite(turn)
            ? turn.Done
            : Task.FromException(new ObjectDisposedException(nameof(GroupedTurnCommitter), "The silo is stopping; the turn was not committed."));
    }

    private async Task RunAsync()
    {
        var waiting = new List<PendingTurn>();
        var group = new TurnGroup(_groupSize);
        while (waiting.Count > 0 || await _queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            waiting.RemoveAll(turn => !group.IsFull && group.TryAdd(turn));
            while (!group.IsFull && waiting.Count < _groupSize && _queue.Reader.TryRead(out var turn))
            {
                if (!group.TryAdd(turn))
                {
                    waiting.Add(turn);
                }
            }

            if (group.Turns.Count > 0)
            {
                await CommitAsync(group.Turns);
            }
        }
    }

    private async Task CommitAsync(List<PendingTurn> turns)
    {
        try
        {
            await ExecuteAsync(turns);
        }
        catch (Exception e) when (turns.Count > 1 && TurnFaults.IsOfOneTurn(e))
        {
            LogHalved(e, turns.Count);
            var half = turns.Count / 2;
            await CommitAsync(turns.GetRange(0, half));
            await CommitAsync(turns.GetRange(half, turns.Count - half));
            return;
        }
        catch (Exception e)
        {
            // Whatever ended the group is the answer of each of its turns.
            var ours = TurnFaults.Translate(e) ?? e;
            turns.ForEach(turn => turn.Fail(ours));
            return;
        }

        turns.ForEach(static turn => turn.Complete());
        _numbers?.Tell(TurnGroup.RowsOf(turns));
    }

    private async Task ExecuteAsync(List<PendingTurn> turns)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = await _database.Source.OpenConnectionAsync();
                await using var batch = new NpgsqlBatch(connection);
                DocumentWriter.Write(batch, TurnGroup.RowsOf(turns));
                if (batch.BatchCommands.Count > 0)
                {
                    await batch.ExecuteNonQueryAsync();
                }

                return;
            }
            catch (PostgresException e) when (TurnFaults.IsTransient(e) && tries < MaxTransientTries)
            {
                LogRepeated(e, turns.Count, tries);
                await Task.Delay(TimeSpan.FromMilliseconds(5 * tries));
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A group of {Turns} turns was refused and is halved.")]
    private partial void LogHalved(Exception exception, int turns);

    [LoggerMessage(Level = LogLevel.Information, Message = "A group of {Turns} turns lost against another transaction and is repeated (try {Tries}).")]
    private partial void LogRepeated(Exception exception, int turns, int tries);
}
