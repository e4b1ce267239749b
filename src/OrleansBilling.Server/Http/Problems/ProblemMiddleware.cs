using Orleans.Runtime;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres;

namespace OrleansBilling.Server.Http.Problems;

/// <summary>
/// Turns everything that ends a request badly into a problem document: refusals of the edge, failures of the database or of
/// a silo, and errors of the program, which are logged and told without their inside.
/// </summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    /// <summary>Runs the rest of the pipeline.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            if (context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException)
            {
                context.Response.StatusCode = 499;
                return;
            }

            context.Response.Clear();
            var problem = ProblemOf(exception);
            if (problem.Status >= 500)
            {
                Log(problem, exception, context);
            }

            await ProblemWriter.WriteAsync(context, problem);
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
        {
            await ProblemWriter.WriteAsync(context, ProblemOf(context.Response.StatusCode, context));
        }
    }

    private static Problem ProblemOf(Exception exception) => exception switch
    {
        ProblemException refused => refused.Problem,
        BadHttpRequestException { StatusCode: 413 } => TooLarge,
        BadHttpRequestException bad => new Problem(bad.StatusCode, "malformed_request", "The request cannot be read as HTTP."),
        _ when DatabaseFaults.IsUnavailable(exception) => DatabaseAway,
        OverflowException => new Problem(422, "amount_too_large", "An amount of this request does not fit 64 bits; give smaller quantities or amounts."),
        TurnConflictException => new Problem(409, "conflict", "Others changed the same resource at once; repeat the request.") { RetryAfter = 1 },
        TimeoutException or OrleansException => new Problem(
            503, "unavailable", "A server of the cluster did not answer; repeat the request with the same Idempotency-Key.") { RetryAfter = 2 },
        _ => new Problem(500, "internal_error", "The server failed; the error is logged under the trace_id of this answer."),
    };

    /// <summary>413.</summary>
    public static Problem TooLarge => new(413, "body_too_large", $"Send at most {Limits.BodyBytes} bytes.");

    /// <summary>503 while PostgreSQL does not answer.</summary>
    public static Problem DatabaseAway => new(
        503, "database_unavailable", "The database does not answer; repeat the request with the same Idempotency-Key.") { RetryAfter = 2 };

    /// <summary>503 where PostgreSQL fell silent while the request was worked on.</summary>
    public static Problem DatabaseSilent => DatabaseAway with
    {
        Detail = "The database does not answer, and what was asked may be done yet; repeat the request with the same Idempotency-Key.",
    };

    private static Problem ProblemOf(int status, HttpContext context) => status switch
    {
        404 => Problem.NotFound($"There is nothing at {context.Request.Method} {Shown(context)}; see /docs."),
        405 => new Problem(405, "method_not_allowed", $"Use one of: {context.Response.Headers.Allow}."),
        413 => TooLarge,
        415 => new Problem(415, "unsupported_media_type", "Send application/json."),
        _ => new Problem(status, status >= 500 ? "internal_error" : "refused", "The request was refused."),
    };

    private static string Shown(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        return Domain.Kernel.CardNumbers.Redact(path.Length <= 100 ? path : path[..100] + "...");
    }

    private void Log(Problem problem, Exception exception, HttpContext context)
    {
        if (problem.Status == 500)
        {
            Failed(logger, exception, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "");
        }
        else
        {
            Unavailable(logger, problem.Code, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "", exception.GetType().Name, exception.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Endpoint} failed")]
    private static partial void Failed(ILogger logger, Exception exception, string method, string endpoint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Code} at {Method} {Endpoint}: {Exception}: {Reason}")]
    private static partial void Unavailable(ILogger logger, string code, string method, string endpoint, string exception, string reason);
}
