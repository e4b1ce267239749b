using System.Globalization;
using System.Text.Json;

namespace OrleansBilling.Server.Http.Problems;

/// <summary>Writes <c>application/problem+json</c>.</summary>
internal static class ProblemWriter
{
    /// <summary>The media type of all refusals.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>The <c>type</c> of a problem: a page section of the API guide that explains the code.</summary>
    public static string TypeOf(string code) => "/docs#problem-" + code;

    /// <summary>Answers a problem; does nothing where the answer has begun already.</summary>
    public static async Task WriteAsync(HttpContext context, Problem problem)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            return;
        }

        response.StatusCode = problem.Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (problem.Status == 413)
        {
            // The rest of the body is not read: the connection cannot carry another request.
            response.Headers.Connection = "close";
        }

        if (problem.RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = ApiJson.Encoder }))
        {
            json.WriteStartObject();
            json.WriteString("type", TypeOf(problem.Code));
            json.WriteString("title", TitleOf(problem.Status));
            json.WriteNumber("status", problem.Status);
            json.WriteString("detail", problem.Detail);
            json.WriteString("code", problem.Code);
            json.WriteString("field", problem.Field);
            json.WriteString("trace_id", System.Diagnostics.Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier);
            json.WriteEndObject();
        }

        response.ContentLength = buffer.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), CancellationToken.None);
        }
    }

    private static string TitleOf(int status) => status switch
    {
        400 => "The request is malformed",
        401 => "The API key is missing or unknown",
        403 => "The API key's role does not allow this",
        404 => "Not found",
        405 => "The method is not allowed here",
        409 => "In conflict with the present state",
        413 => "The request is too large",
        415 => "The media type is not supported",
        422 => "Understood, and refused by a rule",
        429 => "Too many requests",
        503 => "Not available at the moment",
        _ => "The server failed",
    };
}
