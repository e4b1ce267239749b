namespace OrleansBilling.Server.Http.Json;

/// <summary>A string, or a list of strings.</summary>
/// <param name="Values">At least one.</param>
internal sealed record OneOrMany(IReadOnlyList<string> Values);
