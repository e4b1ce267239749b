using NodaTime;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;

namespace OrleansBilling.Server.Subscriptions;

/// <summary>Items of a subscription: added and removed, with previews.</summary>
internal static class ItemEndpoints
{
    private const string Tag = "Subscriptions";

    private static readonly string[] TimeRefusals =
        ["404 subscription_not_found", "422 before_last_change", "422 outside_period", "422 subscription_ended"];

    private static readonly string[] AddRefusals =
    [
        .. TimeRefusals, "404 plan_not_found", "404 plan_version_not_found", "422 plan_archived", "422 plan_version_differs", "422 plan_already_sold",
        "422 add_on_interval_differs", "422 currency_not_sold", "422 unknown_price", "422 ambiguous_price", "422 item_exists", "422 negative_quantity",
        "422 override_needs_one", "422 override_over", "422 amount_too_large", "422 policy_needs_same_interval", "422 billed_to_another",
    ];

    private static readonly string[] RemoveRefusals =
        [.. TimeRefusals, "404 item_not_found", "422 last_item", "422 full_difference_needs_change"];

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<AddItemsBody>("/v1/subscriptions/{id}/items", new Operation(Tag, "Adds a further plan, or one price of a plan, and charges the rest of the period.", Allow.Product)
        {
            Answer = typeof(SubscriptionView), Refusals = [.. AddRefusals, "409 clock_advancing"],
        }, (call, body) =>
        {
            var command = ItemMapping.ToCommand(body);
            return RunAsync(call, writes: true, (grain, now) => grain.AddItems(call.Key, now, command));
        });
        routes.Ask<AddItemsBody>("/v1/subscriptions/{id}/items/preview", new Operation(Tag, "Shows the invoice that added items would make, without proration under every policy; writes nothing.", Allow.Read)
        {
            Answer = typeof(object), Refusals = AddRefusals,
        }, (call, body) =>
        {
            var command = ItemMapping.ToCommand(body);
            return RunAsync(call, writes: false, (grain, now) => grain.PreviewAddItems(now, command));
        });
        routes.Post<RemoveItemBody>("/v1/subscriptions/{id}/items/{item}/remove", new Operation(Tag, "Removes an item, and credits its unused time.", Allow.Product)
        {
            Answer = typeof(SubscriptionView), Refusals = [.. RemoveRefusals, "409 clock_advancing"],
        }, (call, body) =>
        {
            var command = ItemMapping.ToCommand(body, call.Route("item"));
            return RunAsync(call, writes: true, (grain, now) => grain.RemoveItem(call.Key, now, command));
        });
        routes.Ask<RemoveItemBody>("/v1/subscriptions/{id}/items/{item}/remove/preview", new Operation(Tag, "Shows the invoice that an item's removal would make, without proration under every policy; writes nothing.", Allow.Read)
        {
            Answer = typeof(object), Refusals = RemoveRefusals,
        }, (call, body) =>
        {
            var command = ItemMapping.ToCommand(body, call.Route("item"));
            return RunAsync(call, writes: false, (grain, now) => grain.PreviewRemoveItem(now, command));
        });
    }

    private static async Task<Answer> RunAsync(Call call, bool writes, Func<ISubscriptionGrain, Instant, Task<CommandAnswer>> command)
    {
        var named = await call.SubscriptionAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock, writes);
        return await call.RunAsync(() => command(call.Grain<ISubscriptionGrain>(named.Id), now));
    }
}
