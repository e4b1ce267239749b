using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Schedule;

/// <summary>Work items, for operators.</summary>
internal static class WorkItemEndpoints
{
    private const string Tag = "Operations";
    private const string List = "work_items";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Get("/v1/work_items", new Operation(Tag, "Lists due work that failed too often, and lines that could not be rated.", Allow.Admin)
        {
            Answer = typeof(ListOf<WorkItemView>), Query = [.. PageRequest.Parameters, new("account", "An account, by id or external id.")],
        }, ListAsync);
        routes.Post<NoFields>("/v1/work_items/{id}/retry", new Operation(Tag, "Gives a work item back to the schedule, due at once; of a line that could not be rated: rates it again and bills it.", Allow.Admin)
        {
            Answer = typeof(WorkItemView), Refusals = ["404 work_item_not_found", "409 clock_advancing", "422 currency_not_sold", "422 amount_too_large"],
        }, RetryAsync);
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var asked = PageRequest.Read(call, List);
        var page = await call.Get<WorkItemQueries>().ListAsync(asked, await call.AccountFilterAsync(), call.Aborted);
        return PageRequest.Render(call, List, page, row => AnswerJson.Write(ViewOf(row)), row => new PagePlace(row.QuarantinedAt, row.Id));
    }

    private static WorkItemView ViewOf(WorkItemRow row) => new(
        // What bills an account's gathered lines is the account's work.
        row.Id, "work_item", row.GrainType == DueTargets.Gathering ? "account" : row.GrainType, row.GrainKey, row.Kind, row.Account, row.Clock, row.DueAt, row.Attempts, row.LastError, row.QuarantinedAt, row.Line, Invoice: null);

    private static async Task<Answer> RetryAsync(Call call, NoFields body)
    {
        var id = call.Route("id");
        if (await call.Get<WorkItemQueries>().LineAsync(id, call.Aborted) is not { } line)
        {
            return await RetryDueAsync(call, id);
        }

        var now = await call.NowAsync(line.Clock);
        return await call.RunAsync(() => call.Grain<ISubscriptionGrain>(line.Subscription).RetryLine(call.Key, now, id));
    }

    private static Task<Answer> RetryDueAsync(Call call, string id) => Unattended.RunAsync(call, async () =>
    {
        var (item, done) = await call.Get<WorkItemQueries>().RetryAsync(
            id,
            call.Get<IClocks>().Live,
            row => new CommandRow(new CommandRecord(call.Key.Scope, call.Key.Key, call.Key.RequestHash, 200, AnswerJson.Write(ViewOf(row)))),
            CancellationToken.None);
        return (item, done) switch
        {
            (null, _) => throw Problem.NoSuch("a work item", id).Exception(),
            (_, false) => null,
            _ => Answer.Ok(AnswerJson.Write(ViewOf(item))),
        };
    });
}
