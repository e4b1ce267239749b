using OrleansBilling.Domain.Catalog;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Catalog;

/// <summary>Plans: published, read, archived. The catalog lives in real time.</summary>
internal static class PlanEndpoints
{
    private const string Tag = "Catalog";
    private const string List = "plans";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<PlanBody>("/v1/plans", new Operation(Tag, "Publishes version 1 of a plan.", Allow.Product)
        {
            Status = 201, Answer = typeof(PlanView), Refusals = ["409 plan_exists", "422 invalid_price"],
        }, PublishAsync);
        routes.Post<PlanVersionBody>("/v1/plans/{code}/versions", new Operation(Tag, "Publishes the next version; subscriptions stay on theirs.", Allow.Product)
        {
            Status = 201, Answer = typeof(PlanView), Refusals = ["404 plan_not_found", "422 plan_archived"],
        }, PublishVersionAsync);
        routes.Post<NoFields>("/v1/plans/{code}/archive", new Operation(Tag, "Closes a plan for new subscriptions.", Allow.Product)
        {
            Answer = typeof(PlanView), Refusals = ["404 plan_not_found"],
        }, ArchiveAsync);
        routes.Get("/v1/plans", new Operation(Tag, "Lists the newest versions of all plans.", Allow.Read)
        {
            Answer = typeof(ListOf<PlanView>), Query = PageRequest.Parameters,
        }, ListAsync);
        routes.Get("/v1/plans/{code}", new Operation(Tag, "Shows a version of a plan.", Allow.Read)
        {
            Answer = typeof(PlanView), Query = [new("version", "Number of the version; the newest unless given.")],
        }, GetAsync);
    }

    private static Task<Answer> PublishAsync(Call call, PlanBody body) => call.RunAsync(
        () => call.Grain<IPlanGrain>(PlanGrain.KeyOf(body.Code)).Publish(call.Key, call.Get<IClocks>().Live, PriceMapping.ToDomain(body, body.Code)),
        "/v1/plans/" + body.Code);

    private static Task<Answer> PublishVersionAsync(Call call, PlanVersionBody body)
    {
        var code = CodeOf(call);
        return call.RunAsync(
            () => call.Grain<IPlanGrain>(PlanGrain.KeyOf(code)).PublishVersion(call.Key, call.Get<IClocks>().Live, PriceMapping.ToDomain(body, code)),
            "/v1/plans/" + code);
    }

    private static Task<Answer> ArchiveAsync(Call call, NoFields body)
    {
        var code = CodeOf(call);
        return call.RunAsync(() => call.Grain<IPlanGrain>(PlanGrain.KeyOf(code)).Archive(call.Key, call.Get<IClocks>().Live));
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        var code = CodeOf(call);
        int? version = null;
        if (call.Query("version") is { } text)
        {
            version = int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : throw Call.BadParameter("version", "Give the number of a version, from 1.");
        }

        var catalog = call.Get<ICatalog>();
        var header = await catalog.FindHeaderAsync(code) ?? throw Problem.NoSuch("a plan", code).Exception();
        var plan = await catalog.FindAsync(code, version ?? header.LatestVersion)
            ?? throw Problem.NotFound($"Plan {code} has no version {version}; the newest is {header.LatestVersion}.").Exception();
        return Answer.Ok(PlanView.Render(plan, header));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<CatalogQueries>().ListAsync(PageRequest.Read(call, List), call.Aborted);
        return PageRequest.Render(call, List, page, found => PlanView.Render(found.Plan, found.Header), found => new PagePlace(found.Header.CreatedAt, found.Header.Code));
    }

    private static string CodeOf(Call call) =>
        Texts.IsCode(call.Route("code")) ? call.Route("code") : throw Problem.NoSuch("a plan", call.Route("code")).Exception();
}
