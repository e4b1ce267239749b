using NodaTime;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>A page asked for, newest first.</summary>
/// <param name="Limit">Entries at most.</param>
/// <param name="After">The last entry of the page before; null is the first page.</param>
public sealed record PageOf(int Limit, PagePlace? After);

/// <summary>A place in a list: lists are ordered by time, then by id.</summary>
public readonly record struct PagePlace(Instant At, string Id);

/// <summary>A page found.</summary>
/// <typeparam name="T">The entry.</typeparam>
/// <param name="Entries">Newest first.</param>
/// <param name="HasMore">True where older entries follow.</param>
public sealed record Page<T>(IReadOnlyList<T> Entries, bool HasMore);
