using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Grains.Turn;

/// <summary>
/// All that one grain turn commits beside its state, in one transaction with it. Built by grains from a decision's
/// documents; written by an <see cref="ITurnCommitter"/>.
/// </summary>
public sealed record TurnWrite
{
    /// <summary>The account concerned, or null for the catalog and clocks.</summary>
    public string? Account { get; init; }

    /// <summary>The effective instant of the turn on the account's clock; <c>created_at</c> of rows that carry none.</summary>
    public required Instant At { get; init; }

    /// <summary>What the decision made.</summary>
    public Documents Documents { get; init; } = Documents.None;

    /// <summary>Rows of due work to write or delete.</summary>
    public ImmutableArray<DueWrite> Due { get; init; } = [];

    /// <summary>
    /// Boundaries whose gathered lines an account has to bill: each makes or moves its row of due work <c>gather</c>, of which the
    /// earliest instant stands. Turns of many subscriptions ask for the same row at one time, so it is none of <see cref="Due"/>.
    /// </summary>
    public ImmutableArray<GatherWrite> Gathers { get; init; } = [];

    /// <summary>The turn has billed what an account gathered: its row <c>gather</c> goes, unless lines are left. Null where it has not.</summary>
    public GatherWrite? Gathered { get; init; }

    /// <summary>Grouped invoices whose collection has changed: each subscription of their lines gets a row of due work that says so.</summary>
    public ImmutableArray<string> GroupsChanged { get; init; } = [];

    /// <summary>The command's key and answer; null where the schedule caused the turn.</summary>
    public CommandRecord? Command { get; init; }

    /// <summary>Who did it; null where the schedule did.</summary>
    public Actor? Actor { get; init; }

    /// <summary>Account facts that the decision saw; the commit refuses where the row's version differs.</summary>
    public FactsSeen? FactsSeen { get; init; }

    /// <summary>Facts of further accounts that the decision saw, such as those of payers; checked alike.</summary>
    public ImmutableArray<FactsSeen> PayersSeen { get; init; } = [];

    /// <summary>Projection rows for lists and SQL; see <see cref="ProjectionRow"/>.</summary>
    public ImmutableArray<ProjectionRow> Rows { get; init; } = [];

    /// <summary>Rows of other grains that the turn makes due at or before its instant: they can be run at once.</summary>
    /// <param name="own">The key of the grain whose turn it is.</param>
    public ImmutableArray<DueKey> HandedOver(string own) =>
        [.. Due.Where(due => due.DueAt <= At && (due.RunAt ?? At) <= At && due.Key.GrainKey != own).Select(due => due.Key)];
}

/// <summary>Asks that gathered lines of an account are billed.</summary>
/// <param name="Account"><c>acct_...</c></param>
/// <param name="Clock"><c>live</c> or the id of a test clock.</param>
/// <param name="At">The boundary for which they were made.</param>
public sealed record GatherWrite(string Account, string Clock, Instant At)
{
    /// <summary>The row of due work.</summary>
    public DueKey Key => KeyOf(Account);

    /// <summary>The row of due work of an account.</summary>
    public static DueKey KeyOf(string account) => new(Schedule.DueTargets.Gathering, account, Domain.Schedule.DueKind.Gather);
}

/// <summary>The version of account facts that a decision was made on.</summary>
public sealed record FactsSeen(string Account, long Version)
{
    /// <summary>True where the row must stay as it is until the commit: it names a payer, who must not become billed to another meanwhile.</summary>
    public bool Held { get; init; }
}

/// <summary>A repeatable request: its key, the hash of its input, and the answer that a repeat gets.</summary>
/// <param name="Scope">The API key id that sent it; keys of two callers never meet.</param>
/// <param name="Key">The caller's Idempotency-Key.</param>
/// <param name="RequestHash">Hex SHA-256 of method, path and body.</param>
/// <param name="Status">HTTP status of the answer.</param>
/// <param name="Answer">The JSON body of the answer.</param>
public sealed record CommandRecord(string Scope, string Key, string RequestHash, int Status, string Answer);

/// <summary>Who asked for a turn; written to the audit row.</summary>
/// <param name="Id">API key id.</param>
/// <param name="Role"><c>app</c>, <c>support</c>, <c>finance</c> or <c>admin</c>.</param>
/// <param name="Action">What was asked, such as <c>POST /v1/subscriptions</c>.</param>
[GenerateSerializer, Alias("actor"), Immutable]
public sealed record Actor([property: Id(0)] string Id, [property: Id(1)] string Role, [property: Id(2)] string Action);
