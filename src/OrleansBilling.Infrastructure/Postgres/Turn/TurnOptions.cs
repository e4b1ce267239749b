namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>Which committer a silo uses.</summary>
public enum CommitterKind
{
    /// <summary>Many turns in one transaction: <see cref="GroupedTurnCommitter"/>.</summary>
    Grouped,

    /// <summary>Each turn in a transaction of its own: <see cref="ScopedTurnCommitter"/>.</summary>
    Scoped,
}

/// <summary>How turns are committed (section <c>Billing</c>).</summary>
public sealed class TurnOptions
{
    /// <summary><c>Billing:Committer</c>: <c>grouped</c> (default) or <c>scoped</c>.</summary>
    public CommitterKind Committer { get; set; } = CommitterKind.Grouped;

    /// <summary><c>Billing:Turns:GroupSize</c>: turns in one transaction at most; default 512.</summary>
    public int GroupSize { get; set; } = 512;

    /// <summary><c>Billing:Turns:GroupsInFlight</c>: transactions of a silo at one time; 1 to 4, default 2.</summary>
    public int GroupsInFlight { get; set; } = 2;
}
