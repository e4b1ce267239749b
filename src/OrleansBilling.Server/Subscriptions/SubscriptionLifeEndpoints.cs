using System.Collections.Immutable;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Server.Accounts;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Subscriptions;

/// <summary>What happens to a subscription in time: pauses, trials, collection and payment.</summary>
internal static class SubscriptionLifeEndpoints
{
    private static readonly string[] PauseRefusals =
    [
        "404 subscription_not_found", "422 subscription_ended", "422 subscription_not_started", "422 subscription_paused",
        "422 full_difference_needs_change", "422 outside_period", "422 before_last_change", "422 resumes_before_pause",
    ];

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<PauseBody>("/v1/subscriptions/{id}/pause", new Operation(SubscriptionEndpoints.Tag, "Pauses a subscription: credits unused time, and bills nothing until it is resumed.", Allow.Product)
        {
            Answer = typeof(SubscriptionView), Refusals = [.. PauseRefusals, "409 clock_advancing"],
        }, PauseAsync);
        routes.Ask<PauseBody>("/v1/subscriptions/{id}/pause/preview", new Operation(SubscriptionEndpoints.Tag, "Shows the invoice that a pause would make, without proration under every policy; writes nothing.", Allow.Read)
        {
            Answer = typeof(object), Refusals = PauseRefusals,
        }, PreviewPauseAsync);
        routes.Post<ResumeBody>("/v1/subscriptions/{id}/resume", new Operation(SubscriptionEndpoints.Tag, "Ends a pause and charges the rest of the period that runs; ahead, names the instant at which it ends by itself; takes back a pause that has not begun.", Allow.Product)
        {
            Answer = typeof(SubscriptionView), Refusals = ["404 subscription_not_found", "409 clock_advancing", "422 subscription_not_paused", "422 outside_period"],
        }, ResumeAsync);
        routes.Patch<SubscriptionPatchBody>("/v1/subscriptions/{id}", new Operation(SubscriptionEndpoints.Tag, "Changes what is given.", Allow.Product)
        {
            Answer = typeof(SubscriptionView),
            Refusals = ["404 subscription_not_found", "404 payment_method_not_found", "409 clock_advancing", "422 subscription_ended", "422 billed_to_another"],
        }, UpdateAsync);
        routes.Post<CollectionPauseBody>("/v1/subscriptions/{id}/pause_collection", new Operation(SubscriptionEndpoints.Tag, "Pauses collection: what is billed meanwhile is not collected.", Allow.Product)
        {
            Answer = typeof(SubscriptionView),
            Refusals = ["404 subscription_not_found", "409 clock_advancing", "422 subscription_ended", "422 subscription_incomplete", "422 until_not_ahead"],
        }, PauseCollectionAsync);
        routes.Delete("/v1/subscriptions/{id}/pause_collection", new Operation(SubscriptionEndpoints.Tag, "Ends the pause of collection.", Allow.Product)
        {
            Answer = typeof(SubscriptionView), Refusals = ["404 subscription_not_found", "409 clock_advancing", "422 collection_not_paused"],
        }, call => SubscriptionEndpoints.ChangeAsync(call, (grain, now) => grain.ResumeCollection(call.Key, now)));
        routes.Post<TrialBody>("/v1/subscriptions/{id}/trial", new Operation(SubscriptionEndpoints.Tag, "Lengthens, shortens or ends a trial, or gives one to a subscription that has not started.", Allow.Product)
        {
            Answer = typeof(SubscriptionView),
            Refusals =
            [
                "404 subscription_not_found", "409 clock_advancing", "422 subscription_ended", "422 subscription_already_paid",
                "422 trial_over", "422 trial_end_out_of_range", "422 nothing_to_change",
            ],
        }, TrialAsync);
    }

    private static Task<Answer> PauseAsync(Call call, PauseBody body)
    {
        var command = SubscriptionMapping.ToCommand(body);
        return SubscriptionEndpoints.ChangeAsync(call, (grain, now) => grain.Pause(call.Key, now, command));
    }

    private static Task<Answer> PreviewPauseAsync(Call call, PauseBody body)
    {
        var command = SubscriptionMapping.ToCommand(body);
        return SubscriptionEndpoints.AskAsync(call, (grain, now) => grain.PreviewPause(now, command));
    }

    private static Task<Answer> UpdateAsync(Call call, SubscriptionPatchBody body)
    {
        var patch = new SubscriptionPatch
        {
            PaymentMethod = AccountMapping.Removable(call, "payment_method", body.PaymentMethod),
            Metadata = body.Metadata?.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
        return SubscriptionEndpoints.ChangeAsync(call, (grain, now) => grain.Update(call.Key, now, patch));
    }

    private static Task<Answer> PauseCollectionAsync(Call call, CollectionPauseBody body)
    {
        var behavior = body.Behavior switch
        {
            CollectionBehavior.Open => CollectionPauseBehavior.Open,
            CollectionBehavior.Uncollectible => CollectionPauseBehavior.Uncollectible,
            CollectionBehavior.KeepDraft => CollectionPauseBehavior.KeepDraft,
            _ => throw new InvalidOperationException($"No pause of collection is {body.Behavior}."),
        };
        return SubscriptionEndpoints.ChangeAsync(call, (grain, now) => grain.PauseCollection(call.Key, now, behavior, body.Until));
    }

    private static Task<Answer> TrialAsync(Call call, TrialBody body)
    {
        var end = body.TrialEnd is "now" ? (NodaTime.Instant?)null : Http.Json.Scalars.ReadInstant(body.TrialEnd, "trial_end");
        return SubscriptionEndpoints.ChangeAsync(call, (grain, now) => grain.MoveTrial(call.Key, now, end));
    }

    private static Task<Answer> ResumeAsync(Call call, ResumeBody body)
    {
        var when = SubscriptionMapping.ToTime(body.When);
        return SubscriptionEndpoints.ChangeAsync(call, (grain, now) => grain.Resume(call.Key, now, when));
    }
}
