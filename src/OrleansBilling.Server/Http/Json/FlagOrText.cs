namespace OrleansBilling.Server.Http.Json;

/// <summary>True or false, or a string: exactly one of them.</summary>
/// <param name="Flag">True or false.</param>
/// <param name="Text">A string.</param>
internal sealed record FlagOrText(bool? Flag, string? Text);
