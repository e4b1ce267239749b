using OrleansBilling.Domain.Entitlements;
using OrleansBilling.Grains.Entitlements;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Entitlements;

/// <summary>What a subscription is entitled to.</summary>
/// <param name="Object">Always <c>entitlements</c>.</param>
/// <param name="Subscription">The subscription.</param>
/// <param name="Status">Its status: before a first payment that it waits for, in a pause and after the end it has none.</param>
/// <param name="Entitlements">By code: true, false or a string.</param>
internal sealed record EntitlementsView(string Object, string Subscription, string Status, IReadOnlyDictionary<string, object> Entitlements);

/// <summary>Shows what subscriptions are entitled to.</summary>
internal static class EntitlementEndpoints
{
    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.Get(
        "/v1/subscriptions/{id}/entitlements",
        new Operation("Subscriptions", "Shows what a subscription is entitled to now, by its plan and the plans added beside it: numbers add up, of switches one is enough, of texts the first holds.", Allow.Read)
        {
            Answer = typeof(EntitlementsView), Refusals = ["404 subscription_not_found"],
        },
        GetAsync);

    /// <summary>The entitlements of a request.</summary>
    public static System.Collections.Immutable.ImmutableSortedDictionary<string, Entitlement> ToDomain(IReadOnlyDictionary<string, FlagOrText>? body) =>
        System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(
            StringComparer.Ordinal,
            (body ?? new Dictionary<string, FlagOrText>(StringComparer.Ordinal)).Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Flag is { } flag ? Entitlement.Of(flag) : Entitlement.Of(pair.Value.Text!))));

    private static async Task<Answer> GetAsync(Call call)
    {
        var named = await call.SubscriptionAsync(call.Route("id"));
        var state = await call.Get<SubscriptionQueries>().FindAsync(named.Id, call.Aborted)
            ?? throw Problem.NoSuch("a subscription", call.Route("id")).Exception();
        var has = await call.Get<EntitlementReads>().ReadAsync(state);
        return Answer.Ok(AnswerJson.Write(new EntitlementsView(
            "entitlements", state.Id, SubscriptionView.Name(state.Status), has.ToDictionary(pair => pair.Key, pair => pair.Value.Shown, StringComparer.Ordinal))));
    }
}
