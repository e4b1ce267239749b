using NodaTime;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Grains.Turn;

/// <summary>The name of a row of due work: at most one row per grain and kind.</summary>
/// <param name="GrainType"><c>subscription</c>, <c>invoice</c> or <c>account</c>.</param>
/// <param name="GrainKey">The grain's key.</param>
/// <param name="Kind">What is asked for.</param>
[GenerateSerializer, Alias("due_key"), Immutable]
public readonly record struct DueKey([property: Id(0)] string GrainType, [property: Id(1)] string GrainKey, [property: Id(2)] DueKind Kind);

/// <summary>Writes, moves or deletes a row of due work.</summary>
/// <param name="Key">Which row.</param>
/// <param name="Account">The account concerned; rows of one account run in order.</param>
/// <param name="Clock"><c>live</c> or the id of a test clock.</param>
/// <param name="DueAt">The effective instant, which never moves while the row stands; null deletes the row.</param>
/// <param name="RunAt">When to run it; later than <paramref name="DueAt"/> only where backing off. Null is the due instant.</param>
public sealed record DueWrite(DueKey Key, string Account, string Clock, Instant? DueAt, Instant? RunAt = null)
{
    /// <summary>
    /// Deletes a row that other turns write too, only where it stands as the turn has read it: the mark of
    /// <see cref="SeenRow"/>. A row written again meanwhile asks for something new and stays.
    /// </summary>
    public SeenRow? OnlyAs { get; init; }
}

/// <summary>A row of due work as it was read, by a mark that every write of it changes.</summary>
/// <param name="Mark">Means nothing but itself.</param>
public readonly record struct SeenRow(string Mark);
