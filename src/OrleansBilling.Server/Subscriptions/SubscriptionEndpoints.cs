using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Subscriptions;

/// <summary>Subscriptions: started, read, ended.</summary>
internal static class SubscriptionEndpoints
{
    /// <summary>The room's name in the document of the API.</summary>
    internal const string Tag = "Subscriptions";

    private const string List = "subscriptions";
    private static readonly string[] Statuses = [.. Enum.GetValues<SubscriptionStatus>().Select(SubscriptionView.Name)];

    private static readonly string[] ChangeRefusals =
    [
        "404 subscription_not_found", "404 plan_not_found", "404 plan_version_not_found", "422 plan_archived", "422 currency_not_sold",
        "422 unknown_price", "422 ambiguous_price", "422 named_twice", "422 plan_already_sold", "422 add_on_interval_differs", "422 override_needs_one",
        "422 override_over", "422 negative_quantity", "422 amount_too_large", "422 policy_needs_same_interval", "422 billed_to_another", "422 anchor_given_twice",
        "422 anchor_needs_months",
        "422 before_last_change", "422 outside_period", "422 nothing_to_change", "422 subscription_ended",
    ];

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<SubscriptionBody>("/v1/subscriptions", new Operation(Tag, "Starts a subscription and issues its first invoice.", Allow.Product)
        {
            Status = 201, Answer = typeof(SubscriptionView),
            Refusals = ["404 account_not_found", "404 plan_not_found", "409 external_id_taken", "409 clock_advancing", "422 plan_archived", "422 currency_not_sold", "422 unknown_price", "422 ambiguous_price", "422 plan_already_sold", "422 add_on_interval_differs", "422 override_needs_one", "422 trial_given_twice", "422 billed_to_another", .. SubscriptionCouponEndpoints.Refusals],
        }, CreateAsync);
        routes.Get("/v1/subscriptions", new Operation(Tag, "Lists subscriptions.", Allow.Read)
        {
            Answer = typeof(ListOf<SubscriptionView>),
            Query =
            [
                .. PageRequest.Parameters,
                new("account", "An account, by id or external id."),
                new("status", "One of " + string.Join(", ", Statuses) + "."),
                new("plan", "The code of a plan."),
                new("external_id", "The caller's own name."),
            ],
        }, ListAsync);
        routes.Get("/v1/subscriptions/{id}", new Operation(Tag, "Shows a subscription, by id or external id.", Allow.Read)
        {
            Answer = typeof(SubscriptionView), Refusals = ["404 subscription_not_found"],
        }, GetAsync);
        routes.Post<CancelBody>("/v1/subscriptions/{id}/cancel", new Operation(Tag, "Ends a subscription, and credits unused time.", Allow.Product)
        {
            Answer = typeof(SubscriptionView), Refusals = ["404 subscription_not_found", "409 clock_advancing", "422 subscription_ended", "422 outside_period"],
        }, CancelAsync);
        routes.Ask<CancelBody>("/v1/subscriptions/{id}/cancel/preview", new Operation(Tag, "Shows the invoice that a cancellation would make; writes nothing.", Allow.Read)
        {
            Answer = typeof(object), Refusals = ["404 subscription_not_found", "422 subscription_ended", "422 outside_period"],
        }, PreviewCancelAsync);
        MapOthers(routes);
    }

    private static void MapOthers(IEndpointRouteBuilder routes)
    {
        routes.Post<ChangeBody>("/v1/subscriptions/{id}/change", new Operation(Tag, "Changes plan, quantities and negotiated prices: credits what was billed for unused time, and charges the rest of the period.", Allow.Product)
        {
            Answer = typeof(SubscriptionView), Refusals = [.. ChangeRefusals, "409 clock_advancing"],
        }, ChangeAsync);
        routes.Ask<ChangeBody>("/v1/subscriptions/{id}/change/preview", new Operation(Tag, "Shows the invoice that a change would make, without proration under every policy; writes nothing.", Allow.Read)
        {
            Answer = typeof(object), Refusals = ChangeRefusals,
        }, PreviewChangeAsync);
        routes.Post<NoFields>("/v1/subscriptions/{id}/uncancel", new Operation(Tag, "Takes back a cancellation that has not taken effect.", Allow.Product)
        {
            Answer = typeof(SubscriptionView), Refusals = ["404 subscription_not_found", "422 no_pending_cancellation"],
        }, (call, _) => ChangeAsync(call, (grain, now) => grain.Uncancel(call.Key, now)));
        routes.Get("/v1/subscriptions/{id}/upcoming_invoice", new Operation(Tag, "Shows the next renewal's invoice as it would be today; writes nothing.", Allow.Read)
        {
            Answer = typeof(object), Refusals = ["404 subscription_not_found", "422 no_upcoming_invoice"],
        }, UpcomingAsync);
    }

    private static async Task<Answer> CreateAsync(Call call, SubscriptionBody body)
    {
        var named = await call.AccountAsync(body.Account, "account");
        var command = SubscriptionMapping.ToCommand(body, named.Id);
        var now = await call.NowAsync(named.Clock);
        var id = IdempotencyKey.NewId("sub", call.Key, now);
        var created = await call.RunAsync(
            () => call.Grain<ISubscriptionGrain>(id).Create(call.Key, now, command), "/v1/subscriptions/" + id);
        return command.RequirePayment ? await FirstPayment.AwaitAsync(call, id, created, now) : created;
    }

    private static Task<Answer> CancelAsync(Call call, CancelBody body)
    {
        var command = SubscriptionMapping.ToCommand(body);
        return ChangeAsync(call, (grain, now) => grain.Cancel(call.Key, now, command));
    }

    private static Task<Answer> ChangeAsync(Call call, ChangeBody body)
    {
        var command = SubscriptionMapping.ToCommand(body);
        return ChangeAsync(call, (grain, now) => grain.Change(call.Key, now, command));
    }

    private static Task<Answer> PreviewChangeAsync(Call call, ChangeBody body)
    {
        var command = SubscriptionMapping.ToCommand(body);
        return AskAsync(call, (grain, now) => grain.PreviewChange(now, command));
    }

    /// <summary>Runs a command on the subscription that the path names, by its account's clock.</summary>
    internal static async Task<Answer> ChangeAsync(Call call, Func<ISubscriptionGrain, NodaTime.Instant, Task<Grains.Turn.CommandAnswer>> change)
    {
        var named = await call.SubscriptionAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock);
        return await call.RunAsync(() => change(call.Grain<ISubscriptionGrain>(named.Id), now));
    }

    private static Task<Answer> PreviewCancelAsync(Call call, CancelBody body)
    {
        var command = SubscriptionMapping.ToCommand(body);
        return AskAsync(call, (grain, now) => grain.PreviewCancel(now, command));
    }

    private static Task<Answer> UpcomingAsync(Call call) => AskAsync(call, static (grain, now) => grain.UpcomingInvoice(now));

    /// <summary>Asks the subscription that the path names, by its account's clock; writes nothing.</summary>
    internal static async Task<Answer> AskAsync(Call call, Func<ISubscriptionGrain, NodaTime.Instant, Task<Grains.Turn.CommandAnswer>> ask)
    {
        var named = await call.SubscriptionAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock, writes: false);
        return await call.RunAsync(() => ask(call.Grain<ISubscriptionGrain>(named.Id), now));
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        var named = await call.SubscriptionAsync(call.Route("id"));
        var state = await call.Get<SubscriptionQueries>().FindAsync(named.Id, call.Aborted)
            ?? throw Problem.NoSuch("a subscription", call.Route("id")).Exception();
        return Answer.Ok(SubscriptionView.Render(state));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var asked = PageRequest.Read(call, List);
        var status = call.Query("status");
        if (status is not null && !Statuses.Contains(status, StringComparer.Ordinal))
        {
            throw Call.BadParameter("status", $"Use one of: {string.Join(", ", Statuses)}.");
        }

        var account = await call.AccountFilterAsync();
        var page = await call.Get<SubscriptionQueries>().ListAsync(asked, account, status, call.Query("plan"), call.Query("external_id"), call.Aborted);
        return PageRequest.Render(call, List, page, SubscriptionView.Render, found => new PagePlace(found.CreatedAt, found.Id));
    }
}
