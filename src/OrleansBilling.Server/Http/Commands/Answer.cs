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

        if (Json.Length == 0)
        {
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(Json);
        response.ContentType = ApiJson.ContentType;
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
