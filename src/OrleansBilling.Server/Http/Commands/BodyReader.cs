using System.Buffers;
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
        if (!await TryFillAsync(buffer, context))
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

    /// <summary>False where the body is too large.</summary>
    private static async Task<bool> TryFillAsync(MemoryStream buffer, HttpContext context)
    {
        var tooLarge = context.Request.ContentLength > Limits.BodyBytes;
        var chunk = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
            {
                // A connection that is closed in the middle of a body loses the answer; what is too large is read and forgotten.
                tooLarge |= buffer.Length + read > Limits.BodyBytes;
                if (!tooLarge)
                {
                    buffer.Write(chunk, 0, read);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        return !tooLarge;
    }
}
