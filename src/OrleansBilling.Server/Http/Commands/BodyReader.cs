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
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        var tooLarge = request.ContentLength > Limits.BodyBytes;
        int read;
        while ((read = await request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
        {
            // A connection that is closed in the middle of a body loses the answer; what is too large is read and forgotten.
            tooLarge |= buffer.Length + read > Limits.BodyBytes;
            if (!tooLarge)
            {
                buffer.Write(chunk, 0, read);
            }
        }

        if (tooLarge)
        {
            throw ProblemMiddleware.TooLarge.Exception();
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
