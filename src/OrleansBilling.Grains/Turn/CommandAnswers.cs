using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Turn;

/// <summary>Makes answers of commands.</summary>
public static class CommandAnswers
{
    /// <summary>An answer without anything stored.</summary>
    public static CommandAnswer Of(int status, string body) => new(status, body, Replayed: false);

    /// <summary>The answer of a refusal: its HTTP status, and a body with <c>code</c>, <c>detail</c> and <c>field</c>.</summary>
    public static CommandAnswer Of(Refusal refusal)
    {
        var message = new RefusalMessage(StatusOf(refusal.Kind), refusal.Code, refusal.Detail, refusal.Field);
        return new CommandAnswer(message.Status, BillingJson.Write(new RefusalBody(message.Code, message.Detail, message.Field)), Replayed: false)
        {
            Refusal = message,
        };
    }

    /// <summary>The HTTP status of a class of refusals.</summary>
    public static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => 400,
        RefusalKind.NotFound => 404,
        RefusalKind.Conflict => 409,
        RefusalKind.Rule => 422,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };

    /// <summary>The answer of a known key: the stored one, or 422 <c>idempotency_mismatch</c> where it was used with another request.</summary>
    public static CommandAnswer Replay(CommandRecord known, CommandKey key) =>
        known.RequestHash == key.RequestHash
            ? new CommandAnswer(known.Status, known.Answer, Replayed: true)
            : Of(Refusal.Rule(
                "idempotency_mismatch",
                "This Idempotency-Key was used with another request; use a new key for a new request.",
                "Idempotency-Key"));

    private sealed record RefusalBody(string Code, string Detail, string? Field);
}
