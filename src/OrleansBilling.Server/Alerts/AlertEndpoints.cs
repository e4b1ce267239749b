using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Grains.Alerts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Accounts;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Alerts;

/// <summary>Alerts: made, read, archived; and what they have told.</summary>
internal static class AlertEndpoints
{
    private const string Tag = "Alerts";
    private const string Path = "/v1/alerts";

    private static readonly string[] Refusals =
    [
        "404 account_not_found", "404 plan_not_found", "404 meter_not_found", "404 wallet_not_found", "409 clock_advancing",
        "400 threshold_needed", "400 invalid_amount", "422 account_or_plan", "422 meter_needed", "422 meter_unused", "422 invoice_needs_spend", "422 wallet_unused", "422 threshold_twice",
    ];

    private static readonly string[] Missing = ["404 alert_not_found"];

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<AlertBody>(Path, new Operation(Tag, "Makes an alert: events alert.triggered and alert.recovered tell where thresholds are reached and left.", Allow.Product)
        {
            Status = 201, Answer = typeof(AlertView), Refusals = Refusals,
        }, CreateAsync);
        routes.Get(Path, new Operation(Tag, "Lists alerts, archived ones included.", Allow.Read)
        {
            Answer = typeof(ListOf<AlertView>),
            Query = [.. PageRequest.Parameters, new("account", "An account, by id or external id."), new("plan", "The code of a plan."), new("kind", "usage, spend or balance.")],
        }, ListAsync);
        routes.Get(Path + "/{id}", new Operation(Tag, "Shows an alert.", Allow.Read)
        {
            Answer = typeof(AlertView), Refusals = Missing,
        }, async call => Answer.Ok(AlertView.Render(await FindAsync(call))));
        routes.Get(Path + "/{id}/triggers", new Operation(Tag, "Lists the thresholds that an alert has told, newest first.", Allow.Read)
        {
            Answer = typeof(ListOf<AlertTriggerView>), Query = [.. PageRequest.Parameters, new("account", "An account, by id or external id.")], Refusals = Missing,
        }, TriggersAsync);
        routes.Post<NoFields>(Path + "/{id}/archive", new Operation(Tag, "Ends an alert; what it has told stays.", Allow.Product)
        {
            Answer = typeof(AlertView), Refusals = Missing,
        }, (call, _) => ArchiveAsync(call));
        routes.Delete(Path + "/{id}", new Operation(Tag, "The same.", Allow.Product) { Answer = typeof(AlertView), Refusals = Missing }, ArchiveAsync);
    }

    private static async Task<Answer> CreateAsync(Call call, AlertBody body)
    {
        var named = body.Account is { } account ? await call.AccountAsync(account, "account") : null;
        var now = await call.NowAsync(named?.Clock ?? AccountFacts.LiveClock);
        var id = IdempotencyKey.NewId("alert", call.Key, now);
        var alert = new Alert(id, body.Kind, [.. body.Thresholds.Order()], now)
        {
            Account = named?.Id,
            Plan = body.Plan,
            Meter = body.Meter,
            Wallet = body.Wallet,
            Recurring = body.Recurring,
            Invoice = body.Invoice,
            Name = body.Name,
            Metadata = AccountMapping.ToMetadata(body.Metadata),
        };
        return await call.RunAsync(() => call.Grain<IAlertGrain>(id).Create(call.Key, now, alert), $"{Path}/{id}");
    }

    private static async Task<Answer> ArchiveAsync(Call call)
    {
        var alert = await FindAsync(call);
        var now = await call.NowAsync(alert.Account is { } account ? (await call.AccountAsync(account)).Clock : AccountFacts.LiveClock);
        return await call.RunAsync(() => call.Grain<IAlertGrain>(alert.Id).Archive(call.Key, now));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var kind = call.Query("kind") is { } text
            ? Scalars.EnumOf(typeof(AlertKind)).ContainsKey(text) ? text : throw Call.BadParameter("kind", "Use usage, spend or balance.")
            : null;
        var page = await call.Get<AlertQueries>().ListAsync(PageRequest.Read(call, "alerts"), await call.AccountFilterAsync(), call.Query("plan"), kind, call.Aborted);
        return PageRequest.Render(call, "alerts", page, AlertView.Render, alert => new PagePlace(alert.CreatedAt, alert.Id));
    }

    private static async Task<Answer> TriggersAsync(Call call)
    {
        var alert = await FindAsync(call);
        var page = await call.Get<AlertQueries>().TriggersAsync(PageRequest.Read(call, "alert_triggers"), alert.Id, await call.AccountFilterAsync(), call.Aborted);
        return PageRequest.Render(
            call, "alert_triggers", page, row => AnswerJson.Write(AlertTriggerView.Of(alert, row.Firing, row.Account)), row => new PagePlace(row.Firing.TriggeredAt, row.Place));
    }

    private static async Task<Alert> FindAsync(Call call) =>
        await call.Get<AlertQueries>().FindAsync(call.Route("id"), call.Aborted) ?? throw Problem.NoSuch("an alert", call.Route("id")).Exception();
}
