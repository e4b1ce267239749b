using System.Text;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Commands;

/// <summary>What an endpoint answers: a status and JSON.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Json">The body; empty for 204.</param>
internal sealed record Answer(int Status, string Json)
{
    /// <summary>True where an earlier request made the answer.</summary>
    public bool Replayed { get; init; }

    /// <summary>Where a created resource is found.</summary>
    public string? Location { get; init; }

    /// <summary>A file instead of JSON; null for JSON.</summary>
    public AnswerFile? File { get; init; }

    /// <summary>200.</summary>
    public static Answer Ok(string json) => new(200, json);

    /// <summary>The answer of a grain; a refusal ends the request.</summary>
    public static Answer Of(CommandAnswer answer, string? location = null) => answer.Refusal is { } refusal
        ? throw Problem.Of(refusal).Exception()
        : new Answer(answer.Status, answer.Body) { Replayed = answer.Replayed, Location = location };

    /// <summary>Writes it.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        if (Replayed)
        {
            response.Headers[IdempotencyKey.ReplayedHeader] = "true";
        }

        if (Location is not null && Status == 201)
        {
            response.Headers.Location = Location;
        }

        if (File is not null)
        {
            response.Headers.ContentDisposition = $"inline; filename=\"{File.Name}\"";
        }

        var bytes = File?.Bytes ?? Encoding.UTF8.GetBytes(Json);
        if (bytes.Length == 0)
        {
            return;
        }

        response.ContentType = File?.ContentType ?? ApiJson.ContentType;
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}

/// <summary>A file that an endpoint answers.</summary>
/// <param name="Bytes">What it holds.</param>
/// <param name="ContentType">Such as <c>application/pdf</c>.</param>
/// <param name="Name">For who stores it; letters, digits, hyphens, dots.</param>
internal sealed record AnswerFile(byte[] Bytes, string ContentType, string Name);
