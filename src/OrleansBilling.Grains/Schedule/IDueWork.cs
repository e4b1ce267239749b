using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Schedule;

/// <summary>The rows of due work, as the schedule reads them and notes failures on them. Targets write them in their commits.</summary>
public interface IDueWork
{
    /// <summary>The shards of the live clock that have something to run at or before an instant.</summary>
    Task<ImmutableArray<int>> FindDueShardsAsync(Instant now);

    /// <summary>What a shard of the live clock has to run, earliest first, with the account facts.</summary>
    Task<ImmutableArray<DueRow>> TakeShardAsync(int shard, Instant now, int limit);

    /// <summary>The same of all accounts but one, for a shard that one account floods. It passes over the rows of that one.</summary>
    Task<ImmutableArray<DueRow>> TakeOthersAsync(int shard, string account, Instant now, int limit);

    /// <summary>When a test clock's next row runs, or null where none does up to an instant.</summary>
    Task<Instant?> FindNextAsync(string clock, Instant upTo);

    /// <summary>What a test clock has to run, earliest first, with the account facts.</summary>
    Task<ImmutableArray<DueRow>> TakeClockAsync(string clock, Instant now, int limit);

    /// <summary>Notes failures: one more try each, and when to try again or that a person must look. Rows that have moved meanwhile are left alone.</summary>
    Task NoteAsync(IReadOnlyCollection<DueFailure> failures);

    /// <summary>Closes a test clock's accounts: marked deleted, their facts and due work removed. Harmless when repeated.</summary>
    Task CloseClockAsync(string clock);
}

/// <summary>A row that is to be run.</summary>
/// <param name="Key">Which row.</param>
/// <param name="Account">The account concerned.</param>
/// <param name="DueAt">The effective instant.</param>
/// <param name="Attempts">How often it has failed.</param>
/// <param name="Facts">As read with the batch; null where the account has none.</param>
public sealed record DueRow(DueKey Key, string Account, Instant DueAt, int Attempts, BillingFacts? Facts)
{
    /// <summary>When it was to be run: later than it is due where its target, or a failure, has put it off.</summary>
    public Instant RunAt { get; init; } = DueAt;
}

/// <summary>A row that failed.</summary>
/// <param name="Row">The row as it was taken.</param>
/// <param name="RunAt">When to try again.</param>
/// <param name="Error">Why, for people.</param>
/// <param name="Quarantine">True to leave it to a person.</param>
public sealed record DueFailure(DueRow Row, Instant RunAt, string Error, bool Quarantine);
