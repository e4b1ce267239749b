using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>Turns that are committed together: bounded in number, and none writes a row of another.</summary>
internal sealed class TurnGroup(int size)
{
    private readonly HashSet<PendingTurn.Claim> _claims = [];
    private readonly List<PendingTurn.Claim> _wanted = [];

    public List<PendingTurn> Turns { get; } = new(size);

    public bool IsFull => Turns.Count >= size;

    /// <summary>Takes a turn in, or refuses it where it writes a row of another turn of the group: it goes with the next one.</summary>
    public bool TryAdd(PendingTurn turn)
    {
        _wanted.Clear();
        turn.Claims(_wanted);
        foreach (var claim in _wanted)
        {
            // A turn may name a row twice itself.
            if (_claims.Contains(claim with { IsShared = false }) || (!claim.IsShared && _claims.Contains(claim with { IsShared = true })))
            {
                return false;
            }
        }

        _claims.UnionWith(_wanted);
        Turns.Add(turn);
        return true;
    }

    public void Clear()
    {
        _claims.Clear();
        Turns.Clear();
    }

    public static IReadOnlyList<TurnRows> RowsOf(IReadOnlyList<PendingTurn> turns)
    {
        var rows = new TurnRows[turns.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = turns[i].Rows;
        }

        return rows;
    }
}
