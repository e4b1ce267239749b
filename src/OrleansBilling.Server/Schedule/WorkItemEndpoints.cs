using NodaTime;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Schedule;

/// <summary>Due work that failed too often and waits for a person.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Object">Always <c>work_item</c>.</param>
/// <param name="Type"><c>subscription</c>, <c>invoice</c> or <c>account</c>.</param>
/// <param name="Subject">The resource's id.</param>
/// <param name="Kind">What was asked for.</param>
/// <param name="Account">The customer account.</param>
/// <param name="Clock"><c>live</c>, or a test clock.</param>
/// <param name="DueAt">Since when it is due.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Reason">Why the last try failed.</param>
/// <param name="CreatedAt">Since when it waits.</param>
internal sealed record WorkItemView(
    string Id, string Object, string Type, string Subject, string Kind, string Account, string Clock, Instant DueAt, int Attempts, string? Reason, Instant CreatedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    /// <summary>The view of a row.</summary>
    public static WorkItemView Of(WorkItemRow row) => new(
        row.Id, "work_item", row.GrainType, row.GrainKey, row.Kind, row.Account, row.Clock, row.DueAt, row.Attempts, row.LastError, row.QuarantinedAt);
}

/// <summary>Work items, for operators.</summary>
internal static class WorkItemEndpoints
{
    private const string Tag = "Operations";
    private const string List = "work_items";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Get("/v1/work_items", new Operation(Tag, "Lists due work that failed too often.", Allow.Admin)
        {
            Answer = typeof(ListOf<WorkItemView>), Query = [.. PageRequest.Parameters, new("account", "An account, by id or external id.")],
        }, ListAsync);
        routes.Post<NoFields>("/v1/work_items/{id}/retry", new Operation(Tag, "Gives a work item back to the schedule, due at once.", Allow.Admin)
        {
            Answer = typeof(WorkItemView), Refusals = ["404 work_item_not_found"],
        }, RetryAsync);
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var asked = PageRequest.Read(call, List);
        var page = await call.Get<WorkItemQueries>().ListAsync(asked, await call.AccountFilterAsync(), call.Aborted);
        return PageRequest.Render(call, List, page, row => AnswerJson.Write(WorkItemView.Of(row)), row => new PagePlace(row.QuarantinedAt, row.Id));
    }

    private static Task<Answer> RetryAsync(Call call, NoFields body) => Unattended.RunAsync(call, async () =>
    {
        var id = call.Route("id");
        var (item, done) = await call.Get<WorkItemQueries>().RetryAsync(
            id,
            call.Get<IClocks>().Live,
            row => new CommandRow(new CommandRecord(call.Key.Scope, call.Key.Key, call.Key.RequestHash, 200, AnswerJson.Write(WorkItemView.Of(row)))),
            CancellationToken.None);
        return (item, done) switch
        {
            (null, _) => throw Problem.NoSuch("a work item", id).Exception(),
            (_, false) => null,
            _ => Answer.Ok(AnswerJson.Write(WorkItemView.Of(item))),
        };
    });
}
