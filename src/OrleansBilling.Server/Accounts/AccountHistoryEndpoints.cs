using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Ledger;
using OrleansBilling.Server.Webhooks;

namespace OrleansBilling.Server.Accounts;

/// <summary>What happened to an account: its events, and what it owes and is owed.</summary>
internal static class AccountHistoryEndpoints
{
    private const string Tag = "Accounts";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Get("/v1/accounts/{id}/timeline", new Operation(Tag, "Lists the events of an account.", Allow.Read)
        {
            Answer = typeof(ListOf<EventView>), Query = [.. PageRequest.Parameters, new("type", "Such as invoice.paid.")], Refusals = ["404 account_not_found"],
        }, TimelineAsync);
        routes.Get("/v1/accounts/{id}/statement", new Operation(Tag, "Lists what moved what the account owes or is owed, with running balances.", Allow.Read)
        {
            Answer = typeof(ListOf<StatementEntryView>), Query = PageRequest.Parameters, Refusals = ["404 account_not_found"],
        }, StatementAsync);
    }

    private static async Task<Answer> TimelineAsync(Call call)
    {
        var named = await call.AccountAsync(call.Route("id"));
        var page = await call.Get<EventQueries>().ListAsync(PageRequest.Read(call, EventEndpoints.List), call.Query("type"), named.Id, null, call.Aborted);
        return EventEndpoints.Render(call, page);
    }

    private static async Task<Answer> StatementAsync(Call call)
    {
        var account = (await AccountEndpoints.ReadAsync(call)).State;
        var page = await call.Get<LedgerQueries>().StatementAsync(PageRequest.Read(call, "statement"), account.Id, account.Settings.Currency, call.Aborted);
        return PageRequest.Render(
            call,
            "statement", page, row => AnswerJson.Write(StatementEntryView.Of(row)), row => new PagePlace(row.Entry.PostedAt, row.Entry.Id));
    }
}
