namespace OrleansBilling.Grains.Turn;

/// <summary>
/// Commits a turn: the grain's state and everything in its <see cref="TurnWrite"/>, in one PostgreSQL transaction.
/// </summary>
/// <remarks>
/// Errors: <see cref="TurnConflictException"/> where a condition was missed (facts version, balance, attempt status, command
/// key, stale state): the activation must be dropped and the command decided again on fresh state.
/// <see cref="UniqueNameTakenException"/> where an external id or code is taken. Anything else: the outcome may be unknown
/// (connection lost at commit); the activation must be dropped, and the caller repeats under its key.
/// </remarks>
public interface ITurnCommitter
{
    /// <summary>Commits.</summary>
    /// <param name="write">What is committed beside the state.</param>
    /// <param name="writeState">Writes the grain's state through its <c>IPersistentState</c>; called at most once.</param>
    Task CommitAsync(TurnWrite write, Func<Task> writeState);
}

/// <summary>A condition of the turn was missed; decide again on fresh facts and state.</summary>
[GenerateSerializer, Alias("turn_conflict")]
public sealed class TurnConflictException(string condition, Exception? inner = null)
    : Exception($"The turn missed a condition: {condition}.", inner)
{
    /// <summary>Which condition: <c>state</c>, <c>facts</c>, <c>balance</c>, <c>attempt</c>, <c>command</c>, <c>credit</c>, <c>coupon</c>, <c>alert</c>.</summary>
    [Id(0)]
    public string Condition { get; } = condition;
}

/// <summary>A caller's own name (external id, code) belongs to another resource already.</summary>
[GenerateSerializer, Alias("unique_name_taken")]
public sealed class UniqueNameTakenException(string constraint, Exception? inner = null)
    : Exception($"The name is taken ({constraint}).", inner)
{
    /// <summary>The database constraint that refused.</summary>
    [Id(0)]
    public string Constraint { get; } = constraint;
}
