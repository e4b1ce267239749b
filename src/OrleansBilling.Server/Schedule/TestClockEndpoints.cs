using System.Diagnostics;
using System.Text.Json;
using NodaTime;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Schedule;

/// <summary>Makes a test clock.</summary>
internal sealed record TestClockBody
{
    /// <summary>Where it starts.</summary>
    public required Instant Now { get; init; }

    /// <summary>What it is for.</summary>
    [Text]
    public string? Name { get; init; }
}

/// <summary>Advances a test clock.</summary>
internal sealed record AdvanceBody
{
    /// <summary>Everything due up to it is run, instant by instant.</summary>
    public required Instant To { get; init; }
}

/// <summary>A test clock in a list.</summary>
internal sealed record TestClockView(string Id, string Object, string? Name, Instant Now, string Status, Instant CreatedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;
}

/// <summary>How far an advance has come.</summary>
/// <param name="Id"><c>clk_...</c></param>
/// <param name="Object">Always <c>test_clock</c>.</param>
/// <param name="Name">What it is for, or null.</param>
/// <param name="Now">Its time.</param>
/// <param name="Status"><c>ready</c> or <c>advancing</c>.</param>
/// <param name="Ran">Rows of due work run by the last advance.</param>
/// <param name="CreatedAt">Where it started.</param>
internal sealed record TestClockProgressView(string Id, string Object, string? Name, Instant Now, string Status, long Ran, Instant CreatedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;
}

/// <summary>Test clocks: accounts on them live in a time of their own. They exist in a sandbox only.</summary>
internal static class TestClockEndpoints
{
    private const string Tag = "Test clocks";
    private const string List = "test_clocks";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<TestClockBody>("/v1/test_clocks", new Operation(Tag, "Makes a test clock.", Allow.Product)
        {
            Status = 201, Answer = typeof(TestClockProgressView),
        }, CreateAsync);
        routes.Post<AdvanceBody>("/v1/test_clocks/{id}/advance", new Operation(Tag, "Runs everything due up to an instant; waits ten minutes at most.", Allow.Product)
        {
            Answer = typeof(TestClockProgressView), Refusals = ["404 test_clock_not_found", "409 clock_advancing", "422 clock_backwards"],
        }, AdvanceAsync);
        routes.Get("/v1/test_clocks", new Operation(Tag, "Lists test clocks.", Allow.Read)
        {
            Answer = typeof(ListOf<TestClockView>), Query = PageRequest.Parameters,
        }, ListAsync);
        routes.Get("/v1/test_clocks/{id}", new Operation(Tag, "Shows where a test clock stands.", Allow.Read)
        {
            Answer = typeof(TestClockProgressView), Refusals = ["404 test_clock_not_found"],
        }, GetAsync);
        routes.Delete("/v1/test_clocks/{id}", new Operation(Tag, "Removes a test clock with its accounts.", Allow.Product)
        {
            Answer = typeof(TestClockProgressView), Refusals = ["404 test_clock_not_found", "409 clock_advancing"],
        }, DeleteAsync);
    }

    private static Task<Answer> CreateAsync(Call call, TestClockBody body)
    {
        var id = IdempotencyKey.NewId("clk", call.Key, call.Get<IClocks>().Live);
        return call.RunAsync(() => call.Grain<ITestClockGrain>(id).Create(call.Key, body.Now, body.Name), "/v1/test_clocks/" + id);
    }

    private static async Task<Answer> AdvanceAsync(Call call, AdvanceBody body)
    {
        var grain = call.Grain<ITestClockGrain>(await IdAsync(call));
        var started = await call.RunAsync(() => grain.Advance(call.Key, body.To));
        var watch = Stopwatch.StartNew();
        var pause = TimeSpan.FromMilliseconds(10);
        while (true)
        {
            var stands = await call.RunAsync(grain.Get);
            if (!IsAdvancing(stands) || watch.Elapsed > Limits.AdvanceWait)
            {
                return stands with { Replayed = started.Replayed };
            }

            await Task.Delay(pause, call.Aborted);
            pause = TimeSpan.FromMilliseconds(Math.Min(250, pause.TotalMilliseconds * 1.5));
        }
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        var id = await IdAsync(call);
        return await call.RunAsync(() => call.Grain<ITestClockGrain>(id).Get());
    }

    private static async Task<Answer> DeleteAsync(Call call)
    {
        var id = call.Route("id");
        if (!id.StartsWith("clk_", StringComparison.Ordinal) || id.Length > 60)
        {
            throw Problem.NoSuch("a test clock", id).Exception();
        }

        // Not looked up: a repeat of a deletion that is done gets its answer again.
        return await call.RunAsync(() => call.Grain<ITestClockGrain>(id).Delete(call.Key));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<ClockQueries>().ListAsync(PageRequest.Read(call, List), call.Aborted);
        return PageRequest.Render(
            call,
            List,
            page,
            row => AnswerJson.Write(new TestClockView(row.Id, "test_clock", row.Name, row.Now, row.Advancing ? "advancing" : "ready", row.CreatedAt)),
            row => new PagePlace(row.CreatedAt, row.Id));
    }

    private static async Task<string> IdAsync(Call call)
    {
        var id = call.Route("id");
        return await call.Get<ClockQueries>().FindAsync(id, call.Aborted) is null ? throw Problem.NoSuch("a test clock", id).Exception() : id;
    }

    private static bool IsAdvancing(Answer answer)
    {
        using var body = JsonDocument.Parse(answer.Json);
        return body.RootElement.GetProperty("status").GetString() == "advancing";
    }
}
