using System.Text.Json;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Commands;

/// <summary>Reads the body of a changing request.</summary>
internal static class BodyReader
{
    private static readonly JsonDocument NoFields = JsonDocument.Parse("{}");

    /// <summary>The body as JSON; an absent one is an object without fields, so that what it lacks is named.</summary>
    /// <exception cref="ProblemException">413 <c>body_too_large</c>, 415 <c>unsupported_media_type</c>, 400 <c>malformed_json</c>.</exception>
    public static async Task<JsonElement> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.ContentLength > Limits.BodyBytes)
        {
            throw ProblemMiddleware.TooLarge.Exception();
        }

        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
        {
            if (buffer.Length + read > Limits.BodyBytes)
            {
                throw ProblemMiddleware.TooLarge.Exception();
            }

            buffer.Write(chunk, 0, read);
        }

        if (buffer.Length == 0)
        {
            return NoFields.RootElement;
        }

        if (!request.HasJsonContentType())
        {
            throw new Problem(415, "unsupported_media_type", "Send Content-Type: application/json.", "Content-Type").Exception();
        }

        return StrictJson.Parse(buffer.ToArray()).RootElement;
    }
}
