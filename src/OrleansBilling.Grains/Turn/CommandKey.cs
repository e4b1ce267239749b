using System.Collections.Immutable;
using NodaTime;

namespace OrleansBilling.Grains.Turn;

/// <summary>The identity of a request, passed with every command.</summary>
/// <param name="Scope">The API key id that sent it.</param>
/// <param name="Key">The caller's Idempotency-Key, or a random one of the front end where the caller gave none.</param>
/// <param name="RequestHash">Hex SHA-256 of method, path and body.</param>
/// <param name="Actor">Who asks, for the audit row.</param>
[GenerateSerializer, Alias("command_key"), Immutable]
public sealed record CommandKey(
    [property: Id(0)] string Scope,
    [property: Id(1)] string Key,
    [property: Id(2)] string RequestHash,
    [property: Id(3)] Actor Actor);

/// <summary>The answer of a grain to a command: an HTTP status with a body, or a refusal.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">JSON of the resource, or of the problem's members <c>code</c>, <c>detail</c>, <c>field</c>.</param>
/// <param name="Replayed">True where the answer was stored by an earlier turn.</param>
[GenerateSerializer, Alias("command_answer"), Immutable]
public sealed record CommandAnswer(
    [property: Id(0)] int Status,
    [property: Id(1)] string Body,
    [property: Id(2)] bool Replayed)
{
    /// <summary>Why it was refused; null where it was done. Refusals are not stored under the key.</summary>
    [Id(3)]
    public RefusalMessage? Refusal { get; init; }

    /// <summary>
    /// Rows of other grains that the turn made due at or before its <c>now</c>. Who asked runs them at once, through
    /// <see cref="Schedule.IDueGrain.RunDue"/>; the schedule's poll is only the net.
    /// </summary>
    [Id(4)]
    public ImmutableArray<DueKey> HandedOver { get; init; } = [];

    /// <summary>The turn's <c>now</c>, at which <see cref="HandedOver"/> is run; null where nothing was committed.</summary>
    [Id(5)]
    public Instant? At { get; init; }
}

/// <summary>A refusal on the wire.</summary>
[GenerateSerializer, Alias("refusal"), Immutable]
public sealed record RefusalMessage(
    [property: Id(0)] int Status,
    [property: Id(1)] string Code,
    [property: Id(2)] string Detail,
    [property: Id(3)] string? Field);
