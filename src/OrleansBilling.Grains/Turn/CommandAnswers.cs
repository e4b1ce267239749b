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

    private sealed record RefusalBody(string Code, string Detail, string? Field);
}
