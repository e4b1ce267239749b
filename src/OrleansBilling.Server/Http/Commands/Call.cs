using System.Text.Json;
using Orleans.Runtime;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Commands;

/// <summary>A request on its way through an endpoint: who asks, for what, under which key.</summary>
internal sealed class Call(HttpContext http, ReadOnlyMemory<byte> canonicalBody, JsonElement body)
{
    private CommandKey? _key;

    /// <summary>The request.</summary>
    public HttpContext Http { get; } = http;

    /// <summary>Who asks.</summary>
    public Caller Caller { get; } = Caller.Of(http);

    /// <summary>The body as it came; <c>{}</c> where there is none.</summary>
    public JsonElement Body { get; } = body;

    /// <summary>The identity of a changing request.</summary>
    public CommandKey Key => _key ??= IdempotencyKey.Of(Http, Caller, canonicalBody.Span);

    /// <summary>Ends when the caller hangs up. Not passed to changes: what has begun is finished.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>A part of the path: 404 for what no name can be.</summary>
    public string Route(string name)
    {
        var value = (string?)Http.Request.RouteValues[name] ?? "";
        return value.Length is 0 or > 255 || value.Any(char.IsControl)
            ? throw Problem.NotFound("The address names nothing: a name has 1 to 255 printable characters.").Exception()
            : value;
    }

    /// <summary>A query parameter, or null where it is absent or empty.</summary>
    public string? Query(string name) => Http.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    /// <summary>A service.</summary>
    public T Get<T>() where T : notnull => Http.RequestServices.GetRequiredService<T>();

    /// <summary>A grain.</summary>
    public T Grain<T>(string key) where T : IGrainWithStringKey => Get<IGrainFactory>().GetGrain<T>(key);

    /// <summary>
    /// Calls a grain; where its silo has just died, repeats under the same key for about three seconds until another has taken
    /// over. Work that the turn hands to other grains is run at once. A refusal ends the request.
    /// </summary>
    /// <param name="command">The grain's command; repeated under the same key.</param>
    /// <param name="location">Where the created resource is found.</param>
    public async Task<Answer> RunAsync(Func<Task<CommandAnswer>> command, string? location = null)
    {
        var answer = await RepeatAsync(command);
        await Get<Handover>().RunAsync(answer);
        return Answer.Of(answer, location);
    }

    private async Task<CommandAnswer> RepeatAsync(Func<Task<CommandAnswer>> command)
    {
        var time = Get<TimeProvider>();
        var began = time.GetTimestamp();
        var pause = TimeSpan.FromMilliseconds(50);
        while (true)
        {
            try
            {
                return await command();
            }
            catch (Exception exception) when (IsSiloLoss(exception) && time.GetElapsedTime(began) < Limits.SiloRetry)
            {
                await Task.Delay(pause, time);
                pause = TimeSpan.FromMilliseconds(Math.Min(500, pause.TotalMilliseconds * 2));
            }
        }
    }

    /// <summary>400 of a query parameter.</summary>
    public static ProblemException BadParameter(string name, string detail) => Problem.Invalid("invalid_parameter", detail, name).Exception();

    private static bool IsSiloLoss(Exception exception) =>
        exception is OrleansMessageRejectionException or SiloUnavailableException or TurnConflictException;
}
