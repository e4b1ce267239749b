namespace OrleansBilling.Server.Http.Lists;

/// <summary>A page of a list, newest first.</summary>
/// <typeparam name="T">The entry.</typeparam>
/// <param name="Object">Always <c>list</c>.</param>
/// <param name="Data">The entries.</param>
/// <param name="HasMore">True where older entries follow.</param>
/// <param name="NextCursor">Give it as <c>cursor</c> to get them; null at the end.</param>
internal sealed record ListOf<T>(string Object, IReadOnlyList<T> Data, bool HasMore, string? NextCursor);
