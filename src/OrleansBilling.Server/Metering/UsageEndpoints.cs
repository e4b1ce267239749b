using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Metering;

/// <summary>Usage events are taken, and those of unknown accounts and meters shown and tried again.</summary>
internal static class UsageEndpoints
{
    private const string Tag = "Usage";
    private const string UnknownList = "unknown_events";
    private const string Lines = "application/x-ndjson";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Take<UsageEventsBody>("/v1/usage/events", new Operation(
            Tag, "Takes usage events: a JSON body of up to 1,000 (one commit), or application/x-ndjson with one event a line, up to 100,000 (commits of up to 1,000 lines).", Allow.Product)
        {
            Answer = typeof(UsageTakenView), Accepts = ["application/json", Lines], Refusals = ["503 usage_busy"],
        }, TakeAsync);
        routes.Get("/v1/usage/unknown_events", new Operation(Tag, "Lists events of unknown accounts and meters that were kept apart.", Allow.Read)
        {
            Answer = typeof(ListOf<UnknownEventView>), Query = PageRequest.Parameters,
        }, ListAsync);
        routes.Post<NoFields>("/v1/usage/unknown_events/replay", new Operation(
            Tag, "Tries events that were kept apart again, as of when they were received; each counts once by its id.", Allow.Product)
        {
            Answer = typeof(UsageReplayView), Refusals = ["409 in_flight"],
        }, ReplayAsync);
    }

    private static async Task<Answer> TakeAsync(HttpContext http)
    {
        var room = http.RequestServices.GetRequiredService<UsageRoom>();
        if (!await room.EnterAsync(http.RequestAborted))
        {
            throw Busy().Exception();
        }

        try
        {
            var reader = new UsageEventReader(http.RequestServices.GetRequiredService<UsageIntake>());
            return Answer.Ok(AnswerJson.Write(UsageTakenView.Of(await ReadAsync(http, reader))));
        }
        catch (UsageBusyException)
        {
            throw Busy().Exception();
        }
        finally
        {
            room.Leave();
        }
    }

    private static async Task<UsageReport> ReadAsync(HttpContext http, UsageEventReader reader)
    {
        if (http.Request.ContentType is { } type && type.StartsWith(Lines, StringComparison.OrdinalIgnoreCase))
        {
            // The wait for room in the queue is the sender's: no more is read meanwhile. It ends where nothing moves.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
            try
            {
                return await reader.ReadLinesAsync(http, Patience, limit);
            }
            catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
            {
                throw new UsageBusyException();
            }
        }

        return http.Request.HasJsonContentType() || http.Request.ContentLength is 0
            ? await reader.ReadBodyAsync(http)
            : throw new Problem(415, "unsupported_media_type", $"Send Content-Type: application/json or {Lines}.", "Content-Type").Exception();
    }

    private static Problem Busy() => new(503, "usage_busy", "More events wait to be written than there is room for; send them again in a moment.") { RetryAfter = 1 };

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<StrayEvents>().ListAsync(PageRequest.Read(call, UnknownList), call.Aborted);
        return PageRequest.Render(
            call, UnknownList, page, row => AnswerJson.Write(UnknownEventView.Of(row)),
            row => new PagePlace(row.ReceivedAt, row.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static Task<Answer> ReplayAsync(Call call, NoFields body) => Unattended.RunAsync(call, async () =>
        await call.Get<CommandWork>().RunAsync(call.Key, call.Get<IClocks>().Live, () => TryAgainAsync(call.Get<UsageReplay>())) is { } answer ? Answer.Ok(answer) : null);

    // Not ended where the caller hangs up: the answer is stored for the repeat.
    private static async Task<string> TryAgainAsync(UsageReplay replay)
    {
        var (accepted, duplicates, unknown) = (0, 0, 0);
        var rejected = new List<UnknownRejectedView>();
        for (long? after = 0; after is { } last;)
        {
            var some = await replay.RunAsync(last, CancellationToken.None);
            (accepted, duplicates, unknown) = (accepted + some.Accepted, duplicates + some.Duplicates, unknown + some.Unknown);
            rejected.AddRange(some.Rejected.Take(Limits.PageMax - rejected.Count).Select(one => new UnknownRejectedView(
                one.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), one.Why.Code, one.Why.Detail)));
            after = some.Last;
        }

        return AnswerJson.Write(new UsageReplayView(accepted, duplicates, unknown, rejected));
    }
}

/// <summary>Bounds how many requests with events are read at one time, and so the memory that they take.</summary>
internal sealed class UsageRoom(UsageOptions options) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _places = new(options.Requests);

    /// <summary>False where no place became free in time.</summary>
    public Task<bool> EnterAsync(CancellationToken cancellation) => _places.WaitAsync(Patience, cancellation);

    /// <summary>Gives the place back.</summary>
    public void Leave() => _places.Release();

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}
