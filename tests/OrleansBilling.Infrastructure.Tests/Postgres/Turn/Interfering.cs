using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Turn;

/// <summary>Lets a rival commit just before the next turn, or ends the call just after it, once each.</summary>
public sealed class Interfering(GroupedTurnCommitter inner) : ITurnCommitter
{
    /// <summary>Runs between the reading and the commit of the next turn.</summary>
    public Func<Task>? Before { get; set; }

    /// <summary>Runs after the commit of the next turn; what it throws ends the call, as the death of its silo would.</summary>
    public Func<Task>? After { get; set; }

    public async Task CommitAsync(TurnWrite write, Func<Task> writeState)
    {
        if (Before is { } before)
        {
            Before = null;
            await before();
        }

        await inner.CommitAsync(write, writeState);
        if (After is { } after)
        {
            After = null;
            await after();
        }
    }
}
