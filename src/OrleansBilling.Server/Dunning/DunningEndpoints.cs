using OrleansBilling.Domain.Dunning;
using OrleansBilling.Grains.Dunning;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Dunning;

/// <summary>Makes a dunning policy.</summary>
internal sealed record DunningPolicyBody
{
    /// <summary>Its name; unique.</summary>
    [Text(TextKind.Code)]
    public required string Code { get; init; }

    /// <summary>Days after the due date on which a retry is made, ascending.</summary>
    [Entries(0, Limits.RetryDays), Whole(0, 365)]
    public required IReadOnlyList<int> RetryDays { get; init; }

    /// <summary>What follows when the last retry has failed.</summary>
    public required DunningFinalAction FinalAction { get; init; }
}

/// <summary>Dunning policies: when failed payments are retried, and what follows.</summary>
internal static class DunningEndpoints
{
    private const string Tag = "Dunning";
    private const string List = "dunning_policies";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<DunningPolicyBody>("/v1/dunning_policies", new Operation(Tag, "Makes a dunning policy; it never changes.", Allow.Product)
        {
            Status = 201, Answer = typeof(DunningPolicyView), Refusals = ["409 dunning_policy_exists", "422 retry_days_invalid"],
        }, CreateAsync);
        routes.Get("/v1/dunning_policies", new Operation(Tag, "Lists dunning policies.", Allow.Read)
        {
            Answer = typeof(ListOf<DunningPolicyView>), Query = PageRequest.Parameters,
        }, ListAsync);
        routes.Get("/v1/dunning_policies/{code}", new Operation(Tag, "Shows a dunning policy.", Allow.Read)
        {
            Answer = typeof(DunningPolicyView), Refusals = ["404 dunning_policy_not_found"],
        }, GetAsync);
    }

    private static Task<Answer> CreateAsync(Call call, DunningPolicyBody body) => call.RunAsync(
        () => call.Grain<IDunningPolicyGrain>("dunning_" + body.Code).Create(
            call.Key, call.Get<IClocks>().Live, new DunningPolicy(body.Code, [.. body.RetryDays], body.FinalAction)),
        "/v1/dunning_policies/" + body.Code);

    private static async Task<Answer> GetAsync(Call call) =>
        await call.Get<DunningQueries>().FindAsync(call.Route("code"), call.Aborted) is { } found
            ? Answer.Ok(AnswerJson.Write(DunningPolicyView.Of(found.Policy, found.CreatedAt)))
            : throw Problem.NoSuch("a dunning policy", call.Route("code")).Exception();

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<DunningQueries>().ListAsync(PageRequest.Read(call, List), call.Aborted);
        return PageRequest.Render(
            call,
            List,
            page,
            found => AnswerJson.Write(DunningPolicyView.Of(found.Policy, found.CreatedAt)),
            found => new PagePlace(found.CreatedAt, found.Policy.Code));
    }
}
